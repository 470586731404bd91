"""Armed areas: exit delay, entry delay, trigger, as a table of what a zone does in each state."""

from __future__ import annotations

from collections.abc import Callable

from rules.alarm import momentary_alarm, raise_alarm, return_alarm
from rules.model.events import (
    AreaArmed,
    AreaArming,
    AreaDisarmed,
    AreaTriggered,
    ArmingFailed,
    EntryDelayStarted,
)
from rules.model.points import FAULTS, InputState
from rules.policy import ZonePolicy, ZoneType
from rules.state import AreaRecord, State
from rules.turn import Evolutions, Turn

ENTRY, FOLLOW, EDGE, INSIDE = ZoneType.ENTRY_EXIT, ZoneType.FOLLOWER, ZoneType.PERIMETER, ZoneType.INTERIOR

# (area status, zone type) -> what its activation does. `alarm` without a status: zones that never sleep.
ACTIVATION: dict[tuple[str, ZoneType], str] = {
    ("disarmed", ENTRY): "ignore",
    ("disarmed", FOLLOW): "ignore",
    ("disarmed", EDGE): "ignore",
    ("disarmed", INSIDE): "ignore",
    ("arming", ENTRY): "ignore",
    ("arming", FOLLOW): "ignore",
    ("arming", EDGE): "ignore",
    ("arming", INSIDE): "ignore",
    ("armed_away", ENTRY): "delay",
    ("armed_away", FOLLOW): "trigger",
    ("armed_away", EDGE): "trigger",
    ("armed_away", INSIDE): "trigger",
    ("pending", ENTRY): "ignore",
    ("pending", FOLLOW): "ignore",
    ("pending", EDGE): "trigger",
    ("pending", INSIDE): "trigger",
    ("triggered", ENTRY): "ignore",
    ("triggered", FOLLOW): "ignore",
    ("triggered", EDGE): "ignore",
    ("triggered", INSIDE): "ignore",
}
ZoneTest = Callable[[ZonePolicy, InputState], bool]

_SLEEPLESS = frozenset({ZoneType.ALWAYS, ZoneType.TAMPER})
_ON_GUARD = frozenset({"armed_away", "pending"})


def zone_changed(turn: Turn, zone: ZonePolicy) -> None:
    """A detector changed; a fault on guard counts as its activation, and is trouble otherwise."""
    state = turn.state.input(zone.input.point).state
    status = turn.state.area(zone.area).status
    if state is not InputState.UNKNOWN:
        (raise_alarm if state in FAULTS else return_alarm)(turn, "zone-fault", zone.id)
    if zone.type in _SLEEPLESS:
        _sleepless_changed(turn, zone, state)
    elif state is InputState.ACTIVE or (state in FAULTS and status in _ON_GUARD):
        _activated(turn, zone, status)


def _sleepless_changed(turn: Turn, zone: ZonePolicy, state: InputState) -> None:
    kind = "zone-tamper" if zone.type is ZoneType.TAMPER else "zone-alarm"
    if state is InputState.ACTIVE:
        raise_alarm(turn, kind, zone.id)
    elif state is InputState.NORMAL:
        return_alarm(turn, kind, zone.id)


def _activated(turn: Turn, zone: ZonePolicy, status: str) -> None:
    match ACTIVATION[status, zone.type]:
        case "delay":
            arming = turn.site.areas[zone.area].arming
            until = turn.t + (arming.entry_delay if arming else 0)
            turn.emit(EntryDelayStarted(zone.area, zone.id, until))
        case "trigger":
            trigger(turn, zone.area, zone.id)


def trigger(turn: Turn, area: str, zone: str) -> None:
    turn.emit(AreaTriggered(area, zone))
    raise_alarm(turn, "intrusion", area)


def arm(turn: Turn, area: str, by: str) -> tuple[str, tuple[str, ...]]:
    """Begin the exit delay. Returns (`ok` or why not, the zones in the way)."""
    arming = turn.site.areas[area].arming
    if arming is None:
        return "cannot_be_armed", ()
    if turn.state.area(area).status != "disarmed":
        return "already_armed", ()
    blind = _zones(turn, area, lambda z, s: s not in (InputState.NORMAL, InputState.ACTIVE))
    if blind:
        turn.emit(ArmingFailed(area, by, blind))
        return "zones_not_normal", blind
    turn.emit(AreaArming(area, by, turn.t + arming.exit_delay))
    return "ok", ()


def exit_delay_due(turn: Turn, area: str) -> None:
    """Armed now, unless a zone is not normal: one that is active already would never be seen to become so."""
    by = turn.state.area(area).by
    awake = _zones(turn, area, lambda z, s: s is not InputState.NORMAL and z.type not in _SLEEPLESS)
    if awake:
        turn.emit(ArmingFailed(area, by, awake))
        momentary_alarm(turn, "arming-failed", area)
    else:
        turn.emit(AreaArmed(area, by))


def entry_delay_due(turn: Turn, area: str) -> None:
    """Nobody disarmed in time."""
    trigger(turn, area, turn.state.area(area).by)


def disarm(turn: Turn, area: str, by: str, door: str | None = None) -> str:
    """Returns `ok` or why not. Its alarm returns and waits for whoever looks into it."""
    if turn.state.area(area).status == "disarmed":
        return "not_armed"
    turn.emit(AreaDisarmed(area, by, door))
    return_alarm(turn, "intrusion", area)
    return "ok"


def _zones(turn: Turn, area: str, wanted: ZoneTest) -> tuple[str, ...]:
    found = (z for z in turn.site.zones.values() if z.area == area)
    return tuple(sorted(z.id for z in found if wanted(z, turn.state.input(z.input.point).state)))


def _arming(state: State, event: AreaArming) -> None:
    _put(state, event.area, AreaRecord("arming", event.by, event.until))


def _armed(state: State, event: AreaArmed) -> None:
    _put(state, event.area, AreaRecord("armed_away", event.by))


def _failed(state: State, event: ArmingFailed) -> None:
    _put(state, event.area, AreaRecord("disarmed", event.by))


def _disarmed(state: State, event: AreaDisarmed) -> None:
    _put(state, event.area, AreaRecord("disarmed", event.by))


def _pending(state: State, event: EntryDelayStarted) -> None:
    _put(state, event.area, AreaRecord("pending", event.zone, event.until))


def _triggered(state: State, event: AreaTriggered) -> None:
    _put(state, event.area, AreaRecord("triggered", event.zone))


def _put(state: State, area: str, record: AreaRecord) -> None:
    state.areas.put(area, record)
    state.deadlines.set(f"exit_delay:{area}", record.until if record.status == "arming" else None)
    state.deadlines.set(f"entry_delay:{area}", record.until if record.status == "pending" else None)


EVOLUTIONS: Evolutions = {
    AreaArming: _arming,
    AreaArmed: _armed,
    ArmingFailed: _failed,
    AreaDisarmed: _disarmed,
    EntryDelayStarted: _pending,
    AreaTriggered: _triggered,
}
