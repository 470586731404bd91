"""Areas: arming, anti-passback, occupancy; and the detectors in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.policy.devices import Input
from rules.policy.people import Who
from rules.policy.source import Source


class ZoneType(StrEnum):
    ENTRY_EXIT = "entry_exit"
    FOLLOWER = "follower"
    PERIMETER = "perimeter"
    INTERIOR = "interior"
    ALWAYS = "24h"
    TAMPER = "tamper"


@dataclass(frozen=True, slots=True)
class AreaPolicy:
    """One area. arming None: it is never armed. Delays are us; disarmed_by: groups whose entry disarms it.

    occupancy_max, occupancy_min: how many may, and at least must, be in it (nobody at all is always in order).
    """

    id: str
    source: Source
    arming: Arming | None
    passback: Passback | None = None
    occupancy_max: int | None = None
    occupancy_min: int | None = None


@dataclass(frozen=True, slots=True)
class Arming:
    entry_delay: int
    exit_delay: int
    disarmed_by: frozenset[str]


class PassbackMode(StrEnum):
    HARD = "hard"
    SOFT = "soft"
    TIMED = "timed"


@dataclass(frozen=True, slots=True)
class Passback:
    """Nobody enters an area twice without leaving it. window: us, of the timed mode; exempt: whom it does not bind.

    forgive: minutes of the local day at which everybody's place is forgotten.
    """

    mode: PassbackMode
    window: int = 0
    exempt: Who | None = None
    forgive: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ZonePolicy:
    """A detector of an area."""

    id: str
    source: Source
    input: Input
    area: str
    type: ZoneType
