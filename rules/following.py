"""The layers of a door's mode that schedules set and clear: held open for everybody, blocked."""

from __future__ import annotations

from collections.abc import Iterator

from rules.layer import clear_layer, set_layer
from rules.policy import DoorPolicy
from rules.ruling import first_is_in
from rules.site import Site
from rules.state import Layer, State
from rules.turn import Turn

SCHEDULE = "schedule"
_UNLOCK = Layer(SCHEDULE, SCHEDULE, "unlock")
_BLOCK = Layer("blocked", SCHEDULE, "lock")


def follow_schedules(turn: Turn) -> None:
    """Of every door: one that a new rule set no longer schedules lets go of its layers."""
    for door in turn.site.doors.values():
        follow_schedule(turn, door)


def follow_schedule(turn: Turn, door: DoorPolicy) -> None:
    """Set or clear the door's layers as its schedules say now."""
    for layer, wanted in wanted_layers(turn.site, turn.state, door, turn.stamp.utc):
        if wanted:
            set_layer(turn, door, layer.layer, layer.value, layer.by)
        else:
            clear_layer(turn, door, layer.layer, layer.by)


def wanted_layers(site: Site, state: State, door: DoorPolicy, utc: int) -> Iterator[tuple[Layer, bool]]:
    """What schedules set of a door, and whether they do at `utc`. A door is blocked before it is let go of."""
    yield _BLOCK, door.blocked is not None and site.schedules[door.blocked].active(utc)
    yield _UNLOCK, _unlocks(site, state, door, utc)


def _unlocks(site: Site, state: State, door: DoorPolicy, utc: int) -> bool:
    """A door that waits for its first person opens for everybody once they came."""
    if door.unlock is None:
        return False
    schedule = site.schedules[door.unlock]
    if not schedule.active(utc):
        return False
    return not door.unlock_after or first_is_in(state, door.id, door.unlock_after, schedule.began(utc))


def follows(site: Site, state: State, door: DoorPolicy, utc: int) -> bool:
    """True where the door's scheduled layers are as its schedules say at `utc`."""
    layers = state.door(door.id).layers
    return all((layer in layers) is wanted for layer, wanted in wanted_layers(site, state, door, utc))


def next_change(site: Site, door: DoorPolicy, utc: int) -> int | None:
    """The next transition of one of the door's schedules, utc us."""
    names = [name for name in (door.unlock, door.blocked) if name is not None]
    found = (site.schedules[name].next_transition(utc) for name in names)
    return min((at for at in found if at is not None), default=None)
