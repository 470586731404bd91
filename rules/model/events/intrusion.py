"""Armed areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Intrusion:
    CLASS: ClassVar = "intrusion"
    STREAM: ClassVar = "event"
    V: ClassVar = 1

    area: str


@dataclass(frozen=True, slots=True)
class AreaArming(Intrusion):
    by: str
    until: int


@dataclass(frozen=True, slots=True)
class AreaArmed(Intrusion):
    by: str


@dataclass(frozen=True, slots=True)
class ArmingFailed(Intrusion):
    """zones: those not normal when the exit delay ended or arming was asked for."""

    by: str
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AreaDisarmed(Intrusion):
    by: str
    door: str | None


@dataclass(frozen=True, slots=True)
class EntryDelayStarted(Intrusion):
    zone: str
    until: int


@dataclass(frozen=True, slots=True)
class AreaTriggered(Intrusion):
    zone: str
