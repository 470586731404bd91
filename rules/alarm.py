"""Alarms: two memories each, active and acknowledged; the state is derived from them."""

from __future__ import annotations

from dataclasses import replace

from rules.model.events import AlarmAcknowledged, AlarmRaised, AlarmReset, AlarmReturned
from rules.state import AlarmRecord, State
from rules.turn import Evolutions, Turn

# kind -> (priority 1 critical .. 4 low, latches until reset)
KINDS: dict[str, tuple[int, bool]] = {
    "fire": (1, True),
    "door-forced": (1, True),
    "intrusion": (1, True),
    "duress": (1, True),
    "emergency-release": (1, True),
    "device-tamper": (2, True),
    "door-tamper": (2, True),
    "zone-tamper": (2, True),
    "zone-alarm": (1, True),
    "device-distrusted": (2, True),
    "output-foreign": (2, True),
    "fire-trouble": (2, False),
    "internal-error": (2, True),
    "journal-gap": (2, True),
    "recovery": (1, True),
    "signals-lost": (2, True),
    "bus-refused": (2, True),
    "journal-degraded": (2, False),
    "stolen-card": (2, True),
    "door-held": (3, False),
    "contact-fault": (3, False),
    "rex-fault": (3, False),
    "arming-failed": (3, False),
    "zone-fault": (3, False),
    "output-fault": (2, False),
    "device-lost": (3, False),
    "link-lost": (2, False),
    "power": (3, False),
    "battery": (4, False),
}

SILENT = frozenset({"duress"})
"""Kinds that no ordinary console may see."""


def alarm_id(kind: str, source: str) -> str:
    """`<kind>.<source>`, the name of an alarm on the bus and in requests."""
    return f"{kind}.{source}"


def status(record: AlarmRecord | None) -> str:
    """normal, unacknowledged, acknowledged, returned (not acknowledged), latched (acknowledged, wants a reset)."""
    if record is None:
        return "normal"
    acknowledged = record.covered >= record.count
    if record.active:
        return "acknowledged" if acknowledged else "unacknowledged"
    return "latched" if acknowledged else "returned"


def raise_alarm(turn: Turn, kind: str, source: str) -> None:
    """Raise it, unless it is active already."""
    name = alarm_id(kind, source)
    known = turn.state.alarms.get(name)
    if known is None or not known.active:
        priority, latching = KINDS[kind]
        count = known.count + 1 if known else 1
        turn.emit(AlarmRaised(name, kind, source, priority, latching, count))


def return_alarm(turn: Turn, kind: str, source: str) -> None:
    """Its cause is gone."""
    known = turn.state.alarms.get(alarm_id(kind, source))
    if known is not None and known.active:
        turn.emit(AlarmReturned(alarm_id(kind, source)))


def momentary_alarm(turn: Turn, kind: str, source: str) -> None:
    """Raise an alarm whose cause is an instant: it is active for no time and stays until acknowledged."""
    raise_alarm(turn, kind, source)
    return_alarm(turn, kind, source)


def is_active(state: State, kind: str, source: str) -> bool:
    known = state.alarms.get(alarm_id(kind, source))
    return known is not None and known.active


def acknowledge(turn: Turn, name: str, by: str) -> str:
    """Cover what exists now. Returns `ok` or why not."""
    known = turn.state.alarms.get(name)
    if known is None:
        return "no_such_alarm"
    if known.covered >= known.count:
        return "already_acknowledged"
    turn.emit(AlarmAcknowledged(name, by, known.count))
    return "ok"


def reset(turn: Turn, name: str, by: str) -> str:
    """Take a latched alarm off the list. Returns `ok` or why not."""
    known = turn.state.alarms.get(name)
    if known is None:
        return "no_such_alarm"
    if known.active:
        return "still_active"
    if known.covered < known.count:
        return "not_acknowledged"
    turn.emit(AlarmReset(name, by))
    return "ok"


def _raised(state: State, event: AlarmRaised) -> None:
    known = state.alarms.get(event.alarm)
    covered = known.covered if known else 0
    record = AlarmRecord(event.kind, event.source, event.priority, event.latching, True, event.count, covered)
    state.alarms.put(event.alarm, record)


def _returned(state: State, event: AlarmReturned) -> None:
    known = state.alarms.get(event.alarm)
    if known is not None:
        _settle(state, event.alarm, replace(known, active=False))


def _acknowledged(state: State, event: AlarmAcknowledged) -> None:
    known = state.alarms.get(event.alarm)
    if known is not None:
        _settle(state, event.alarm, replace(known, covered=event.count))


def _settle(state: State, name: str, record: AlarmRecord) -> None:
    """Keep the record, or drop it where nothing is left to be done about it."""
    if not record.active and not record.latching and record.covered >= record.count:
        state.alarms.drop(name)
    else:
        state.alarms.put(name, record)


def _reset(state: State, event: AlarmReset) -> None:
    state.alarms.drop(event.alarm)


EVOLUTIONS: Evolutions = {
    AlarmRaised: _raised,
    AlarmReturned: _returned,
    AlarmAcknowledged: _acknowledged,
    AlarmReset: _reset,
}
