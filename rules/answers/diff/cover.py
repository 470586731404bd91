"""Names for many people at once: the groups they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from rules.answers.diff.folk import Kind
from rules.answers.diff.names import Names
from rules.members import EVERYBODY

Kinds = tuple[int, ...]

_PARTS = 12  # groups that are named at most
_MOST = 4  # those who are meant to each one who is not, for a group to be named in part


class Part(NamedTuple):
    """Some of those who are meant. group: a class that they share, or None; but: those of it who are not meant."""

    group: str | None
    kinds: Kinds
    but: Kinds = ()


class Cover:
    """Finds the classes that make up a set of kinds. side: whose members count, 0 old or 1 new."""

    def __init__(self, kinds: Sequence[Kind], names: Names) -> None:
        self._kinds, self._names = kinds, names
        self._sizes = tuple(kind.size for kind in kinds)
        self._called = tuple(
            [tuple(dict.fromkeys(map(names.of[side].__getitem__, kind.classes[side]))) for kind in kinds]
            for side in (0, 1)
        )
        self._totals: tuple[dict[str, int], dict[str, int]] = {}, {}
        self._known: dict[tuple[Kinds, int], tuple[Part, ...]] = {}

    def parts(self, kinds: Kinds, side: int) -> tuple[Part, ...]:
        """Classes whole as far as they go, the largest first, then the others."""
        key = kinds, side
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = tuple(self._parts(kinds, side))
        return found

    def _parts(self, kinds: Kinds, side: int) -> Iterator[Part]:
        if len(kinds) == len(self._kinds):
            yield Part(EVERYBODY, kinds)
            return
        extents, meant, left = self._names.extents[side], frozenset(kinds), set(kinds)
        weights = self._weights(meant, side)
        for _ in range(_PARTS):
            found = self._best(self._weights(left, side), weights, side) if left else None
            if found is None:
                break
            extent = extents[found]
            yield Part(found, tuple(n for n in extent if n in meant), tuple(n for n in extent if n not in meant))
            left.difference_update(extent)
        if left:
            rest = tuple(sorted(left))
            share = self._shared(rest, side)
            but = tuple(n for n in extents[share] if n not in left) if share else ()
            yield Part(share, rest, but)

    def _best(self, left: Counter[str], meant: Counter[str], side: int) -> str | None:
        """The class that most of those who are left are in, and few who are not meant.

        A group before what it takes several words to say.
        """
        others = {name: self._size(name, side) - meant[name] for name in left if name != EVERYBODY}
        fitting = (
            (-left[name], rest, name.startswith("="), name)
            for name, rest in others.items()
            if left[name] >= _MOST * rest
        )
        found = min(fitting, default=None)
        return None if found is None else found[-1]

    def _weights(self, kinds: Iterable[int], side: int) -> Counter[str]:
        """How many people of these kinds are in each class."""
        called, sizes = self._called[side], self._sizes
        found: Counter[str] = Counter()
        for n in kinds:
            for name in called[n]:
                found[name] += sizes[n]
        return found

    def _size(self, name: str, side: int) -> int:
        """How many people are in a class."""
        found = self._totals[side].get(name)
        if found is None:
            found = self._totals[side][name] = sum(self._sizes[n] for n in self._names.extents[side][name])
        return found

    def _counts(self, kinds: Kinds, side: int) -> Counter[str]:
        called = self._called[side]
        return Counter(chain.from_iterable(called[n] for n in kinds))

    def _shared(self, kinds: Kinds, side: int) -> str | None:
        """The smallest class that all are in, everybody apart."""
        extents = self._names.extents[side]
        counts = self._counts(kinds, side)
        found = [name for name, count in counts.items() if count == len(kinds) and name]
        return min(found, key=lambda name: (len(extents[name]), name), default=None)
