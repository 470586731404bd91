"""What a lock's output should be at, and the orders that bring it there."""

from __future__ import annotations

from rules.mode import unlocked
from rules.model.commands import PulseOutput, SetOutput, Wait
from rules.policy import DoorPolicy
from rules.site import Site
from rules.state import State
from rules.turn import Turn

MOMENTARY_TTL = 2_000_000
"""A release or a reader's outcome that could not be given within this, us, is dropped."""


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


def release_wait(door: DoorPolicy) -> Wait:
    return Wait.REQUIRED if door.journal_required else Wait.BEST_EFFORT


def pulse(turn: Turn, door: DoorPolicy, duration: int, wait: Wait) -> None:
    """Order a momentary release, unless the mode holds the lock released anyway."""
    if door.lock is None or unlocked(turn.state.door(door.id).layers):
        return
    command = PulseOutput(door.lock.output, released_level(door), duration)
    turn.order(command, wait, ttl=MOMENTARY_TTL, door=door.id)


def settle(turn: Turn, door: DoorPolicy, wait: Wait = Wait.NONE) -> None:
    """Order the level that the mode demands now. Locking and fire release never wait."""
    if door.lock is not None:
        turn.order(SetOutput(door.lock.output, level(turn.state, door)), wait, door=door.id)
