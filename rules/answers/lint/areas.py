"""Areas whose rules cannot work as they stand."""

from __future__ import annotations

from collections.abc import Iterator

from rules.answers.lint.facts import Facts
from rules.answers.lint.finding import Finding, finding, named
from rules.answers.lint.ground import Way, areas, readers
from rules.policy import AccessPolicy, AreaPolicy, Direction, MinimumPolicy


def unseen_exit(facts: Facts) -> Iterator[Finding]:
    """Anti-passback where people leave without a read: on record they stay in, and are refused when they come back."""
    for area in (area for area in facts.policy.areas.values() if area.passback is not None):
        unseen = {door for door, way in _ways(facts, area, 0) if not readers(facts.policy.doors[door], way)}
        if unseen:
            yield finding(
                "passback-unseen-exit",
                area.source,
                area.id,
                f"people leave {area.id!r} by {named(unseen)} without a read: its anti-passback takes them to be in"
                " still, and stops them when they come back",
                "stand a reader there, or give 'forgive' times and use the soft mode",
            )


def min_alone(facts: Facts) -> Iterator[Finding]:
    """occupancy_min where people come one by one: the first would be too few."""
    for area in (area for area in facts.policy.areas.values() if area.occupancy_min is not None):
        ways = [way for way in _ways(facts, area, 1) if readers(facts.policy.doors[way[0]], way[1])]
        if ways and not any(_in_twos(facts, way) for way in ways):
            yield finding(
                "occupancy-min-alone",
                area.source,
                area.id,
                f"nobody ever enters {area.id!r} while it is empty: occupancy_min is {area.occupancy_min}, and no way"
                " into it asks for two persons",
                "demand 'two_person' on a way into it, under 'minimum'",
            )


def _in_twos(facts: Facts, way: Way) -> bool:
    rules: tuple[AccessPolicy | MinimumPolicy, ...] = (*facts.policy.access, *facts.policy.minimum)
    return any(rule.two_person is not None and way in rule.doors for rule in rules)


def _ways(facts: Facts, area: AreaPolicy, end: int) -> Iterator[Way]:
    """Ways out of it (end 0) or into it (end 1)."""
    for door in facts.policy.doors.values():
        for direction in Direction:
            if areas(facts.policy, (door.id, direction))[end].id == area.id:
                yield door.id, direction
