"""One door: its position, forced and held open."""

from __future__ import annotations

from dataclasses import replace

from rules.alarm import raise_alarm, return_alarm
from rules.mode import explains_opening, unlocked
from rules.model.commands import ShowOutcome, Wait
from rules.model.events import (
    DoorClosed,
    DoorForced,
    DoorHeldOpen,
    DoorOpened,
    DoorPositionLost,
    HeldOpenWarned,
)
from rules.model.points import FAULTS, InputState, Outcome
from rules.policy import DoorPolicy, Relock
from rules.release import asking, end_release
from rules.state import DoorRecord, State
from rules.taken import take
from rules.turn import Evolutions, Turn

OUTCOME_TTL = 2_000_000


def position(state: State, door: DoorPolicy) -> str:
    """Any leaf open: open. Else any leaf not known: unknown. A fault is never closed."""
    states = [state.input(contact.point).state for contact in door.contacts]
    if InputState.ACTIVE in states:
        return "open"
    return "closed" if states and all(s is InputState.NORMAL for s in states) else "unknown"


def contact_changed(turn: Turn, door: DoorPolicy) -> None:
    """A contact's state changed: see whether the door's position did."""
    before, now = turn.state.door(door.id).position, position(turn.state, door)
    match before, now:
        case (a, b) if a == b:
            pass
        case _, "open":
            _opened(turn, door, before)
        case _, "closed":
            _closed(turn, door)
        case _:
            _position_lost(turn, door)
    _judge_contacts(turn, door)


def _opened(turn: Turn, door: DoorPolicy, before: str) -> None:
    record = turn.state.door(door.id)
    authorised = record.release is not None or explains_opening(record.layers) or bool(asking(turn, door))
    warn_at, held_at = _held_times(turn, door, record)
    relocks = door.relock is Relock.ON_OPEN and record.release is not None
    turn.emit(DoorOpened(door.id, authorised, warn_at, held_at))
    for passage in record.release.passages if record.release else ():
        take(turn, door, passage)
    if not authorised and before == "closed":
        turn.emit(DoorForced(door.id))
        raise_alarm(turn, "door-forced", door.id)
    if relocks:
        end_release(turn, door)


def _held_times(turn: Turn, door: DoorPolicy, record: DoorRecord) -> tuple[int | None, int | None]:
    """When the door, open from now, is warned about and held open; none while its mode leaves it open."""
    if unlocked(record.layers):
        return None, None
    open_for = record.release.open_for if record.release else door.open_time
    return turn.t + open_for - door.pre_alarm_time, turn.t + open_for


def _closed(turn: Turn, door: DoorPolicy) -> None:
    release = turn.state.door(door.id).release
    relocks = release is not None and door.relock is Relock.ON_CLOSE and _was_open(turn, door)
    turn.emit(DoorClosed(door.id, relocks))
    return_alarm(turn, "door-forced", door.id)
    return_alarm(turn, "door-held", door.id)
    if relocks:
        end_release(turn, door)


def _was_open(turn: Turn, door: DoorPolicy) -> bool:
    return turn.state.door(door.id).position == "open"


def _position_lost(turn: Turn, door: DoorPolicy) -> None:
    states = {turn.state.input(c.point).state for c in door.contacts} - {InputState.NORMAL}
    turn.emit(DoorPositionLost(door.id, min(states, default=InputState.UNKNOWN)))


def _judge_contacts(turn: Turn, door: DoorPolicy) -> None:
    """A faulty contact is an alarm of its own; a lost device is alarmed as such."""
    states = {turn.state.input(c.point).state for c in door.contacts}
    if states & FAULTS:
        raise_alarm(turn, "contact-fault", door.id)
    elif InputState.UNKNOWN not in states:
        return_alarm(turn, "contact-fault", door.id)


def warn_due(turn: Turn, door: DoorPolicy) -> None:
    turn.emit(HeldOpenWarned(door.id))
    for reader in (*door.readers_in, *door.readers_out):
        turn.order(ShowOutcome(reader, Outcome.WARNING), Wait.NONE, ttl=OUTCOME_TTL)


def held_due(turn: Turn, door: DoorPolicy) -> None:
    turn.emit(DoorHeldOpen(door.id))
    raise_alarm(turn, "door-held", door.id)


# -- evolution ------------------------------------------------------------------------------------------


def _door_opened(state: State, event: DoorOpened) -> None:
    record = state.door(event.door)
    release = record.release
    if release is not None:
        release = replace(release, passages=())
    state.doors.put(event.door, replace(record, position="open", release=release))
    state.set_held(event.door, event.warn_at, event.held_at)


def _door_closed(state: State, event: DoorClosed) -> None:
    record = state.door(event.door)
    state.doors.put(event.door, replace(record, position="closed", forced=False, held=False))
    state.set_held(event.door, None, None)


def _door_position_lost(state: State, event: DoorPositionLost) -> None:
    state.doors.put(event.door, replace(state.door(event.door), position="unknown"))
    state.set_held(event.door, None, None)


def _door_forced(state: State, event: DoorForced) -> None:
    state.doors.put(event.door, replace(state.door(event.door), forced=True))


def _warned(state: State, event: HeldOpenWarned) -> None:
    state.deadlines.drop(f"warn:{event.door}")


def _held(state: State, event: DoorHeldOpen) -> None:
    state.doors.put(event.door, replace(state.door(event.door), held=True))
    state.set_held(event.door, None, None)


EVOLUTIONS: Evolutions = {
    DoorOpened: _door_opened,
    DoorClosed: _door_closed,
    DoorPositionLost: _door_position_lost,
    DoorForced: _door_forced,
    HeldOpenWarned: _warned,
    DoorHeldOpen: _held,
}
