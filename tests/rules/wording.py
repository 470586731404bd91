"""The parts of a policy in a few words each: what the tests of decisions build their sites of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rules.policy import (
    AccessPolicy,
    AreaPolicy,
    DenyPolicy,
    Direction,
    GroupPolicy,
    InspectionPolicy,
    InterlockPolicy,
    Interval,
    LimitPolicy,
    MinimumPolicy,
    Require,
    SchedulePolicy,
    ThreatPolicy,
    Who,
)
from tests.rules.builder import HERE, S

Way = tuple[str, Direction]


def ways(*names: str) -> tuple[Way, ...]:
    """`lab:in` each."""
    return tuple((door, Direction(direction)) for door, _, direction in (name.partition(":") for name in names))


def who(
    *groups: str, persons: Iterable[str] = (), valid: Iterable[str] = (), but: Iterable[Who] = (), **attributes: str
) -> Who:
    """Attributes as `company="acme"`; nothing at all means everybody."""
    return Who(frozenset(groups), tuple(attributes.items()), frozenset(persons), frozenset(valid), tuple(but))


def group(id: str, *members: Who) -> GroupPolicy:
    return GroupPolicy(id, HERE, members)


def area(id: str, **parts: Any) -> AreaPolicy:
    """parts: passback, occupancy_max, occupancy_min, arming."""
    return AreaPolicy(id, HERE, **{"arming": None, **parts})


def access(id: str, who: Who, *doors: str, when: str = "always", **parts: Any) -> AccessPolicy:
    """parts: require, two_person, escort, first_person."""
    return AccessPolicy(id, HERE, who, ways(*doors), when, **parts)


def least(id: str, *doors: str, when: str = "always", require: Require | None = None, **parts: Any) -> MinimumPolicy:
    """parts: two_person, escort."""
    return MinimumPolicy(id, HERE, ways(*doors), require, when, **parts)


def denial(id: str, who: Who, *doors: str, when: str = "always") -> DenyPolicy:
    return DenyPolicy(id, HERE, who, ways(*doors), when)


def threat(id: str, rank: int, *restrictions: DenyPolicy) -> ThreatPolicy:
    return ThreatPolicy(id, HERE, rank, restrictions)


def limit(id: str, who: Who, **parts: int) -> LimitPolicy:
    """parts: max_uses, max_days, inactive_after."""
    return LimitPolicy(id, HERE, who, **parts)


def inspection(id: str, who: Who, *doors: str, rate: int, when: str = "always") -> InspectionPolicy:
    return InspectionPolicy(id, HERE, who, ways(*doors), rate, when, 600 * S)


def interlock(id: str, *doors: str) -> InterlockPolicy:
    return InterlockPolicy(id, HERE, doors)


def overlaid(id: str, within: tuple[int, int], *intervals: Interval) -> SchedulePolicy:
    return SchedulePolicy(id, HERE, intervals, within)
