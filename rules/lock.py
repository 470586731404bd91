"""What a lock's output should be at, and the orders that bring it there."""

from __future__ import annotations

from collections.abc import Iterable

from rules.mode import deciding, mode, unlocked
from rules.model.commands import PulseOutput, SetOutput, Wait
from rules.model.events import OutputSensed
from rules.policy import DoorPolicy
from rules.site import Site
from rules.state import Layer, State
from rules.turn import Turn

MOMENTARY_TTL = 2_000_000
"""A release or a reader's outcome that could not be given within this, us, is dropped."""

FOREIGN_AFTER = 1_000_000
"""us for which an output may differ from what is expected before it counts as foreign: polls lag commands."""

FOLLOW_WITHIN = 3_000_000
"""us within which an output must be read back at a level it was sent."""

_NO_LOCK_ORDER = frozenset({None, ("emergency_release", "pressed")})


def released_level(door: DoorPolicy) -> bool:
    """The output's level that releases the lock."""
    assert door.lock is not None
    return door.lock.energise_to_unlock


def level(state: State, door: DoorPolicy) -> bool:
    """The output's level that the door's mode demands, releases aside."""
    return released_level(door) is unlocked(state.door(door.id).layers)


def expected(site: Site, state: State, output: str) -> bool | None:
    """The level an output should be read back at now, or None for one that works no lock."""
    door_id = site.outputs.get(output)
    if door_id is None:
        return None
    door, record = site.doors[door_id], state.door(door_id)
    if record.release is not None and record.release.unlocks:
        return released_level(door)
    return level(state, door)


def suspect_at(site: Site, state: State, output: str, on: bool, t: int) -> int | None:
    """When an output read back as `on` at `t` counts as foreign if it stays so; None where the mode wants it so.

    Polls lag commands, and a running release explains a released lock as long as it runs.
    """
    door = site.doors[site.outputs[output]]
    release = state.door(door.id).release
    if on is level(state, door):
        return None
    if release is not None and release.unlocks and on is released_level(door):
        return max(release.lock_until, t) + FOREIGN_AFTER
    return t + FOREIGN_AFTER


def release_wait(door: DoorPolicy) -> Wait:
    return Wait.REQUIRED if door.journal_required else Wait.BEST_EFFORT


def level_wait(state: State, door: DoorPolicy) -> Wait:
    """Locking and fire release never wait for the journal; unlocking does."""
    layers = state.door(door.id).layers
    return release_wait(door) if unlocked(layers) and mode(layers) != "fire" else Wait.NONE


def pulse(turn: Turn, door: DoorPolicy, duration: int, wait: Wait) -> None:
    """Order a momentary release, unless the mode holds the lock released anyway. One that runs is never shortened."""
    record = turn.state.door(door.id)
    running = record.release
    until = turn.t if running is None else running.exit_until if takes_back_entry(record.layers) else running.lock_until
    _pulse(turn, door, max(duration, (until or turn.t) - turn.t), wait)


def _pulse(turn: Turn, door: DoorPolicy, duration: int, wait: Wait) -> None:
    if door.lock is None:
        return
    if unlocked(turn.state.door(door.id).layers):
        if wait is Wait.NONE:
            _hasten(turn, door, door.lock.output)
        return
    command = PulseOutput(door.lock.output, released_level(door), duration)
    turn.order(command, wait, ttl=MOMENTARY_TTL, door=door.id)


def _hasten(turn: Turn, door: DoorPolicy, output: str) -> None:
    """The level that the mode demands may still wait for the record, or be lost on its way: an exit does not wait."""
    if door.journal_required or turn.state.output(output).on is not released_level(door):
        turn.order(SetOutput(output, released_level(door)), Wait.NONE, door=door.id)


def settle(turn: Turn, door: DoorPolicy, wait: Wait = Wait.NONE) -> None:
    """Order the level that the mode demands now. Locking and fire release never wait."""
    if door.lock is not None:
        turn.order(SetOutput(door.lock.output, level(turn.state, door)), wait, door=door.id)
        _watch(turn, door.lock.output)


def _watch(turn: Turn, output: str) -> None:
    """An output that has to move is looked at again: one that stays is alarmed."""
    on = turn.state.output(output).on
    if on is None or turn.state.deadlines.get(f"foreign:{output}") is not None:
        return
    if suspect_at(turn.site, turn.state, output, on, turn.t) is not None:
        turn.emit(OutputSensed(output, on, turn.t + FOLLOW_WITHIN))


def resume(turn: Turn, door: DoorPolicy, *, entry: bool) -> None:
    """A level was sent that ends a pulse: an exit, or an `entry` that is still good, goes on for what is left of it."""
    release = turn.state.door(door.id).release
    if release is None or not release.unlocks or unlocked(turn.state.door(door.id).layers):
        return
    exit_left = (release.exit_until or turn.t) - turn.t
    if exit_left > 0:
        _pulse(turn, door, exit_left, Wait.NONE)
    left = release.lock_until - turn.t
    if entry and left > max(exit_left, 0):
        _pulse(turn, door, left, release_wait(door))


def takes_back_entry(layers: Iterable[Layer]) -> bool:
    """True where somebody ordered the door locked, so that a grant before it holds no longer."""
    return deciding(layers) not in _NO_LOCK_ORDER
