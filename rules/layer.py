"""The layers of a door's mode: set and cleared one by one, each by its holder."""

from __future__ import annotations

from dataclasses import replace

from rules.lock import level_wait, resume, settle, takes_back_entry
from rules.mode import mode, unlocked, with_layer, without_layer
from rules.model.events import DoorLayerCleared, DoorLayerSet
from rules.policy import DoorPolicy
from rules.state import DoorRecord, Layer, State
from rules.turn import Evolutions, Turn


def set_layer(turn: Turn, door: DoorPolicy, layer: str, value: str, by: str) -> bool:
    """Set one layer; False if it was set so already."""
    record = turn.state.door(door.id)
    wanted = Layer(layer, by, value)
    if wanted in record.layers:
        return False
    after = with_layer(record.layers, wanted)
    warn_at, held_at = _held_after(turn, door, record, after)
    turn.emit(DoorLayerSet(door.id, layer, value, by, mode(after), warn_at, held_at))
    settle(turn, door, level_wait(turn.state, door))
    resume(turn, door, entry=not takes_back_entry(after))
    return True


def clear_layer(turn: Turn, door: DoorPolicy, layer: str, by: str) -> bool:
    """Clear one layer; False if its holder had not set it."""
    record = turn.state.door(door.id)
    after = without_layer(record.layers, layer, by)
    if after == record.layers:
        return False
    warn_at, held_at = _held_after(turn, door, record, after)
    turn.emit(DoorLayerCleared(door.id, layer, by, mode(after), warn_at, held_at))
    settle(turn, door, level_wait(turn.state, door))
    resume(turn, door, entry=not takes_back_entry(after))
    return True


def _held_after(
    turn: Turn, door: DoorPolicy, record: DoorRecord, layers: tuple[Layer, ...]
) -> tuple[int | None, int | None]:
    """The held-open stages of a door that stands open once these layers hold."""
    if record.position != "open" or unlocked(layers):
        return None, None
    if not unlocked(record.layers):
        warn = turn.state.deadlines.get(f"warn:{door.id}")
        held = turn.state.deadlines.get(f"held:{door.id}")
        return warn.t if warn else None, held.t if held else None
    return turn.t + door.open_time - door.pre_alarm_time, turn.t + door.open_time


# -- evolution ------------------------------------------------------------------------------------------


def _layer_set(state: State, event: DoorLayerSet) -> None:
    record = state.door(event.door)
    layers = with_layer(record.layers, Layer(event.layer, event.by, event.value))
    state.doors.put(event.door, replace(record, layers=layers))
    state.set_held(event.door, event.warn_at, event.held_at)


def _layer_cleared(state: State, event: DoorLayerCleared) -> None:
    record = state.door(event.door)
    layers = without_layer(record.layers, event.layer, event.by)
    state.doors.put(event.door, replace(record, layers=layers))
    state.set_held(event.door, event.warn_at, event.held_at)


EVOLUTIONS: Evolutions = {
    DoorLayerSet: _layer_set,
    DoorLayerCleared: _layer_cleared,
}
