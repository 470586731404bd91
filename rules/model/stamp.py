"""The four things a step may know of the moment it runs in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ClockState(StrEnum):
    OK = "ok"
    UNSYNCED = "unsynced"
    JUMPED = "jumped"


@dataclass(frozen=True, slots=True)
class Stamp:
    """t: us, never goes back, survives restarts; utc: us since 1970; entropy: 16 fresh random bytes as hex."""

    t: int
    utc: int
    clock: ClockState
    entropy: str
