"""What the fast path asks of the state before it grants: False sends the request to the full path.

A gate may err to the side of False alone: the full path then looks exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rules.policy import PassbackMode
from rules.site import Way, key

Gate = Callable[[Any, Any, Any, Any], bool]
"""(site, state, request, card) -> True if nothing here speaks against it."""


def gates_of(way: Way) -> tuple[Gate, ...]:
    """Those that a way needs."""
    gates: list[Gate] = []
    if way.area.passback is not None:
        gates.append(_tracked(way) if _both_hard(way) else _not_there(way.area.id))
    if way.area.occupancy_max is not None:
        gates.append(_room(way.area.id, way.area.occupancy_max))
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
    def gate(site: Any, state: Any, request: Any, card: Any) -> bool:
        place = state.places.get(card.person)
        return place is None or place.area != area

    return gate


def _tracked(way: Way) -> Gate:
    near = way.near.id

    def gate(site: Any, state: Any, request: Any, card: Any) -> bool:
        place = state.places.get(card.person)
        return place is None or place.area == near

    return gate


def _room(area: str, most: int) -> Gate:
    def gate(site: Any, state: Any, request: Any, card: Any) -> bool:
        if state.places.count(area) >= most:
            return False
        doors = state.doors
        for door in site.bordering[area]:
            record = doors.get(door)
            if record is not None and record.release is not None:
                return False
        return True

    return gate


def _all_shut(others: tuple[str, ...]) -> Gate:
    def gate(site: Any, state: Any, request: Any, card: Any) -> bool:
        doors = state.doors
        for other in others:
            record = doors.get(other)
            if record is None or record.position != "closed" or record.release is not None or record.layers:
                return False
        return True

    return gate


def _nobody_waits(way: str) -> Gate:
    def gate(site: Any, state: Any, request: Any, card: Any) -> bool:
        return state.waits.get(way) is None

    return gate


def _never(site: Any, state: Any, request: Any, card: Any) -> bool:
    return False
