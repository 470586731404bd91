"""step(): what follows from one signal. evolve(): what one event changes. next_due(): what time will bring."""

from __future__ import annotations

from collections.abc import Callable

from rules import alarm, device, door, intrusion, reader, request, system
from rules.model import signals as s
from rules.model.events import Event, GatewayStopped, RecordedLate, SignalsDropped
from rules.model.signals import Signal
from rules.model.stamp import Stamp
from rules.site import Site
from rules.state import State
from rules.turn import Effects, Evolutions, Turn

EVOLUTIONS: Evolutions = {
    **alarm.EVOLUTIONS,
    **device.EVOLUTIONS,
    **door.EVOLUTIONS,
    **intrusion.EVOLUTIONS,
    **reader.EVOLUTIONS,
    **request.EVOLUTIONS,
    **system.EVOLUTIONS,
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
            reader.pin_entered(turn, signal)
        case s.PinChecked():
            reader.pin_checked(turn, signal)
        case s.InputChanged():
            device.input_changed(turn, signal)
        case s.OutputReported():
            device.output_reported(turn, signal)
        case s.DeadlineReached():
            _deadline(turn, signal.key)
        case s.RequestReceived():
            request.request_received(turn, signal)
        case s.CommandDone():
            device.command_done(turn, signal.target)
        case s.CommandFailed():
            device.command_failed(turn, signal)
        case s.PeopleEdited():
            request.people_edited(turn, signal)
        case s.ReleaseTimedOut():
            door.withhold_release(turn, turn.site.doors[signal.door])
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
        case s.ClockChanged():
            system.clock_changed(turn, signal.by)
        case s.RecordLagged():
            turn.emit(RecordedLate(signal.first, signal.last))
        case s.JournalStateChanged():
            system.journal_changed(turn, signal)
        case s.JournalGapFound():
            system.journal_gap(turn, signal)
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
    return lambda turn, id: act(turn, turn.site.doors[id])


def _rex_due(turn: Turn, id: str) -> None:
    door_id, _, index = id.rpartition(":")
    door.rex_overdue(turn, turn.site.doors[door_id], int(index))


# kind of a deadline's key, the part before the first colon -> what is due
DUE: dict[str, Due] = {
    "release": _on_door(door.release_due),
    "warn": _on_door(door.warn_due),
    "held": _on_door(door.held_due),
    "rex": _rex_due,
    "pin": reader.pin_due,
    "exit_delay": intrusion.exit_delay_due,
    "entry_delay": intrusion.entry_delay_due,
    "foreign": device.foreign_due,
    "retry": device.retry_due,
    "schedule": _on_door(system.follow_schedule),
}


def _deadline(turn: Turn, key: str) -> None:
    kind, _, id = key.partition(":")
    DUE[kind](turn, id)


def next_due(site: Site, state: State, stamp: Stamp) -> tuple[str, int, str] | None:
    """(`t` or `utc`, when, key) of what is due first, or None. Transitions of schedules are in `utc`."""
    first = state.deadlines.first()
    transition = _next_transition(site, stamp)
    if first is None and transition is None:
        return None
    in_t = first[0] - stamp.t if first else None
    in_utc = transition[0] - stamp.utc if transition else None
    if in_utc is None or (in_t is not None and in_t <= in_utc):
        assert first is not None
        return "t", first[0], first[1]
    assert transition is not None
    return "utc", transition[0], transition[1]


def _next_transition(site: Site, stamp: Stamp) -> tuple[int, str] | None:
    """When a scheduled door's layer will next differ, and its key."""
    found = []
    for id in site.scheduled_doors:
        schedule = site.doors[id].unlock
        assert schedule is not None
        when = site.schedules[schedule].next_transition(stamp.utc)
        if when is not None:
            found.append((when, f"schedule:{id}"))
    return min(found, default=None)
