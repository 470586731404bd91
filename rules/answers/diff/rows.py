"""Findings to lines: equal changes of many people, and over several doors, are told once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from rules.answers.ask import Ask, is_weaker
from rules.answers.diff.behind import behind
from rules.answers.diff.compare import Change
from rules.answers.diff.cover import Cover, Kinds, Part
from rules.answers.diff.folk import Folk, Kind
from rules.answers.diff.passages import Found
from rules.answers.diff.row import GAINS, LOSES, OTHER, PASSAGE, STRICTER, WEAKER, Row, Whom
from rules.answers.diff.since import is_earlier, shift_words
from rules.answers.diff.things import Thing
from rules.answers.diff.ways import Way
from rules.answers.diff.words import ask_words, name
from rules.answers.ranges import Teller
from rules.answers.spans import Spans, common, meet
from rules.site import Site


class Having(NamedTuple):
    """A trait that turned for some kinds, by number, at a place."""

    effect: str
    before: str
    after: str
    weaker: bool
    place: str
    kinds: Kinds


class Rows:
    """Makes the lines of one comparison. called: for either version, what it calls the classes."""

    def __init__(
        self,
        sites: tuple[Site, Site],
        folk: Folk,
        cover: Cover,
        teller: Teller,
        called: tuple[Mapping[str, str], Mapping[str, str]],
    ) -> None:
        self._sites, self._folk, self._cover, self._teller, self._called = sites, folk, cover, teller, called
        self._kinds = folk.kinds

    def passages(self, found: Iterable[Found]) -> Iterator[Row]:
        """The lines about passing doors."""
        places: dict[tuple[Change, str, Part], list[Way]] = {}
        for one in _merged(found):
            for part in self._cover.parts(one.kinds, 0 if one.change.after is None else 1):
                places.setdefault((one.change, one.level, part), []).append(one.way)
        joined: dict[tuple[Change, str, tuple[Way, ...]], list[Part]] = {}
        for (change, level, part), where in places.items():
            joined.setdefault((change, level, tuple(sorted(where))), []).append(part)
        levels: dict[tuple[Change, tuple[Way, ...], tuple[Part, ...]], list[str]] = {}
        for (change, level, ways), whom in joined.items():
            levels.setdefault((change, ways, tuple(whom)), []).append(level)
        for (change, ways, parts), of in levels.items():
            row = self._passage(change, ways, parts, tuple(of))
            if row.people:
                yield row

    def _passage(self, change: Change, ways: tuple[Way, ...], parts: tuple[Part, ...], levels: tuple[str, ...]) -> Row:
        effect = effect_of(change)
        kind = self._kinds[parts[0].kinds[0]]
        row = Row(
            effect,
            tuple(_ways(ways)),
            spans=change.spans,
            when=self._teller.tell(change.spans),
            before=ask_words(change.before, self._called[0]),
            after=ask_words(change.after, self._called[1]) + shift_words(change.before, change.after),
            level=tuple(level for level in levels if level),
            valid=change.valid,
            lapsed=change.lapsed,
            ways=ways,
            asked=(change.before, change.after),
            weaker=effect == WEAKER,
            behind=behind(self._sites, ways[0], kind.classes, change.spans[0][0], effect, levels[0]),
        )
        return self._with_people(row, parts, change, 0 if change.after is None else 1)

    def traits(self, found: Iterable[Having]) -> Iterator[Row]:
        """The lines about what people have besides."""
        places: dict[tuple[tuple[str, str, str, bool], Kinds], list[str]] = {}
        for one in found:
            places.setdefault(((one.effect, one.before, one.after, one.weaker), one.kinds), []).append(one.place)
        change = Change(None, None, self._folk.whole)
        for ((effect, before, after, weaker), kinds), where in places.items():
            row = Row(effect, tuple(filter(None, where)), before=before, after=after, weaker=weaker)
            row = self._with_people(row, self._cover.parts(kinds, 1), change, 1)
            if row.people:
                yield row

    def things(self, found: Iterable[Thing]) -> Iterator[Row]:
        """The lines about doors, areas and the site."""
        places: dict[Thing, list[str]] = {}
        for one in found:
            places.setdefault(one._replace(id=""), []).append(one.id)
        for thing, ids in places.items():
            when = self._teller.tell(thing.spans) if thing.spans else ""
            yield Row(
                thing.effect,
                tuple(filter(None, ids)),
                spans=thing.spans,
                when=when,
                before=thing.before,
                after=thing.after,
                weaker=thing.weaker,
            )

    # -- people -------------------------------------------------------------------------------------------------------

    def _with_people(self, row: Row, parts: tuple[Part, ...], change: Change, side: int) -> Row:
        people: dict[str, None] = {}
        whom: list[Whom] = []
        for part in parts:
            meant = self._among(part.kinds, change)
            if meant:
                people.update(dict.fromkeys(meant))
                but = self._among(part.but, change)
                group = "" if part.group is None else name(part.group, self._called[side])
                whom.append(Whom(group, meant, but))
        return replace(row, people=tuple(people), whom=tuple(whom))

    def _among(self, kinds: Kinds, change: Change) -> tuple[str, ...]:
        """Those who are valid, and have what the change takes for granted, at some time of it."""
        found: list[str] = []
        conditional = change.valid or change.lapsed
        for kind in map(self._kinds.__getitem__, kinds):
            if conditional:
                found += self._prepared(kind, change)
            else:
                found += kind.free
                found += [id for id, limits in kind.bound if meet(limits, change.spans)]
        return tuple(found)

    def _prepared(self, kind: Kind, change: Change) -> Iterator[str]:
        whole = self._folk.whole
        for id, limits in (*((id, whole) for id in kind.free), *kind.bound):
            if meet(common(limits, self._world(id, change)), change.spans):
                yield id

    def _world(self, person: str, change: Change) -> Spans:
        """While just those prerequisites are valid that the change says."""
        lapses = dict(zip(self._folk.names, self._folk.lapses(person), strict=False))
        lo, hi = self._folk.whole[0]
        begin = max((lapses.get(each, lo) for each in change.lapsed), default=lo)
        end = min((lapses.get(each, lo) for each in change.valid), default=hi)
        return ((begin, end),) if begin < end else ()


def _merged(found: Iterable[Found]) -> Iterator[Found]:
    """What became the same by leaving out when a door is blocked, together."""
    kinds: dict[tuple[Change, str, Way], set[int]] = {}
    for one in found:
        kinds.setdefault(one[:3], set()).update(one.kinds)
    return (Found(*key, tuple(sorted(numbers))) for key, numbers in kinds.items())


def effect_of(change: Change) -> str:
    if change.before is None:
        return GAINS
    if change.after is None:
        return LOSES
    if _is_less(change.after, change.before):
        return WEAKER
    return STRICTER if _is_less(change.before, change.after) else OTHER


def _is_less(new: Ask, old: Ask) -> bool:
    return is_weaker(new, old) or is_earlier(new, old)


def _ways(ways: tuple[Way, ...]) -> Iterator[str]:
    """`front (in)`, `lab (in and out)`."""
    found: dict[str, list[str]] = {}
    for door, direction in ways:
        found.setdefault(door, []).append(direction.value)
    return (f"{door} ({' and '.join(sorted(directions))})" for door, directions in found.items())


def in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Gains and losses first, then what is asked, then all else; the most people first."""
    order = {effect: n for n, effect in enumerate(PASSAGE)}
    return tuple(sorted(rows, key=lambda row: (order.get(row.effect, len(order)), -len(row.people), _rest(row))))


def _rest(row: Row) -> tuple[Hashable, ...]:
    return row.effect, row.places, row.spans, row.before, row.after, row.level, row.condition


def way_text(way: Way | str) -> str:
    return way if isinstance(way, str) else next(_ways((way,)))
