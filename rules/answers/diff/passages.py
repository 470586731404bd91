"""Which people find a way changed. Whatever is the same in both versions is passed over before anybody is looked at."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rules.answers.ask import NONE
from rules.answers.diff.compare import Change, Comparer, Rules
from rules.answers.diff.folk import Kind, Terms
from rules.answers.diff.names import Names
from rules.answers.diff.times import Times, Token
from rules.answers.diff.ways import NO_RULES, GrantAt, Way, WayRules
from rules.answers.spans import Spans, common, union, without


class Found(NamedTuple):
    """A change on one way for some kinds, by number. level: the threat level it is told for, or empty."""

    change: Change
    level: str
    way: Way
    kinds: tuple[int, ...]


_Sets = tuple[Mapping[str, Iterable[Hashable]], Mapping[str, Iterable[Hashable]]]


class Passages:
    """Compares ways. The rules of a way are looked at by classes, then by what the classes of each kind come to."""

    def __init__(self, kinds: list[Kind], names: Names, times: Times, comparer: Comparer) -> None:
        self._kinds, self._names, self._times, self._comparer = kinds, names, times, comparer

    def compare(self, way: Way, old: WayRules, new: WayRules) -> Iterator[Found]:
        """Nothing for a way on which every read releases the door: that is told of the door."""
        if old.free or new.free:
            return
        blocked = self._blocked(old, new)
        for level, found in self._changes(old, new):
            for change, kinds in found.items():
                spans = without(change.spans, blocked)
                if spans:
                    yield Found(change._replace(spans=spans), level, way, tuple(sorted(kinds)))

    def _blocked(self, old: WayRules, new: WayRules) -> Spans:
        """While nobody passes in either version."""
        return common(self._shut(old), self._shut(new))

    def _shut(self, rules: WayRules) -> Spans:
        """While nobody passes by a card: a door that is not there, and one without a reader, is always shut."""
        if rules is NO_RULES:
            return self._times.whole
        return () if rules.blocked is None else self._times.spans(rules.blocked)

    def _changes(self, old: WayRules, new: WayRules) -> Iterator[tuple[str, dict[Change, list[int]]]]:
        yield "", self._ordinary(old, new)
        for level in sorted(old.levels.keys() | new.levels.keys()):
            yield level, self._at_level(old, new, old.levels.get(level, {}), new.levels.get(level, {}))

    def _ordinary(self, old: WayRules, new: WayRules) -> dict[Change, list[int]]:
        classes = self._differing((old.grants, new.grants)) | self._differing((old.denials, new.denials))
        if old.minimums != new.minimums:
            classes |= self._called((old.grants, new.grants))
        rules: tuple[_Sets, ...] = ((old.grants, new.grants), (old.denials, new.denials))
        firsts: _Sets = dict.fromkeys(old.firsts, ("first",)), dict.fromkeys(new.firsts, ("first",))
        kinds = self._concerned(classes | self._differing(firsts), (*rules, firsts))
        found: dict[Change, list[int]] = {}
        for sides, same in self._projected(kinds, old, new, {}, {}):
            for change in self._comparer.changes(*sides, self._kinds[same[0]].terms):
                found.setdefault(change, []).extend(same)
        return found

    def _at_level(
        self,
        old: WayRules,
        new: WayRules,
        before: Mapping[str, frozenset[Token]],
        after: Mapping[str, frozenset[Token]],
    ) -> dict[Change, list[int]]:
        """What changes at a threat level and not as well in ordinary times."""
        kinds = self._concerned(self._differing((before, after)), ((before, after),))
        found: dict[Change, list[int]] = {}
        for sides, alike in self._projected(kinds, old, new, before, after):
            terms = self._kinds[alike[0]].terms
            changes = self._comparer.changes(*sides, terms)
            for plain, same in self._projected(alike, old, new, {}, {}) if changes else ():
                for change in _besides(changes, self._comparer.changes(*plain, terms)):
                    found.setdefault(change, []).extend(same)
        return found

    # -- whom it can concern ------------------------------------------------------------------------------------------

    def _differing(self, rules: _Sets) -> set[str]:
        """The classes whose rules differ, by their common names."""
        of = self._names.of
        old, new = ({(of[side][name], at) for name, found in rules[side].items() for at in found} for side in (0, 1))
        return {name for name, _ in old ^ new}

    def _called(self, rules: _Sets) -> set[str]:
        return {self._names.of[side][name] for side in (0, 1) for name in rules[side]}

    def _concerned(self, classes: set[str], rules: tuple[_Sets, ...]) -> list[int]:
        """The kinds in one of these classes, and those that came to or left one that has rules here."""
        names, found = self._names, set[int]()
        for name in classes:
            for side in (0, 1):
                found.update(names.extents[side].get(name, ()))
        if names.moved:
            for name in set().union(*map(self._called, rules)):
                found.update(names.moved.get(name, ()))
        return sorted(found)

    def _projected(
        self,
        kinds: Iterable[int],
        old: WayRules,
        new: WayRules,
        before: Mapping[str, frozenset[Token]],
        after: Mapping[str, frozenset[Token]],
    ) -> Iterator[tuple[tuple[Rules, Rules], list[int]]]:
        """Kinds to which the same rules apply, together."""
        first, second = (
            frozenset((*rules.grants, *rules.denials, *rules.firsts, *level))
            for rules, level in ((old, before), (new, after))
        )
        groups: dict[tuple[frozenset[str], frozenset[str], Terms | None], list[int]] = {}
        for n in kinds:
            kind = self._kinds[n]
            was, now = kind.sets
            key = was & first, now & second, kind.terms
            same = groups.get(key)
            if same is None:
                groups[key] = [n]
            else:
                same.append(n)
        joined: dict[Hashable, tuple[tuple[Rules, Rules], list[int]]] = {}
        for (was, now, terms), same in groups.items():
            sides = self._rules(old, was, before, 0), self._rules(new, now, after, 1)
            joined.setdefault((sides, terms), (sides, []))[1].extend(same)
        return iter(joined.values())

    def _rules(
        self, rules: WayRules, classes: frozenset[str], level: Mapping[str, frozenset[Token]], side: int
    ) -> Rules:
        grants = frozenset(self._counted(at, classes, side) for name in classes for at in rules.grants.get(name, ()))
        denials = NO_TOKENS.union(*(rules.denials.get(name, NO_TOKENS) for name in classes))
        if level:
            denials = denials.union(*(level.get(name, NO_TOKENS) for name in classes))
        return Rules(grants, denials, rules.minimums)

    def _counted(self, at: GrantAt, classes: frozenset[str], side: int) -> GrantAt:
        """Whoever may be first waits for nobody; others wait for groups by their common names."""
        first = at.grant.first
        if not first:
            return at
        named = self._names.asked[side]
        waits = NONE if not first.isdisjoint(classes) else frozenset(named[name] for name in first)
        return GrantAt(at.grant._replace(first=waits), at.token)


NO_TOKENS: frozenset[Token] = frozenset()


def _besides(changes: Iterable[Change], known: Sequence[Change]) -> Iterator[Change]:
    for change in changes:
        same = (other.spans for other in known if other._replace(spans=()) == change._replace(spans=()))
        spans = without(change.spans, union(span for spans in same for span in spans))
        if spans:
            yield change._replace(spans=spans)
