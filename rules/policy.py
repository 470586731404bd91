"""What the admin wrote, as values: checked and resolved by `config`, compiled by `rules.compile`.

All durations are us. Every rule carries the place it was written at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from rules.model.points import PointKind, Sensed


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was written: file relative to the configuration folder, 1-based line and column."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Require(StrEnum):
    """What a passage demands, from the least to the most."""

    CARD = "card"
    CARD_PIN = "card+pin"


class Role(StrEnum):
    """What an operator may ask for; see `rules.request.RIGHTS`."""

    VIEWER = "viewer"
    GUARD = "guard"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class ZoneType(StrEnum):
    ENTRY_EXIT = "entry_exit"
    FOLLOWER = "follower"
    PERIMETER = "perimeter"
    INTERIOR = "interior"
    ALWAYS = "24h"
    TAMPER = "tamper"


class EgressBy(StrEnum):
    MECHANICAL = "mechanical"
    DIRECT_REX = "direct_rex"
    SOFTWARE = "software"


class Relock(StrEnum):
    ON_OPEN = "on_open"
    ON_CLOSE = "on_close"
    TIMER = "timer"


@dataclass(frozen=True, slots=True)
class Input:
    """An input with its polarity. active: `open` or `closed` for a circuit, None for a detector."""

    point: str
    active: Sensed | None


@dataclass(frozen=True, slots=True)
class Lock:
    """output: the point that works the lock; energise_to_unlock: False for a lock that current holds shut."""

    output: str
    energise_to_unlock: bool
    on_power_loss: str  # safe | secure


@dataclass(frozen=True, slots=True)
class Rex:
    """A request to exit. max_active: us after which a request still active is a fault."""

    input: Input
    kind: str  # button | pir | handle
    unlocks: bool
    max_active: int


@dataclass(frozen=True, slots=True)
class DoorPolicy:
    """One door. between: (outside area, inside area); egress: directions people must always be able to leave by.

    controller: the id of the controller that works the lock by itself and asks over the bus; then `lock` is None.
    unlock: the schedule that holds the door open for everybody, or None.
    """

    id: str
    source: Source
    between: tuple[str, str]
    readers_in: tuple[str, ...]
    readers_out: tuple[str, ...]
    lock: Lock | None
    contacts: tuple[Input, ...]
    rex: tuple[Rex, ...]
    egress: frozenset[Direction]
    egress_by: EgressBy | None
    emergency_release: Input | None
    tamper: tuple[Input, ...]
    release_time: int
    extended_release_time: int
    open_time: int
    extended_open_time: int
    pre_alarm_time: int
    relock: Relock
    unlock: str | None
    journal_required: bool
    controller: str | None = None


@dataclass(frozen=True, slots=True)
class AreaPolicy:
    """One area. arming None: it is never armed. Delays are us; disarmed_by: groups whose entry disarms it."""

    id: str
    source: Source
    arming: Arming | None


@dataclass(frozen=True, slots=True)
class Arming:
    entry_delay: int
    exit_delay: int
    disarmed_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class ZonePolicy:
    """A detector of an area."""

    id: str
    source: Source
    input: Input
    area: str
    type: ZoneType


@dataclass(frozen=True, slots=True)
class FirePolicy:
    """A fire input and the doors it releases. release_on_fault: a fault of the input counts as fire."""

    id: str
    source: Source
    input: Input
    doors: tuple[str, ...]
    release_on_fault: bool


@dataclass(frozen=True, slots=True)
class Interval:
    """days: weekday numbers, 0 Monday; types: holiday types it also holds on; minutes of the local day.

    `end` may exceed 1440: the rest belongs to the start day. cut_at_midnight: it goes on into the next day only where
    it holds on that day too. starts, ends: the first and last date it may begin on. source: where it was written.
    """

    days: frozenset[int]
    types: frozenset[str]
    start: int
    end: int
    cut_at_midnight: bool = False
    starts: date | None = None
    ends: date | None = None
    source: Source | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SchedulePolicy:
    id: str
    source: Source
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a rule means: every stated attribute must hold. groups: any of them; empty: everybody."""

    groups: frozenset[str]
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """A grant. doors: resolved, each with the directions it covers; when: a schedule id."""

    id: str
    source: Source
    who: Who
    doors: tuple[tuple[str, Direction], ...]
    when: str


@dataclass(frozen=True, slots=True)
class MinimumPolicy:
    """What the way in through a door demands at least while the schedule is active."""

    id: str
    source: Source
    doors: tuple[str, ...]
    require: Require
    when: str


@dataclass(frozen=True, slots=True)
class DenyPolicy:
    """A denial that beats every grant."""

    id: str
    source: Source
    who: Who
    doors: tuple[tuple[str, Direction], ...]
    when: str


@dataclass(frozen=True, slots=True)
class ReaderPolicy:
    """A reader: a device that reads cards, or a controller that asks. formats: card formats it accepts."""

    id: str
    formats: tuple[str, ...]
    keypad: bool
    controller: bool = False


@dataclass(frozen=True, slots=True)
class ControllerPolicy:
    """A door controller that asks over the bus. key: Ed25519 public key, 32 bytes; fallback: deny, cached or open."""

    id: str
    source: Source
    key: bytes
    fallback: str


@dataclass(frozen=True, slots=True)
class OperatorPolicy:
    id: str
    source: Source
    role: Role
    key: bytes


@dataclass(frozen=True, slots=True)
class DevicePolicy:
    """A device with its points and the link it lives on."""

    id: str
    link: str
    points: Mapping[str, PointKind]


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything an admin wrote that rules follow from. `always` and `never` are in `schedules`."""

    site: str
    gateway: str
    timezone: str
    holidays: Mapping[date, str]
    areas: Mapping[str, AreaPolicy]
    devices: Mapping[str, DevicePolicy]
    controllers: Mapping[str, ControllerPolicy]
    readers: Mapping[str, ReaderPolicy]
    doors: Mapping[str, DoorPolicy]
    zones: Mapping[str, ZonePolicy]
    fire: Mapping[str, FirePolicy]
    schedules: Mapping[str, SchedulePolicy]
    access: tuple[AccessPolicy, ...]
    minimum: tuple[MinimumPolicy, ...]
    deny: tuple[DenyPolicy, ...]
    operators: Mapping[str, OperatorPolicy]
