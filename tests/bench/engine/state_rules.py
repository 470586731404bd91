"""The same site with rules on its state at 30 % of its doors: passback, occupancy, interlocks; and where people are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from rules.policy import AreaPolicy, InterlockPolicy, Passback, PassbackMode, Policy, Source
from rules.state import PlaceRecord, State
from tests.bench.engine.crowd import Crowd
from tests.bench.engine.estate import SECOND

SHARE = 0.3
ROOMY = 200
"""How many an area holds that has a most: no lack of room on an ordinary day."""

WINDOW = 300 * SECOND
INTERLOCKED = 3


def with_state_rules(policy: Policy, seed: int) -> Policy:
    """Whole rooms by lot until their doors, with some interlocked ones, are 30 % of all."""
    rng = Random(f"{seed} state")
    rooms: dict[str, list[str]] = {}
    for door in policy.doors.values():
        if door.between[0].startswith("floor"):
            rooms.setdefault(door.between[1], []).append(door.id)
    wanted = round(SHARE * len(policy.doors))
    interlocked, order = wanted // 5, rng.sample(sorted(rooms), len(rooms))
    areas, ruled = dict(policy.areas), 0
    while ruled < wanted - interlocked:
        room = order.pop()
        areas[room] = _ruled(areas[room], rng)
        ruled += len(rooms[room])
    left = [door for room in order for door in rooms[room]][:interlocked]
    return replace(policy, areas=areas, interlocks=tuple(_interlocks(left)))


def ruled_doors(policy: Policy) -> set[str]:
    """Doors whose way in has a rule on the state."""
    inner = {d.id for d in policy.doors.values() if _has_rule(policy.areas[d.between[1]])}
    return inner | {door for interlock in policy.interlocks for door in interlock.doors}


def _has_rule(area: AreaPolicy) -> bool:
    return area.passback is not None or area.occupancy_max is not None


def _ruled(area: AreaPolicy, rng: Random) -> AreaPolicy:
    kind = rng.choices(["hard", "soft", "timed", "occupancy"], [30, 20, 20, 30])[0]
    if kind == "occupancy":
        return replace(area, occupancy_max=ROOMY)
    return replace(area, passback=Passback(PassbackMode(kind), WINDOW if kind == "timed" else 0))


def _interlocks(doors: list[str]) -> Iterator[InterlockPolicy]:
    for n in range(0, len(doors) - len(doors) % INTERLOCKED, INTERLOCKED):
        source = Source("interlocks.yaml", 3 + n // INTERLOCKED, 3)
        yield InterlockPolicy(f"lock-{n // INTERLOCKED:03}", source, tuple(doors[n : n + INTERLOCKED]))


def settle(state: State, policy: Policy, crowd: Crowd, seed: int) -> None:
    """Where people are: most in the lobby or on a floor, some unknown, one in a hundred in a room with a rule."""
    rng = Random(f"{seed} places")
    ruled = sorted(id for id, area in policy.areas.items() if _has_rule(area))
    common = sorted(id for id in policy.areas if id == "lobby" or id.count("-") == 1)
    for person in crowd.persons:
        drawn = rng.random()
        if drawn < 0.7:
            state.places.put(person.id, PlaceRecord(rng.choice(common), 0, 0))
        elif drawn < 0.71:
            state.places.put(person.id, PlaceRecord(rng.choice(ruled), 0, 0))
    state.mark()
