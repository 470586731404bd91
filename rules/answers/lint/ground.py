"""What every check looks at: the policy, the year to come, the exits, and who is meant by whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from rules.answers.lint.meaning import Meaning
from rules.answers.spans import Spans, active, common, union, without
from rules.calendar import Schedule
from rules.policy import (
    AccessPolicy,
    AreaPolicy,
    DenyPolicy,
    Direction,
    DoorPolicy,
    InspectionPolicy,
    MinimumPolicy,
    Policy,
)
from rules.wall import DAY_US

YEAR = 366 * DAY_US
ALWAYS = "always"

Way = tuple[str, Direction]


class Scoped(Protocol):
    """A rule of some ways."""

    @property
    def id(self) -> str: ...
    @property
    def doors(self) -> tuple[Way, ...]: ...


R = TypeVar("R", bound=Scoped)

Timed = AccessPolicy | DenyPolicy | MinimumPolicy | InspectionPolicy


@dataclass(frozen=True, slots=True)
class Exit:
    """A way that people must always be able to leave by. near: the area they leave; far: the one they come into."""

    door: DoorPolicy
    direction: Direction
    near: AreaPolicy
    far: AreaPolicy

    @property
    def way(self) -> Way:
        return self.door.id, self.direction

    @property
    def readers(self) -> tuple[str, ...]:
        """Readers of this way: where there is one, the rules are asked."""
        return readers(self.door, self.direction)

    @property
    def name(self) -> str:
        """`the way out of 'lab' by 'lab-door'`"""
        return f"the way out of {self.near.id!r} by {self.door.id!r}"


def readers(door: DoorPolicy, direction: Direction) -> tuple[str, ...]:
    return door.readers_in if direction is Direction.IN else door.readers_out


def areas(policy: Policy, way: Way) -> tuple[AreaPolicy, AreaPolicy]:
    """(from, to)"""
    outside, inside = (policy.areas[area] for area in policy.doors[way[0]].between)
    return (outside, inside) if way[1] is Direction.IN else (inside, outside)


class Ground:
    """now: us since 1970; schedules are looked at for the year from then on.

    on_comms_loss: device -> `hold` or `lock`, what a module does with its outputs when the gateway is gone.
    """

    def __init__(
        self,
        policy: Policy,
        now: int,
        schedules: Mapping[str, Schedule] | None = None,
        on_comms_loss: Mapping[str, str] | None = None,
    ) -> None:
        self.policy = policy
        self.now, self.hi = now, now + YEAR
        self.meaning = Meaning(policy.groups)
        self.on_comms_loss = on_comms_loss or {}
        self._schedules = schedules
        self._spans: dict[str, Spans] = {}
        self._covers: dict[tuple[str, frozenset[str]], bool] = {}

    @cached_property
    def exits(self) -> tuple[Exit, ...]:
        """Every egress way, by door."""
        return tuple(
            Exit(door, direction, *areas(self.policy, (door.id, direction)))
            for door in self.policy.doors.values()
            for direction in sorted(door.egress)
        )

    @cached_property
    def asked(self) -> tuple[Exit, ...]:
        """The exits with a reader: only there can a rule be asked."""
        return tuple(exit for exit in self.exits if exit.readers)

    # -- time -----------------------------------------------------------------------------------------------------

    def spans(self, schedule: str) -> Spans:
        """When it is active within the year."""
        found = self._spans.get(schedule)
        if found is None:
            found = self._spans[schedule] = active(self._schedule(schedule), self.now, self.hi)
        return found

    def _schedule(self, id: str) -> Schedule:
        if self._schedules is not None and id in self._schedules:
            return self._schedules[id]
        return Schedule(self.policy.schedules[id], ZoneInfo(self.policy.timezone), self.policy.holidays)

    def ever(self, schedule: str) -> bool:
        """False for one that never holds from now on, however long one waits."""
        policy = self.policy.schedules[schedule]
        if policy.within is not None and policy.within[1] <= self.now:
            return False
        return schedule == ALWAYS or bool(policy.intervals)

    def covers(self, schedule: str, others: Iterable[str]) -> bool:
        """True if one of the others is active whenever this one is, within the year."""
        ids = frozenset(others)
        if schedule in ids:
            return True
        key = schedule, ids
        found = self._covers.get(key)
        if found is None:
            together = union(span for id in ids for span in self.spans(id))
            found = self._covers[key] = not without(self.spans(schedule), together)
        return found

    def meet(self, one: str, other: str) -> bool:
        """True if both are active at some moment of the year."""
        return bool(common(self.spans(one), self.spans(other)))


def rules_of(policy: Policy) -> tuple[Timed, ...]:
    """Everything that holds on some ways while a schedule is active."""
    restrictions = (rule for threat in policy.threats for rule in threat.restrictions)
    return (*policy.access, *policy.deny, *policy.minimum, *policy.inspections, *restrictions)


def by_way(rules: Iterable[R]) -> dict[Way, list[R]]:
    """Rules by the ways they name, in their order."""
    found: dict[Way, list[R]] = {}
    for rule in rules:
        for way in rule.doors:
            found.setdefault(way, []).append(rule)
    return found


def on_exits(ground: Ground, rules: Iterable[R]) -> Iterator[tuple[R, Exit]]:
    """Each rule with each exit it names where somebody can ask."""
    asked = {exit.way: exit for exit in ground.asked}
    for rule in rules:
        for way in rule.doors:
            if way in asked:
                yield rule, asked[way]
