"""Stored events made into values, many at a time: what is stored again and again alike is decoded once."""

from __future__ import annotations

from functools import lru_cache
from json import loads

from gateway.cli.segments import Row
from rules.model.canonical import from_plain
from rules.model.events import AccessDenied, DoorClosed, Event, ReleaseEnded
from rules.model.signals import Signal
from rules.model.stamp import ClockState, Stamp
from rules.record import SIGNAL_TYPES, decode, event_of, signal_of

KEPT = 1 << 14
"""So many of a kind are kept, a few MB."""

_ALIKE = frozenset(kind.__name__ for kind in (AccessDenied, DoorClosed, ReleaseEnded))
"""Events that name no moment."""

# The body is canonical: its keys are sorted, so that these parts follow each other.
_CLOCK, _DATA, _SIGNAL, _STAMP, _STREAM = ',"clock":"', '"data":', ',"signal":', ',"stamp":', ',"stream":"'
_ENTROPY = '{"entropy":"'


def event(row: Row) -> Event:
    """The event of a row; KeyError, TypeError or ValueError for one we cannot read."""
    text = row.body.decode()
    try:
        at = text.index(_DATA) + len(_DATA)
        data = text[at : text.index(_SIGNAL, at) if row.first else text.rindex(_STREAM)]
        version = int(text[text.rindex(":") + 1 : -1])
        return (_alike if row.type in _ALIKE else _event)(row.type, version, data)
    except ValueError:  # cut at a key of the data that is called the same
        return event_of(decode(row.body))


def signal(row: Row) -> tuple[Signal, Stamp] | None:
    """The signal and stamp that the first event of a group holds, or None; raises the same."""
    text = row.body.decode()
    try:
        at, to = text.index(_SIGNAL) + len(_SIGNAL), text.rindex(_STAMP)
        entropy = text.index(_ENTROPY, to) + len(_ENTROPY)
        clock = text.index(_CLOCK) + len(_CLOCK)
        stamp = Stamp(
            row.t,
            row.utc,
            ClockState(text[clock : text.index('"', clock)]),
            text[entropy : text.index('"', entropy)],
        )
        return _signal(text[at:to]), stamp
    except ValueError:
        return signal_of(decode(row.body))


def _event(kind: str, version: int, data: str) -> Event:
    return event_of({"type": kind, "v": version, "data": loads(data)})


_alike = lru_cache(KEPT)(_event)


@lru_cache(KEPT)
def _signal(text: str) -> Signal:
    kept = loads(text)
    found: Signal = from_plain(SIGNAL_TYPES[kept["type"]], kept["data"])
    return found
