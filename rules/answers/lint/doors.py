"""Doors that nobody opens, readers that nobody asks, interlocks that cannot work."""

from __future__ import annotations

from collections.abc import Iterator

from rules.answers.lint.facts import Facts
from rules.answers.lint.finding import Finding, finding
from rules.answers.lint.ground import Way, by_way, readers, rules_of
from rules.policy import AccessPolicy, Direction, DoorPolicy


def nobody(facts: Facts) -> Iterator[Finding]:
    """A reader at which no rule ever lets anybody pass."""
    grants = by_way(facts.policy.access)
    for door in facts.policy.doors.values():
        for direction in Direction:
            way = door.id, direction
            if _is_shut(facts, door, direction) and not any(_opens(facts, rule) for rule in grants.get(way, ())):
                yield finding(
                    "door-nobody",
                    door.source,
                    door.id,
                    f"nobody is ever let {direction.value} by {door.id!r}, which has a reader there",
                    "grant somebody this way, or take the reader away",
                )


def _is_shut(facts: Facts, door: DoorPolicy, direction: Direction) -> bool:
    """True for a way on which a reader alone can open it."""
    if not readers(door, direction) or direction in door.egress:
        return False
    if door.unlock is not None and facts.ground.spans(door.unlock):
        return False
    return direction is Direction.IN or not any(rex.unlocks for rex in door.rex)


def _opens(facts: Facts, rule: AccessPolicy) -> bool:
    return bool(facts.ground.spans(rule.when)) and (not facts.known or bool(facts.count(rule.who)))


def no_reader(facts: Facts) -> Iterator[Finding]:
    for door in facts.policy.doors.values():
        opens = door.readers_in or door.readers_out or door.egress or door.unlock
        if not opens and not any(rex.unlocks for rex in door.rex):
            yield finding(
                "door-no-reader",
                door.source,
                door.id,
                f"door {door.id!r} has no reader, no schedule and no request to exit: only an operator opens it",
                "nothing, if that is meant; else give it a reader",
            )


def unasked(facts: Facts) -> Iterator[Finding]:
    """Rules of ways on none of which a card can be read."""
    for rule in rules_of(facts.policy):
        if not any(_has_reader(facts, way) for way in rule.doors):
            yield finding(
                "rule-no-reader",
                rule.source,
                rule.id,
                f"rule {rule.id!r} never matches: no reader stands on any way it names",
                "correct 'where' or 'direction', or take it out",
            )


def _has_reader(facts: Facts, way: Way) -> bool:
    return bool(readers(facts.policy.doors[way[0]], way[1]))


def interlock_unlocked(facts: Facts) -> Iterator[Finding]:
    for group in facts.policy.interlocks:
        for id in group.doors:
            unlock = facts.policy.doors[id].unlock
            if unlock is not None and facts.ground.spans(unlock):
                yield finding(
                    "interlock-unlocked",
                    group.source,
                    group.id,
                    f"door {id!r} of interlock {group.id!r} is unlocked on schedule {unlock!r}: meanwhile none of the"
                    " others opens",
                    "leave its 'unlock' away, or the door out of the interlock",
                )


def interlock_no_contact(facts: Facts) -> Iterator[Finding]:
    for group in facts.policy.interlocks:
        for id in group.doors:
            if not facts.policy.doors[id].contacts:
                yield finding(
                    "interlock-no-contact",
                    group.source,
                    group.id,
                    f"door {id!r} of interlock {group.id!r} has no contact: nobody sees whether it stands open, and the"
                    " others open all the same once it is locked",
                    "give it a contact, or leave it out of the interlock",
                )
