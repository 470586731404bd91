"""One door: its position, its releases, its layers, forced and held open."""

from __future__ import annotations

from dataclasses import replace

from rules.alarm import is_active, raise_alarm, return_alarm
from rules.lock import pulse, release_wait, resume, settle, takes_back_entry
from rules.mode import explains_opening, mode, unlocked, with_layer, without_layer
from rules.model.commands import ShowOutcome, Wait
from rules.model.events import (
    AccessNotTaken,
    AccessTaken,
    DoorClosed,
    DoorForced,
    DoorHeldOpen,
    DoorLayerCleared,
    DoorLayerSet,
    DoorOpened,
    DoorPositionLost,
    ExitRequested,
    HeldOpenWarned,
    ReleasedByOperator,
    ReleaseEnded,
    ReleaseWithheld,
)
from rules.model.points import FAULTS, InputState, Outcome
from rules.policy import DoorPolicy, Relock, Rex
from rules.state import DoorRecord, Layer, PlaceRecord, Release, State
from rules.turn import Evolutions, Turn

OUTCOME_TTL = 2_000_000

# -- position -------------------------------------------------------------------------------------------


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
    authorised = record.release is not None or explains_opening(record.layers) or bool(_asking(turn, door))
    warn_at, held_at = _held_times(turn, door, record)
    relocks = door.relock is Relock.ON_OPEN and record.release is not None
    turn.emit(DoorOpened(door.id, authorised, warn_at, held_at))
    for passage in record.release.passages if record.release else ():
        turn.emit(AccessTaken(door.id, passage.person, passage.direction, passage.area))
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


# -- releases -------------------------------------------------------------------------------------------


def open_by_operator(turn: Turn, door: DoorPolicy, operator: str) -> None:
    turn.emit(ReleasedByOperator(door.id, operator, turn.t + door.release_time, door.open_time))
    pulse(turn, door, door.release_time, release_wait(door))


def rex_changed(turn: Turn, door: DoorPolicy, rex: Rex, index: int) -> None:
    """A request to exit was pressed or let go. Nothing else is asked: no mode denies exit."""
    state = turn.state.input(rex.input.point).state
    if state is InputState.ACTIVE:
        _request_exit(turn, door, index, turn.t + door.release_time, turn.t + rex.max_active)
    elif state in FAULTS:
        raise_alarm(turn, "rex-fault", _rex_name(door, index))
    elif state is InputState.NORMAL:
        return_alarm(turn, "rex-fault", _rex_name(door, index))


def _rex_name(door: DoorPolicy, index: int) -> str:
    return f"{door.id}-{index + 1}"


def _request_exit(turn: Turn, door: DoorPolicy, index: int, until: int, overdue_at: int | None) -> None:
    unlocks = door.rex[index].unlocks
    turn.emit(ExitRequested(door.id, index, unlocks, until, door.open_time, overdue_at))
    if unlocks:
        pulse(turn, door, until - turn.t, Wait.NONE)


def _asking(turn: Turn, door: DoorPolicy) -> tuple[int, ...]:
    """The requests to exit that still ask. A stuck one goes on releasing an egress door, and does nothing else."""
    return tuple(index for index, rex in enumerate(door.rex) if _asks(turn, door, rex, index))


def _asks(turn: Turn, door: DoorPolicy, rex: Rex, index: int) -> bool:
    active = turn.state.input(rex.input.point).state is InputState.ACTIVE
    stuck = is_active(turn.state, "rex-fault", _rex_name(door, index))
    return active and (not stuck or (rex.unlocks and bool(door.egress)))


def release_due(turn: Turn, door: DoorPolicy) -> None:
    """The release's time is over, unless a request to exit still asks for it; one that asks for too long is a fault."""
    release = turn.state.door(door.id).release
    for index, overdue_at in release.asked if release else ():
        if overdue_at <= turn.t and turn.state.input(door.rex[index].input.point).state is InputState.ACTIVE:
            raise_alarm(turn, "rex-fault", _rex_name(door, index))
    if release is not None and _asking(turn, door):
        _ask_on(turn, door, release)
    else:
        end_release(turn, door)


def _ask_on(turn: Turn, door: DoorPolicy, release: Release) -> None:
    """What still asks to exit asks again, no longer than until it is overdue."""
    limits = {index: at for index, at in release.asked if at > turn.t}
    for index in _asking(turn, door):
        limit = limits.get(index)
        until = turn.t + door.release_time
        _request_exit(turn, door, index, until if limit is None else min(until, limit), limit)


def end_release(turn: Turn, door: DoorPolicy) -> None:
    release = turn.state.door(door.id).release
    if release is None:
        return
    turn.emit(ReleaseEnded(door.id))
    for passage in release.passages:
        turn.emit(AccessNotTaken(door.id, passage.person, passage.direction))
    settle(turn, door)
    _ask_on(turn, door, release)


def withhold_release(turn: Turn, door: DoorPolicy) -> None:
    """The lock was never worked: the grant's release is taken back."""
    release = turn.state.door(door.id).release
    if release is not None:
        person = release.passages[0].person if release.passages else None
        turn.emit(ReleaseWithheld(door.id, person))
        _ask_on(turn, door, release)


# -- layers ---------------------------------------------------------------------------------------------


