"""Releases of a door: begun by a grant, an operator or a request to exit; ended, withheld, asked for on."""

from __future__ import annotations

from dataclasses import replace

from rules.alarm import is_active, raise_alarm, return_alarm
from rules.following import follow_schedule
from rules.lock import MOMENTARY_TTL, level_wait, pulse, release_wait, resume, settle
from rules.model.commands import ShowOutcome, Wait
from rules.model.events import AccessNotTaken, ExitRequested, ReleasedByOperator, ReleaseEnded, ReleaseWithheld
from rules.model.points import FAULTS, InputState, Outcome
from rules.policy import DoorPolicy, Rex
from rules.state import FirstRecord, Moved, Release, State
from rules.turn import Evolutions, Turn
from rules.waiting import end_inspections


def open_by_operator(turn: Turn, door: DoorPolicy, operator: str) -> None:
    turn.emit(ReleasedByOperator(door.id, operator, turn.t + door.release_time, door.open_time))
    end_inspections(turn, door.id, operator)
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


def asking(turn: Turn, door: DoorPolicy) -> tuple[int, ...]:
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
    if release is not None and asking(turn, door):
        _ask_on(turn, door, release)
    else:
        end_release(turn, door)


def _ask_on(turn: Turn, door: DoorPolicy, release: Release) -> None:
    """What still asks to exit asks again, no longer than until it is overdue."""
    limits = {index: at for index, at in release.asked if at > turn.t}
    for index in asking(turn, door):
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
    """The lock was never worked for it: the grant's release is taken back, and an exit goes on."""
    release = turn.state.door(door.id).release
    if release is None:
        return
    person = next((passage.person for passage in release.passages if not passage.free), None)
    exits = release.exit_until if release.exit_until is not None and release.exit_until > turn.t else None
    turn.emit(ReleaseWithheld(door.id, person, exits))
    for reader in (*door.readers_in, *door.readers_out):
        turn.order(ShowOutcome(reader, Outcome.DENIED), Wait.NONE, ttl=MOMENTARY_TTL, door=door.id)
    follow_schedule(turn, door)
    settle(turn, door, level_wait(turn.state, door))
    resume(turn, door, entry=False)
    _ask_on(turn, door, release)


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
            used=(*running.used, *release.used),
            exit_until=max((t for t in (running.exit_until, release.exit_until) if t is not None), default=None),
            moved=(*running.moved, *release.moved),
            worked_until=max(running.lock_until, release.lock_until) or None,
        )
    state.doors.put(door, replace(record, release=release))
    state.deadlines.set(f"release:{door}", release.until)


def _stronger(running: Release, new: Release) -> str:
    """What the two together are: an exit as soon as one that unlocks is in it, for no mode takes that back."""
    if any(release.cause == "rex" and release.unlocks for release in (running, new)):
        return "rex"
    return new.cause if new.unlocks or not running.unlocks else running.cause


def _exit_requested(state: State, event: ExitRequested) -> None:
    _forget_asking(state, event.door, event.index)
    asked = () if event.overdue_at is None else ((event.index, event.overdue_at),)
    exit_until = event.until if event.released else None
    release = Release("rex", event.until, event.open_for, event.released, asked=asked, exit_until=exit_until)
    begin_release(state, event.door, release)


def _forget_asking(state: State, door: str, index: int) -> None:
    record = state.door(door)
    if record.release is not None:
        asked = tuple(a for a in record.release.asked if a[0] != index)
        state.doors.put(door, replace(record, release=replace(record.release, asked=asked)))


def _released_by_operator(state: State, event: ReleasedByOperator) -> None:
    begin_release(state, event.door, Release("operator", event.until, event.open_for, True))


def _withheld(state: State, event: ReleaseWithheld) -> None:
    """What the grants in it counted is taken back, the last first."""
    release = state.door(event.door).release
    if release is None:
        return
    for used in reversed(release.used):
        if not used.free:
            state.uses.put(used.token, used.before)
    for moved in reversed(release.moved):
        _move_back(state, moved)
    _release_gone(state, event)
    if event.exit_until is not None:
        passages = tuple(passage for passage in release.passages if passage.free)
        uses = tuple(used for used in release.used if used.free)
        left = Release("rex", event.exit_until, release.open_for, True, passages, release.asked, uses)
        begin_release(state, event.door, replace(left, exit_until=event.exit_until))


def _move_back(state: State, moved: Moved) -> None:
    """They never came: neither are they there, nor were they the first."""
    if moved.before is None:
        state.places.drop(moved.person)
    else:
        state.places.put(moved.person, moved.before)
    for key, utc in moved.firsts:
        if utc is None:
            state.firsts.drop(key)
        else:
            state.firsts.put(key, FirstRecord(utc))


def _release_gone(state: State, event: ReleaseEnded | ReleaseWithheld) -> None:
    state.doors.put(event.door, replace(state.door(event.door), release=None))
    state.deadlines.drop(f"release:{event.door}")


def _nothing(state: State, event: AccessNotTaken) -> None:
    """The passage ended with its release."""


EVOLUTIONS: Evolutions = {
    ExitRequested: _exit_requested,
    ReleasedByOperator: _released_by_operator,
    ReleaseEnded: _release_gone,
    ReleaseWithheld: _withheld,
    AccessNotTaken: _nothing,
}
