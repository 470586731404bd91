"""A site at rest: every door in its scheduled mode, nothing armed but what is assumed so."""

from __future__ import annotations

from collections.abc import Iterable

from rules.emergency import LOCKDOWN
from rules.following import wanted_layers
from rules.site import Site
from rules.state import AreaRecord, DoorRecord, Layer, State

ASSUMED = "assumed"


def quiet(site: Site, utc: int, *, armed: Iterable[str] = (), locked_down: Iterable[str] = ()) -> State:
    """The state at `utc`. armed: areas; locked_down: doors."""
    state = State()
    locked = frozenset(locked_down)
    for door in site.doors.values():
        layers = [layer for layer, wanted in wanted_layers(site, state, door, utc) if wanted]
        if door.id in locked:
            layers.append(Layer("locked_down", LOCKDOWN, "lock"))
        state.doors.put(door.id, DoorRecord("closed", tuple(layers)))
    for area in armed:
        state.areas.put(area, AreaRecord("armed_away", by=ASSUMED))
    state.mark()
    return state


def doors_meant(site: Site, target: str) -> tuple[str, ...]:
    """A door, every door of an area, or `all`; empty where there is nothing of that name."""
    if target in site.doors:
        return (target,)
    return tuple(door.id for door in site.doors.values() if target == "all" or target in door.between)
