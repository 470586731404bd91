"""The paths that nearly every request takes, on the sites that nearly everybody has, against the reference.

A random site with every rule of the language seldom leaves anything to the fast path: here most of it is put away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any

from rules import access
from rules.asked import Request
from rules.decision import Decision
from rules.policy import Policy, Require
from rules.state import DeviceRecord, DoorRecord, State
from tests.rules.dice import Dice
from tests.rules.profiles import LONG
from tests.rules.random_policies import DOORS, WAYS, denied
from tests.rules.random_sites import built, case
from tests.rules.reference.case import Case
from tests.rules.reference.verdict import verdict
from tests.rules.test_reference import same

CASES = 200_000 if LONG else 1_500
SEED = None if LONG else 11
PATHS = ("_decide_closer", "_decide_denied", "_decide_dead", "_decide_unknown", "_decide_fully")


def plain(policy: Policy, dice: Dice) -> Policy:
    """What most sites are: bare grants, some denials, now and then a PIN at times, and not much else."""
    grants = tuple(
        replace(
            rule,
            who=replace(rule.who, valid=frozenset()),
            require=Require.CARD,
            two_person=None,
            escort=None,
            first_person=frozenset(),
        )
        for rule in policy.access
    )
    demands = tuple(replace(rule, two_person=None, escort=None) for rule in policy.minimum)
    areas = {id: replace(a, passback=None, occupancy_max=None, occupancy_min=None) for id, a in policy.areas.items()}
    return replace(
        policy,
        access=grants,
        minimum=demands if dice.rarely(2) else (),
        deny=policy.deny or ((denied(dice, 0),) if dice.rarely(2) else ()),
        limits=(),
        threats=(),
        inspections=(),
        interlocks=policy.interlocks if dice.rarely(2) else (),
        areas=policy.areas if dice.rarely(8) else areas,
    )


def at_rest(dice: Dice) -> State:
    """Every reader online, most doors closed."""
    found = State()
    for id in DOORS:
        found.doors.put(id, DoorRecord("open" if dice.rarely(4) else "closed"))
    for way in WAYS:
        found.devices.put(way.replace(":", "-"), DeviceRecord("online"))
    return found


def ordinary(asked: Request, dice: Dice) -> Request:
    """A card just read, most of the time."""
    if dice.rarely(6):
        return asked
    if dice.rarely(6):
        asked = replace(asked, token="c-unknown")
    return replace(asked, token=asked.token or "c1", age=0, fault=None, pin="none", by="card")


def plain_case(dice: Dice) -> Case:
    found = case(dice)
    state = found.state if dice.rarely(3) else at_rest(dice)
    for way in WAYS:
        state.waits.drop(way)  # no rule asks for company any more
    return replace(found, policy=plain(found.policy, dice), state=state, request=ordinary(found.request, dice))


@contextmanager
def counted(taken: Counter[str]) -> Iterator[None]:
    """Count who is asked within."""
    known = {name: getattr(access, name) for name in PATHS}

    def counting(name: str, path: Callable[..., Decision]) -> Callable[..., Decision]:
        def asked(*given: Any) -> Decision:
            decision = path(*given)
            taken[f"{name} {'granted' if decision.granted else 'denied'}"] += 1
            return decision

        return asked

    for name, path in known.items():
        setattr(access, name, counting(name, path))
    try:
        yield
    finally:
        for name, path in known.items():
            setattr(access, name, path)


def test_on_plain_sites_each_path_says_what_the_reference_says() -> None:
    rng, taken = Random(SEED), Counter[str]()
    with counted(taken):
        for _ in range(CASES):
            found = plain_case(Dice(rng.randbytes(900)))
            before = taken.total()
            decision = access.decide(built(found.policy, found), found.state, found.request)
            if taken.total() == before:
                taken[f"at once {'granted' if decision.granted else 'denied'}"] += 1
            same(decision, verdict(found))
    least = CASES // 300
    for path in ("at once", "_decide_closer", "_decide_denied", "_decide_fully"):
        assert taken[f"{path} granted"] >= least, taken
        assert taken[f"{path} denied"] >= least, taken
    for path in ("_decide_dead", "_decide_unknown"):
        assert taken[f"{path} denied"] >= least, taken
        assert taken[f"{path} granted"] == 0, taken
