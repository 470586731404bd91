"""The gateway itself: starts and stops, its site, its clock, its journal, its own faults."""

from __future__ import annotations

from dataclasses import replace

from rules import reload
from rules.alarm import momentary_alarm, raise_alarm, return_alarm
from rules.device import lose_sight
from rules.emergency import hold_fires, lock_down
from rules.following import follow_schedules
from rules.model.commands import Answer, ShowOutcome, Wait
from rules.model.events import (
    AccessDenied,
    ClockStepped,
    DeadlineAbandoned,
    Event,
    GatewayStarted,
    GatewayStopped,
    InternalError,
    JournalGap,
    JournalLevelChanged,
    PublicationRefused,
    RecordedLate,
    RecoveryStopped,
    SignalsDropped,
    SiteActivated,
    UncleanStop,
)
from rules.model.ids import device_of
from rules.model.points import InputState, Outcome
from rules.model.reasons import Reason
from rules.model.signals import (
    CardPresented,
    DeadlineFaulted,
    GatewayBegan,
    JournalGapFound,
    JournalStateChanged,
    RecoveryFaulted,
    SignalFaulted,
    SiteChanged,
)
from rules.reader import exit_in_spite
from rules.state import State
from rules.swap import end_releases, settle_alarms, settle_locks
from rules.turn import Evolutions, Turn


def gateway_began(turn: Turn, signal: GatewayBegan) -> None:
    """Everything on the wires is unknown again; scheduled modes go straight to their present value."""
    if not signal.clean:
        turn.emit(UncleanStop())
    turn.emit(GatewayStarted(signal.version))
    follow_schedules(turn)


def site_changed(turn: Turn, signal: SiteChanged) -> None:
    """Scheduled modes and standing fires go straight to what the new Site says; so do locks wired otherwise."""
    previous = turn.state.gateway().rules_hash
    turn.emit(
        SiteActivated(signal.rules_hash, signal.people_rev, signal.tzdata, signal.version, previous, signal.cause)
    )
    follow_schedules(turn)
    hold_fires(turn)
    settle_locks(turn, signal)
    end_releases(turn, signal)
    settle_alarms(turn, signal)


def clock_changed(turn: Turn, by: int) -> None:
    turn.emit(ClockStepped(by))
    follow_schedules(turn)


def journal_changed(turn: Turn, signal: JournalStateChanged) -> None:
    if turn.state.gateway().journal != signal.level:
        turn.emit(JournalLevelChanged(signal.level))
    (return_alarm if signal.level == "ok" else raise_alarm)(turn, "journal-degraded", "journal")


def journal_gap(turn: Turn, signal: JournalGapFound) -> None:
    turn.emit(JournalGap(signal.first, signal.last))
    momentary_alarm(turn, "journal-gap", "journal")


def publish_refused(turn: Turn, topic: str) -> None:
    """Said once until somebody reset it, however often the broker refuses."""
    if turn.state.alarms.get("bus-refused.bus") is None:
        turn.emit(PublicationRefused(topic))
        momentary_alarm(turn, "bus-refused", "bus")


def recovery_faulted(turn: Turn, signal: RecoveryFaulted) -> None:
    """What later records said is unknown: nobody is let in, anybody out, until an operator ends the lockdown."""
    turn.emit(RecoveryStopped(signal.seq, signal.error))
    lock_down(turn, tuple(turn.site.doors.values()))
    momentary_alarm(turn, "recovery", "journal")


def signal_faulted(turn: Turn, signal: SignalFaulted) -> None:
    """A step raised and was undone: nobody is let in by a fault, nobody kept in, and somebody is told."""
    turn.emit(InternalError(signal.kind, signal.subject, signal.error))
    place = turn.site.readers.get(signal.subject)
    reads = signal.kind in ("CardPresented", "PinChecked", "PinIdentified", "RequestReceived")
    if place is not None and place.door and reads and place.free_exit:
        read = CardPresented(signal.subject, None, "", "", fault="internal_error", read=signal.request or None)
        exit_in_spite(turn, place, read)
    else:
        if place is not None and place.door and reads:
            _deny(turn, signal.subject, place.door, place.direction.value)
        if signal.request:
            turn.order(Answer(signal.request, False, Reason.INTERNAL_ERROR.value), Wait.ALWAYS)
    momentary_alarm(turn, "internal-error", turn.site.gateway)


def _deny(turn: Turn, reader: str, door: str, direction: str) -> None:
    turn.emit(
        AccessDenied(
            door=door,
            reader=reader,
            direction=direction,
            person=None,
            token=None,
            tail="",
            reason=Reason.INTERNAL_ERROR.value,
            also_failed=(),
            rule=None,
            rules_hash=turn.site.rules_hash,
            people_rev=turn.site.people.rev,
        )
    )
    turn.order(ShowOutcome(reader, Outcome.DENIED), Wait.NONE, ttl=2_000_000)


def deadline_faulted(turn: Turn, signal: DeadlineFaulted) -> None:
    turn.emit(DeadlineAbandoned(signal.key, signal.error))
    momentary_alarm(turn, "internal-error", turn.site.gateway)


def _started(state: State, event: GatewayStarted) -> None:
    state.system.put("gateway", replace(state.gateway(), running=True, version=event.version))
    points = (*state.inputs.keys(), *state.outputs.keys())
    for device in dict.fromkeys((*state.devices.keys(), *map(device_of, points))):
        lose_sight(state, device, "unknown", "gateway restarted")
    for door, row in state.doors.items():
        if row.position != "unknown":
            state.doors.put(door, replace(row, position="unknown"))
            state.deadlines.drop(f"warn:{door}")
            state.deadlines.drop(f"held:{door}")


def _stopped(state: State, event: GatewayStopped) -> None:
    state.system.put("gateway", replace(state.gateway(), running=False))


def _activated(state: State, event: SiteActivated) -> None:
    known = replace(state.gateway(), rules_hash=event.rules_hash, people_rev=event.people_rev)
    state.system.put("gateway", known)
    reload.activated(state, event)


def _journal(state: State, event: JournalLevelChanged) -> None:
    state.system.put("gateway", replace(state.gateway(), journal=event.level))


def _abandoned(state: State, event: DeadlineAbandoned) -> None:
    state.deadlines.drop(event.key)


def _failed(state: State, event: InternalError) -> None:
    """What an input says was not taken in: it is unknown until it is heard of again."""
    row = state.inputs.get(event.subject)
    if event.kind == "InputChanged" and row is not None:
        state.inputs.put(event.subject, replace(row, state=InputState.UNKNOWN))


def _unchanged(state: State, event: Event) -> None:
    """For the record alone."""


EVOLUTIONS: Evolutions = {
    **reload.EVOLUTIONS,
    GatewayStarted: _started,
    GatewayStopped: _stopped,
    SiteActivated: _activated,
    JournalLevelChanged: _journal,
    DeadlineAbandoned: _abandoned,
    UncleanStop: _unchanged,
    ClockStepped: _unchanged,
    SignalsDropped: _unchanged,
    PublicationRefused: _unchanged,
    RecordedLate: _unchanged,
    JournalGap: _unchanged,
    RecoveryStopped: _unchanged,
    InternalError: _failed,
}
