"""Whose traits turned, and from what to what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from rules.answers.diff.folk import Kind
from rules.answers.diff.names import Names
from rules.answers.diff.rows import Having, way_text
from rules.answers.diff.times import Times
from rules.answers.diff.traits import Trait, Values, least, lots
from rules.answers.diff.words import value_words
from rules.answers.ranges import Teller

_WORDS = {
    "lockdown": ("passes_lockdown", "no_longer_passes_lockdown", True),
    "passback_exempt": ("exempt_from_passback", "no_longer_exempt_from_passback", True),
    "disarms": ("disarms", "no_longer_disarms", True),
    "escorts": ("escorts", "no_longer_escorts", True),
    "seconds": ("seconds", "no_longer_seconds", True),
    "opens_first": ("opens_first", "no_longer_opens_first", True),
    "firsts": ("firsts", "no_longer_firsts", True),
}
"""Trait -> (who gets it, who loses it, having it is the weaker state)."""

_COUNTED = {"limits": least, "inspection": lots}
"""Trait -> what of all that somebody's classes have counts."""


class Turned:
    """Compares traits, kind by kind where their classes say that it can matter."""

    def __init__(self, kinds: list[Kind], names: Names, times: Times, teller: Teller) -> None:
        self._kinds, self._names, self._times, self._teller = kinds, names, times, teller

    def compare(self, trait: Trait) -> Iterator[Having]:
        found: dict[tuple[Values, Values], list[int]] = {}
        for n in sorted(self._concerned(trait)):
            old, new = (self._values(trait, n, side) for side in (0, 1))
            if old != new:
                found.setdefault((old, new), []).append(n)
        for (old, new), kinds in found.items():
            yield self._told(trait, old, new, tuple(kinds))

    def _concerned(self, trait: Trait) -> set[int]:
        names, kinds = self._names, set[int]()
        old, new = ({(names.of[side][c], values) for c, values in trait.values[side].items()} for side in (0, 1))
        for name, _ in old ^ new:
            kinds.update(names.extents[0].get(name, ()), names.extents[1].get(name, ()))
        for name, _ in old | new:
            kinds.update(names.moved.get(name, ()))
        return kinds

    def _values(self, trait: Trait, kind: int, side: int) -> Values:
        by_class = trait.values[side]
        found = frozenset[tuple[object, ...]]().union(
            *(by_class[name] for name in self._kinds[kind].classes[side] if name in by_class)
        )
        return _COUNTED[trait.name](found) if trait.name in _COUNTED else found

    def _told(self, trait: Trait, old: Values, new: Values, kinds: tuple[int, ...]) -> Having:
        place = way_text(trait.place)
        if trait.name in _WORDS:
            gets, loses, weak = _WORDS[trait.name]
            return Having(gets if new else loses, "", "", weak and bool(new), place, kinds)
        words = self._limits if trait.name == "limits" else self._inspections
        return Having(trait.name, words(old), words(new), not new, place, kinds)

    def _limits(self, values: Values) -> str:
        said = sorted((str(name), value_words(str(name), bound)) for name, bound in values)
        return ", ".join(f"{name.replace('_', ' ')} {bound}" for name, bound in said) or "none"

    def _inspections(self, values: Values) -> str:
        return " and ".join(sorted(map(self._lot, values))) or "none"

    def _lot(self, counted: tuple[object, ...]) -> str:
        (rate, window, token), times = cast(tuple[tuple[int, int, int], int], counted)
        when = self._teller.tell(self._times.spans(token))
        often = f"{times} times " if times > 1 else ""
        return f"{often}{rate / 10_000:g} %, kept for {value_words('window', window)}, {when}"


def turned(traits: Iterable[Trait], comparer: Turned) -> Iterator[Having]:
    for trait in traits:
        yield from comparer.compare(trait)