def set_layer(turn: Turn, door: DoorPolicy, layer: str, value: str, by: str) -> bool:
    """Set one layer; False if it was set so already."""
    record = turn.state.door(door.id)
    wanted = Layer(layer, by, value)
    if wanted in record.layers:
        return False
    after = with_layer(record.layers, wanted)
    warn_at, held_at = _held_after(turn, door, record, after)
    turn.emit(DoorLayerSet(door.id, layer, value, by, mode(after), warn_at, held_at))
    settle(turn, door, _layer_wait(door, after))
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
    settle(turn, door, _layer_wait(door, after))
    resume(turn, door, entry=not takes_back_entry(after))
    return True


def _layer_wait(door: DoorPolicy, layers: tuple[Layer, ...]) -> Wait:
    """Locking and fire release never wait for the journal; unlocking does."""
    return release_wait(door) if unlocked(layers) and mode(layers) != "fire" else Wait.NONE


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


def begin_release(state: State, door: str, release: Release) -> None:
    """Put a release in place of the running one; what that one still waited for is kept."""
    record = state.door(door)
    running = record.release
    if running is not None:
        release = replace(
            release,
            cause=_stronger(running, release),
            until=max(release.until, running.until),
            open_for=max(release.open_for, running.open_for),
            passages=(*running.passages, *release.passages),
            unlocks=release.unlocks or running.unlocks,
            asked=(*running.asked, *release.asked),
        )
    state.doors.put(door, replace(record, release=release))
    state.deadlines.set(f"release:{door}", release.until)


def _stronger(running: Release, new: Release) -> str:
    """What the two together are: an exit as soon as one that unlocks is in it, for no mode takes that back."""
    if any(release.cause == "rex" and release.unlocks for release in (running, new)):
        return "rex"
    return new.cause if new.unlocks or not running.unlocks else running.cause


def _door_opened(state: State, event: DoorOpened) -> None:
    record = state.door(event.door)
    release = record.release
    if release is not None:
        release = replace(release, passages=())
    state.doors.put(event.door, replace(record, position="open", release=release))
    _set_held(state, event.door, event.warn_at, event.held_at)


def _set_held(state: State, door: str, warn_at: int | None, held_at: int | None) -> None:
    state.deadlines.set(f"warn:{door}", warn_at)
    state.deadlines.set(f"held:{door}", held_at)


def _door_closed(state: State, event: DoorClosed) -> None:
    record = state.door(event.door)
    state.doors.put(event.door, replace(record, position="closed", forced=False, held=False))
    _set_held(state, event.door, None, None)


def _door_position_lost(state: State, event: DoorPositionLost) -> None:
    state.doors.put(event.door, replace(state.door(event.door), position="unknown"))
    _set_held(state, event.door, None, None)


def _door_forced(state: State, event: DoorForced) -> None:
    state.doors.put(event.door, replace(state.door(event.door), forced=True))


def _warned(state: State, event: HeldOpenWarned) -> None:
    state.deadlines.drop(f"warn:{event.door}")


def _held(state: State, event: DoorHeldOpen) -> None:
    state.doors.put(event.door, replace(state.door(event.door), held=True))
    _set_held(state, event.door, None, None)


def _exit_requested(state: State, event: ExitRequested) -> None:
    _forget_asking(state, event.door, event.index)
    asked = () if event.overdue_at is None else ((event.index, event.overdue_at),)
    begin_release(state, event.door, Release("rex", event.until, event.open_for, event.released, asked=asked))


def _forget_asking(state: State, door: str, index: int) -> None:
    record = state.door(door)
    if record.release is not None:
        asked = tuple(a for a in record.release.asked if a[0] != index)
        state.doors.put(door, replace(record, release=replace(record.release, asked=asked)))


def _released_by_operator(state: State, event: ReleasedByOperator) -> None:
    begin_release(state, event.door, Release("operator", event.until, event.open_for, True))


def _release_gone(state: State, event: ReleaseEnded | ReleaseWithheld) -> None:
    state.doors.put(event.door, replace(state.door(event.door), release=None))
    state.deadlines.drop(f"release:{event.door}")


def _layer_set(state: State, event: DoorLayerSet) -> None:
    record = state.door(event.door)
    layers = with_layer(record.layers, Layer(event.layer, event.by, event.value))
    state.doors.put(event.door, replace(record, layers=layers))
    _set_held(state, event.door, event.warn_at, event.held_at)


def _layer_cleared(state: State, event: DoorLayerCleared) -> None:
    record = state.door(event.door)
    layers = without_layer(record.layers, event.layer, event.by)
    state.doors.put(event.door, replace(record, layers=layers))
    _set_held(state, event.door, event.warn_at, event.held_at)


def _taken(state: State, event: AccessTaken) -> None:
    if event.person is not None:
        state.places.put(event.person, PlaceRecord(event.area))


def _nothing(state: State, event: AccessNotTaken) -> None:
    """The passage ended with its release."""


EVOLUTIONS: Evolutions = {
    DoorOpened: _door_opened,
    DoorClosed: _door_closed,
    DoorPositionLost: _door_position_lost,
    DoorForced: _door_forced,
    HeldOpenWarned: _warned,
    DoorHeldOpen: _held,
    ExitRequested: _exit_requested,
    ReleasedByOperator: _released_by_operator,
    ReleaseEnded: _release_gone,
    ReleaseWithheld: _release_gone,
    DoorLayerSet: _layer_set,
    DoorLayerCleared: _layer_cleared,
    AccessTaken: _taken,
    AccessNotTaken: _nothing,
}
