"""Schedules, and what ends: boundaries that fall into a change of clocks, holidays that are forgotten, lapses."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rules import wall
from rules.answers.lint.facts import Facts
from rules.answers.lint.finding import Finding, finding
from rules.answers.lint.ground import rules_of
from rules.calendar import DstBoundary, dst_boundaries, unnamed_types
from rules.policy import ExpectPolicy, SchedulePolicy
from rules.wall import DAY

_BUILT_IN = ("always", "never")


def never(facts: Facts) -> Iterator[Finding]:
    """Rules whose schedule is not active at any moment of a year."""
    for rule in rules_of(facts.policy):
        if not facts.ground.spans(rule.when):
            yield finding(
                "rule-never",
                rule.source,
                rule.id,
                f"rule {rule.id!r} never holds: schedule {rule.when!r} is not active within a year from now",
                "correct the schedule, or take the rule out",
            )


def _written(facts: Facts) -> Iterator[SchedulePolicy]:
    """Those that an admin wrote, apart from what overlays make of them."""
    for schedule in facts.policy.schedules.values():
        if schedule.id not in _BUILT_IN and schedule.within is None:
            yield schedule


def dst(facts: Facts) -> Iterator[Finding]:
    zone = ZoneInfo(facts.policy.timezone)
    days = [change.day for change in wall.changes(facts.ground.now, facts.ground.hi, zone)]
    for schedule in _written(facts):
        for day in days:
            for found in dst_boundaries(schedule, zone, facts.policy.holidays, day - 2 * DAY, 5):
                yield _boundary(schedule, found)


def _boundary(schedule: SchedulePolicy, found: DstBoundary) -> Finding:
    low, high = found.change.hour
    what = "is left out" if found.change.forward else "comes twice"
    return finding(
        "schedule-dst",
        found.interval.source or schedule.source,
        schedule.id,
        f"schedule {schedule.id!r} begins or ends between {low:%H:%M} and {high:%H:%M} on"
        f" {found.change.day.isoformat()}, an hour that {what}",
        "move the boundary to the edge of that hour; `doorward calendar` shows what it means",
    )


def holidays(facts: Facts) -> Iterator[Finding]:
    for schedule in _written(facts):
        closed = tuple(unnamed_types(schedule, facts.policy.holidays.values()))
        if closed and schedule.intervals:
            yield finding(
                "schedule-holiday",
                schedule.source,
                schedule.id,
                f"schedule {schedule.id!r} is closed on every {', '.join(closed)}: no entry names it",
                "nothing, if that is meant; else add an entry with these days",
            )


def unused(facts: Facts) -> Iterator[Finding]:
    policy = facts.policy
    used = {rule.when.partition("@")[0] for rule in rules_of(policy)}
    used |= {name for door in policy.doors.values() for name in (door.unlock, door.blocked) if name is not None}
    used |= {expect.when for expect in policy.expect if isinstance(expect, ExpectPolicy) and expect.when is not None}
    for schedule in _written(facts):
        if schedule.id not in used:
            yield finding(
                "schedule-unused",
                schedule.source,
                schedule.id,
                f"schedule {schedule.id!r} is used nowhere",
                "take it out",
            )
