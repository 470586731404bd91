"""Whether all whom one `Who` means are meant by another, whatever the directory says. Errs to the side of no."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from rules.policy import GroupPolicy, Who


class Meaning:
    """groups: the nested ones, by id; there are no circles."""

    def __init__(self, groups: Mapping[str, GroupPolicy]) -> None:
        self._groups = groups
        self._above: dict[str, frozenset[str]] = {}
        self._within: dict[tuple[Who, Who], bool] = {}

    def above(self, group: str) -> frozenset[str]:
        """The group itself and every one that all its members are in."""
        found = self._above.get(group)
        if found is None:
            parents = self._parents.get(group, ())
            found = self._above[group] = frozenset({group}).union(*(self.above(parent) for parent in parents))
        return found

    @cached_property
    def _parents(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for id, group in sorted(self._groups.items()):
            for who in group.members:
                for name in who.groups if _is_plain(who) else ():
                    found[name] = (*found.get(name, ()), id)
        return found

    def within(self, some: Who, whole: Who) -> bool:
        """True if `whole` surely means everybody whom `some` means."""
        key = some, whole
        found = self._within.get(key)
        if found is None:
            found = self._within[key] = self._is_within(some, whole)
        return found

    def _is_within(self, some: Who, whole: Who) -> bool:
        return (
            self._groups_fit(some, whole)
            and _attributes_fit(some, whole)
            and (not whole.persons or (bool(some.persons) and some.persons <= whole.persons))
            and whole.valid <= some.valid
            and all(any(self.within(out, less) for less in some.but) for out in whole.but)
        )

    def _groups_fit(self, some: Who, whole: Who) -> bool:
        if not whole.groups:
            return True
        return bool(some.groups) and all(not self.above(group).isdisjoint(whole.groups) for group in some.groups)

    def empty(self, who: Who) -> bool:
        """True if it leaves out everybody it names."""
        return any(self.within(who, out) for out in who.but)


def atoms(who: Who) -> Iterator[Who]:
    """The same people, one group at a time."""
    if len(who.groups) < 2:
        yield who
        return
    for group in sorted(who.groups):
        yield replace(who, groups=frozenset({group}))


def _is_plain(who: Who) -> bool:
    return bool(who.groups) and not (who.attributes or who.persons or who.valid or who.but)


def _attributes_fit(some: Who, whole: Who) -> bool:
    return all(
        bool(values := {v for n, v in some.attributes if n == name})
        and all((name, v) in whole.attributes for v in values)
        for name, _ in whole.attributes
    )
