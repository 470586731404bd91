"""The stored form of an event: an envelope in canonical bytes. The first of a signal's group holds signal and stamp."""

from __future__ import annotations

import json
from typing import Any

from rules.alarm import SILENT
from rules.model import events, signals
from rules.model.canonical import from_plain, plain_bytes, to_plain
from rules.model.events import Event
from rules.model.signals import Signal
from rules.model.stamp import Stamp

EVENT_TYPES: dict[str, Any] = {name: getattr(events, name) for name in events.__all__ if name != "Event"}
SIGNAL_TYPES: dict[str, Any] = {cls.__name__: cls for cls in signals.Signal.__args__}


def envelope(event: Event, stamp: Stamp, signal: Signal | None) -> bytes:
    """Canonical bytes of one event; `signal` for the first of its group: redacted, with the whole stamp."""
    plain: dict[str, Any] = {
        "type": type(event).__name__,
        "v": event.V,
        "class": event.CLASS,
        "t": stamp.t,
        "utc": stamp.utc,
        "clock": stamp.clock.value,
        "stream": stream(event),
        "data": to_plain(event),
    }
    if signal is not None:
        plain["signal"] = {"type": type(signal).__name__, "data": to_plain(signal)}
        plain["stamp"] = {"entropy": stamp.entropy}
    return plain_bytes(plain)


def stream(event: Event) -> str:
    """The audience: `silent` for duress and everything about it, else `event`."""
    requests = events.RequestAccepted | events.RequestRefused
    alarm = event.target if isinstance(event, requests) else getattr(event, "alarm", "")
    kind, dot, _ = alarm.partition(".")
    return "silent" if dot and kind in SILENT else event.STREAM


def event_of(plain: dict[str, Any]) -> Event:
    """The event of a decoded envelope; KeyError, TypeError or ValueError for one we cannot read."""
    found: Event = from_plain(EVENT_TYPES[plain["type"]], plain["data"])
    return found


def signal_of(plain: dict[str, Any]) -> tuple[Signal, Stamp] | None:
    """The redacted signal and stamp that the first event of a group holds, or None."""
    if "signal" not in plain:
        return None
    kept = plain["signal"]
    signal: Signal = from_plain(SIGNAL_TYPES[kept["type"]], kept["data"])
    moment = {"t": plain["t"], "utc": plain["utc"], "clock": plain["clock"], **plain["stamp"]}
    return signal, from_plain(Stamp, moment)


def decode(body: bytes) -> dict[str, Any]:
    """The envelope of stored bytes; ValueError where they are none."""
    plain = json.loads(body)
    if not isinstance(plain, dict):
        raise ValueError("an event is a JSON object")
    return plain
