"""Rules that change nothing, because others say the same already: exact over a year, for everybody alike.

What is found redundant may be taken out all at once: of rules that say the same, the first that is written stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from rules.answers.lint.ground import Ground, Way
from rules.answers.lint.meaning import atoms
from rules.policy import EVERYBODY, AccessPolicy, DenyPolicy, MinimumPolicy, Who

R = TypeVar("R", AccessPolicy, DenyPolicy, MinimumPolicy)
Place = tuple[str, int, int, str]


class Index(Generic[R]):
    """Rules by way and by the group they mean, so that few have to be compared."""

    def __init__(self, ground: Ground, rules: Iterable[R]) -> None:
        self._meaning = ground.meaning
        self._rules: dict[tuple[Way, str], list[R]] = {}
        for rule in rules:
            for way in rule.doors:
                for group in _who(rule).groups or ("",):
                    self._rules.setdefault((way, group), []).append(rule)

    def about(self, way: Way, who: Who) -> dict[str, R]:
        """Those of a way that mean everybody whom `who` means, by id."""
        names = {"", *(above for group in who.groups for above in self._meaning.above(group))}
        return {
            rule.id: rule
            for name in names
            for rule in self._rules.get((way, name), ())
            if self._meaning.within(who, _who(rule))
        }


def _who(rule: AccessPolicy | DenyPolicy | MinimumPolicy) -> Who:
    return EVERYBODY if isinstance(rule, MinimumPolicy) else rule.who


def place(rule: AccessPolicy | DenyPolicy | MinimumPolicy) -> Place:
    return rule.source.file, rule.source.line, rule.source.column, rule.id


@dataclass(frozen=True, slots=True)
class Redundant(Generic[R]):
    """by: the rules that say it already; same: one of them says exactly the same."""

    rule: R
    by: tuple[R, ...]
    same: R | None


def redundant(
    ground: Ground, rules: Iterable[R], suffices: Callable[[R, R], bool], joint: frozenset[Way] = frozenset()
) -> Iterator[Redundant[R]]:
    """suffices(other, rule): where both mean somebody, the other makes the rule superfluous.

    joint: ways on which two pass by one rule, so that several rules for some each do not say what one for all does.
    """
    alive = [rule for rule in rules if ground.spans(rule.when) and rule.doors]
    index = Index(ground, alive)
    gone: set[str] = set()
    for rule in sorted(alive, key=place, reverse=True):
        by = _said_by(ground, index, rule, suffices, frozenset(gone | {rule.id}), joint)
        if by is not None:
            gone.add(rule.id)
            same = next((other for other in by if _same(ground, other, rule) and suffices(rule, other)), None)
            yield Redundant(rule, by, same)


def _said_by(
    ground: Ground,
    index: Index[R],
    rule: R,
    suffices: Callable[[R, R], bool],
    but: frozenset[str],
    joint: frozenset[Way],
) -> tuple[R, ...] | None:
    """The rules that say on every way, at every time and of everybody what this one does; None if they do not."""
    found: dict[str, R] = {}
    for way in rule.doors:
        for who in (_who(rule),) if way in joint else atoms(_who(rule)):
            about = index.about(way, who)
            others = {id: other for id, other in about.items() if id not in but and suffices(other, rule)}
            if not others or not ground.covers(rule.when, (other.when for other in others.values())):
                return None
            enough = _one(ground, rule, others)
            found |= others if enough is None else {enough.id: enough}
    return tuple(sorted(found.values(), key=place))


def _one(ground: Ground, rule: R, others: dict[str, R]) -> R | None:
    """One that does alone, the first that is written."""
    alone = (other for other in others.values() if ground.covers(rule.when, (other.when,)))
    return min(alone, key=place, default=None)


def _same(ground: Ground, one: R, other: R) -> bool:
    return (
        set(one.doors) == set(other.doors)
        and ground.spans(one.when) == ground.spans(other.when)
        and ground.meaning.within(_who(one), _who(other))
        and ground.meaning.within(_who(other), _who(one))
    )


# -- what suffices --------------------------------------------------------------------------------------------------


def grant_suffices(other: AccessPolicy, rule: AccessPolicy) -> bool:
    """The other asks for nothing that the rule does not ask for."""
    return (
        other.require.factors <= rule.require.factors
        and other.two_person in (None, rule.two_person)
        and other.escort in (None, rule.escort)
        and (not other.first_person or (other.first_person == rule.first_person and other.when == rule.when))
    )


def denial_suffices(other: DenyPolicy, rule: DenyPolicy) -> bool:
    return True


def minimum_suffices(other: MinimumPolicy, rule: MinimumPolicy) -> bool:
    """The other asks for all that the rule asks for."""
    wanted, given = (m.require.factors if m.require else frozenset[str]() for m in (rule, other))
    return wanted <= given and rule.two_person in (None, other.two_person) and rule.escort in (None, other.escort)
