"""Alarms raised, returned, acknowledged, reset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Alarm:
    CLASS: ClassVar = "alarm"
    STREAM: ClassVar = "event"
    V: ClassVar = 1

    alarm: str


@dataclass(frozen=True, slots=True)
class AlarmRaised(Alarm):
    """alarm: `<kind>.<source>`; priority 1 critical .. 4 low; count: how often since it was last normal."""

    kind: str
    source: str
    priority: int
    latching: bool
    count: int


@dataclass(frozen=True, slots=True)
class AlarmReturned(Alarm):
    """Its cause is gone; it stays on the list until acknowledged (and reset, where it latches)."""


@dataclass(frozen=True, slots=True)
class AlarmAcknowledged(Alarm):
    """count: the activations it covers."""

    by: str
    count: int


@dataclass(frozen=True, slots=True)
class AlarmReset(Alarm):
    by: str
