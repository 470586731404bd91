"""Two versions of a random site: the rules of another one in some sections, other people, doors fitted otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.policy import AccessPolicy, DoorPolicy, InterlockPolicy, Policy
from tests.rules.builder import OUT
from tests.rules.dice import Dice
from tests.rules.instants import Engine
from tests.rules.random_policies import random_policy
from tests.rules.random_sites import PERSONS, card, case, person

LEVELS = ("t1", "t2")
SECTIONS = (
    *("access", "minimum", "deny", "groups", "threats", "holidays", "areas", "limits", "inspections"),
    *("lockdown_exempt", "schedules", "doors", "interlocks"),
)
GONE = "side"
Pair = tuple[Engine, Engine]


def pair(dice: Dice) -> Pair:
    """The second version has some sections of another random policy, and at times other people."""
    before = case(dice)
    utc, zone = before.request.utc, before.policy.timezone
    other = random_policy(dice, zone, utc)
    policy = replace(before.policy, **{name: getattr(other, name) for name in dice.some(SECTIONS, 4)})
    if dice.rarely(2):
        policy = replace(policy, access=_mixed(before.policy, other))
    if dice.rarely(10):
        policy = replace(policy, timezone=dice.one(["Europe/London", "Asia/Kathmandu", "America/New_York"]))
    after = replace(before, policy=_fitted(dice, policy))
    if dice.rarely(4):
        after = replace(after, persons=[person(dice, id, utc, zone) for id in _left(dice)])
    if dice.rarely(4):
        after = replace(after, cards=[card(dice, token, utc) for token in ("c1", "c2", "c3")])
    before = replace(before, policy=_fitted(dice, before.policy), persons=before.persons[: len(_left(dice))])
    return Engine(before, blocks=False), Engine(after, blocks=False)


def _mixed(old: Policy, new: Policy) -> tuple[AccessPolicy, ...]:
    return tuple({rule.id: rule for rule in (*old.access[1:], *new.access[:2])}.values())


def _left(dice: Dice) -> list[str]:
    """Now and then somebody is not there."""
    return PERSONS[: -1 if dice.rarely(8) else None]


def _fitted(dice: Dice, policy: Policy) -> Policy:
    """With an exit that is free, a way without a reader, a door less."""
    policy = replace(policy, doors={id: _door(dice, found) for id, found in policy.doors.items()})
    return _without_a_door(policy) if dice.rarely(12) else policy


def _door(dice: Dice, door: DoorPolicy) -> DoorPolicy:
    if dice.rarely(12):
        door = replace(door, egress=frozenset({OUT}))
    return replace(door, readers_out=()) if dice.rarely(12) else door


def _without_a_door(policy: Policy) -> Policy:
    doors = {id: found for id, found in policy.doors.items() if id != GONE}
    rules: dict[str, Any] = {
        section: tuple(replace(rule, doors=_without(rule.doors)) for rule in getattr(policy, section))
        for section in ("access", "minimum", "deny", "inspections")
    }
    threats = tuple(
        replace(t, restrictions=tuple(replace(r, doors=_without(r.doors)) for r in t.restrictions))
        for t in policy.threats
    )
    return replace(policy, **rules, doors=doors, threats=threats, interlocks=tuple(map(_shorter, policy.interlocks)))


def _without(ways: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(way for way in ways if way[0] != GONE)


def _shorter(interlock: InterlockPolicy) -> InterlockPolicy:
    return replace(interlock, doors=tuple(door for door in interlock.doors if door != GONE))
