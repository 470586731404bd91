"""What is asked of the state at a way besides its rules: False sends the request to the full path.

A gate may err to the side of False alone: the full path then looks exactly.
"""

from __future__ import annotations

from collections.abc import Callable

from rules.policy import PassbackMode
from rules.site import Way, key
from rules.state import State

Gate = Callable[[State, str | None], bool]
"""(state, person or None) -> True if nothing here speaks against it."""


def gates_of(way: Way) -> tuple[Gate, ...]:
    """Those that a way needs."""
    gates: list[Gate] = []
    if way.area.passback is not None:
        gates.append(_tracked(way) if _both_hard(way) else _not_there(way.area.id))
    if way.area.occupancy_max is not None:
        gates.append(_room(way.area.id, way.area.occupancy_max, way.bordering))
    if way.area.occupancy_min is not None or way.near.occupancy_min is not None:
        gates.append(_never)
    if way.interlocked:
        gates.append(_all_shut(way.interlocked))
    if way.inspections:
        gates.append(_never)
    if way.conditional:
        gates.append(_nobody_waits(key(way.door, way.direction)))
    return tuple(gates)


def _both_hard(way: Way) -> bool:
    rules = (way.area.passback, way.near.passback)
    return all(rule is not None and rule.mode is PassbackMode.HARD for rule in rules)


def _not_there(area: str) -> Gate:
    def gate(state: State, person: str | None) -> bool:
        place = state.places.get(person or "")
        return place is None or place.area != area

    return gate


def _tracked(way: Way) -> Gate:
    near = way.near.id

    def gate(state: State, person: str | None) -> bool:
        place = state.places.get(person or "")
        return place is None or place.area == near

    return gate


def _room(area: str, most: int, doors: tuple[str, ...]) -> Gate:
    """Room for one more, while nobody who was let in is still on the way."""

    def gate(state: State, person: str | None) -> bool:
        return state.places.count(area) < most and (not state.released or state.released.isdisjoint(doors))

    return gate


def _all_shut(others: tuple[str, ...]) -> Gate:
    def gate(state: State, person: str | None) -> bool:
        return state.shut.issuperset(others)

    return gate


def _nobody_waits(way: str) -> Gate:
    def gate(state: State, person: str | None) -> bool:
        return state.waits.get(way) is None

    return gate


def _never(state: State, person: str | None) -> bool:
    return False
