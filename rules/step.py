"""step(): what follows from one signal. evolve(): what one event changes. next_due(): what time will bring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rules import (
    admission,
    alarm,
    device,
    door,
    following,
    intrusion,
    layer,
    output,
    pin,
    reader,
    release,
    reload,
    request,
    system,
    taken,
    threat,
    waiting,
)
from rules.model import signals as s
from rules.model.events import DeadlineAbandoned, Event, GatewayStopped, RecordedLate, SignalsDropped
from rules.model.signals import Signal
from rules.model.stamp import Stamp
from rules.site import Site
from rules.state import State
from rules.turn import Effects, Evolutions, Turn

LOOK_AHEAD = 86_400_000_000
"""us for which `next_due` trusts that no schedule has a transition in sight."""

EVOLUTIONS: Evolutions = {
    **admission.EVOLUTIONS,
    **alarm.EVOLUTIONS,
    **device.EVOLUTIONS,
    **door.EVOLUTIONS,
    **intrusion.EVOLUTIONS,
    **layer.EVOLUTIONS,
    **output.EVOLUTIONS,
    **pin.EVOLUTIONS,
    **reader.EVOLUTIONS,
    **release.EVOLUTIONS,
    **request.EVOLUTIONS,
    **system.EVOLUTIONS,
    **taken.EVOLUTIONS,
    **threat.EVOLUTIONS,
    **waiting.EVOLUTIONS,
}


def evolve(state: State, event: Event) -> None:
    """Change the state by one event; raises KeyError for a type nobody knows."""
    EVOLUTIONS[type(event)](state, event)


def step(site: Site, state: State, signal: Signal, stamp: Stamp) -> Effects:
    """What follows from `signal`; `state` has changed by the events it returns, and by nothing else."""
    turn = Turn(site, state, stamp, evolve)
    _step(turn, signal)
    return Effects(tuple(turn.events), tuple(turn.orders))


def _step(turn: Turn, signal: Signal) -> None:
    match signal:
        case s.CardPresented():
            reader.card_presented(turn, signal)
        case s.CardRead():
            raise TypeError("a card is identified before it is stepped")
        case s.PinEntered():
            pin.pin_entered(turn, signal)
        case s.PinIdentified():
            pin.pin_identified(turn, signal)
        case s.PinChecked():
            pin.pin_checked(turn, signal)
        case s.InputChanged():
            device.input_changed(turn, signal)
        case s.OutputReported():
            output.output_reported(turn, signal)
        case s.DeadlineReached():
            _deadline(turn, signal.key)
        case s.RequestReceived():
            request.request_received(turn, signal)
        case s.CommandDone():
            output.command_done(turn, signal.target)
        case s.CommandFailed():
            output.command_failed(turn, signal)
        case s.PeopleEdited():
            request.people_edited(turn, signal)
        case s.ReleaseTimedOut():
            _on_door(release.withhold_release)(turn, signal.door)
        case _:
            _device_or_system(turn, signal)


def _device_or_system(turn: Turn, signal: Signal) -> None:
    match signal:
        case s.DeviceLost():
            device.device_lost(turn, signal)
        case s.DeviceFound():
            device.device_found(turn, signal.device)
        case s.DeviceRestarted():
            device.device_restarted(turn, signal)
        case s.DeviceInsecure():
            device.device_insecure(turn, signal)
        case s.LinkLost():
            device.link_lost(turn, signal)
        case s.LinkFound():
            device.link_found(turn, signal.link)
        case s.PanelReported():
            device.panel_reported(turn, signal)
        case s.SignalsLost():
            turn.emit(SignalsDropped(signal.link, signal.count))
            device.signals_dropped(turn, signal.link)
        case _:
            _gateway(turn, signal)


def _gateway(turn: Turn, signal: Signal) -> None:
    match signal:
        case s.GatewayBegan():
            system.gateway_began(turn, signal)
        case s.GatewayEnding():
            turn.emit(GatewayStopped())
        case s.SiteChanged():
            system.site_changed(turn, signal)
        case s.CandidateReviewed() | s.CandidateRefused() | s.CandidateDropped() | s.ReloadEnded():
            reload.heard(turn, signal)
        case s.ClockChanged():
            system.clock_changed(turn, signal.by)
        case s.RecordLagged():
            turn.emit(RecordedLate(signal.first, signal.last))
        case s.JournalStateChanged():
            system.journal_changed(turn, signal)
        case s.JournalGapFound():
            system.journal_gap(turn, signal)
        case s.PublishRefused():
            system.publish_refused(turn, signal.topic)
        case s.RecoveryFaulted():
            system.recovery_faulted(turn, signal)
        case s.SignalFaulted():
            system.signal_faulted(turn, signal)
        case s.DeadlineFaulted():
            system.deadline_faulted(turn, signal)
        case _:
            raise TypeError(f"no step for {type(signal).__name__}")


# -- deadlines ------------------------------------------------------------------------------------------

Due = Callable[[Turn, str], None]


def _on_door(act: Callable[..., None]) -> Due:
    """Due on one door; nothing, if a new rule set knows it no longer."""

    def due(turn: Turn, id: str) -> None:
        found = turn.site.doors.get(id)
        if found is not None:
            act(turn, found)

    return due


# kind of a deadline's key, the part before the first colon -> what is due
DUE: dict[str, Due] = {
    "release": _on_door(release.release_due),
    "warn": _on_door(door.warn_due),
    "held": _on_door(door.held_due),
    "pin": pin.pin_due,
    "wait": waiting.wait_due,
    "inspection": waiting.inspection_due,
    "exit_delay": intrusion.exit_delay_due,
    "entry_delay": intrusion.entry_delay_due,
    "foreign": output.foreign_due,
    "retry": output.retry_due,
    "schedule": _on_door(following.follow_schedule),
}


def _deadline(turn: Turn, key: str) -> None:
    """What is due. One that was moved or dropped meanwhile means nothing; one that nobody moves is given up."""
    kind, _, id = key.partition(":")
    if kind == "schedule" or _is_due(turn, key):
        DUE[kind](turn, id)
    if _is_due(turn, key):
        turn.emit(DeadlineAbandoned(key, "nothing is left to be done"))


def _is_due(turn: Turn, key: str) -> bool:
    row = turn.state.deadlines.get(key)
    return row is not None and row.t <= turn.t


def next_due(site: Site, state: State, stamp: Stamp) -> tuple[str, int, str] | None:
    """(`t` or `utc`, when, key) of what is due first, or None. Transitions of schedules are in `utc`."""
    first = state.deadlines.first()
    transition = _next_transition(site, state, stamp.utc)
    if first is None and transition is None:
        return None
    in_t = first[0] - stamp.t if first else None
    in_utc = transition[0] - stamp.utc if transition else None
    if in_utc is None or (in_t is not None and in_t <= in_utc):
        assert first is not None
        return "t", first[0], first[1]
    assert transition is not None
    return "utc", transition[0], transition[1]


def _next_transition(site: Site, state: State, utc: int) -> tuple[int, str] | None:
    """When a scheduled door's layer will next differ from its schedule, and its key: now, where it does already."""
    known: _Followed | None = state.followed
    if known is None or known.site is not site or not known.since <= utc < known.until:
        for id in site.scheduled_doors:
            if not following.follows(site, state, site.doors[id], utc):
                return utc, f"schedule:{id}"
        known = state.followed = _look_ahead(site, utc)
    return (known.until, known.key) if known.key else None


@dataclass(frozen=True, slots=True)
class _Followed:
    """Every scheduled door is as its schedule says from `since` on; until: utc of the transition that `key` names."""

    site: Site
    since: int
    until: int
    key: str


def _look_ahead(site: Site, utc: int) -> _Followed:
    nothing = utc + LOOK_AHEAD, ""
    transitions = {id: following.next_change(site, site.doors[id], utc) for id in site.scheduled_doors}
    found = ((when, f"schedule:{id}") for id, when in transitions.items() if when is not None)
    when, key = min(found, default=nothing)
    return _Followed(site, utc, when, key)
