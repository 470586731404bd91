"""Doors, and what they are fitted with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.policy.devices import Input
from rules.policy.source import Source


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class EgressBy(StrEnum):
    MECHANICAL = "mechanical"
    DIRECT_REX = "direct_rex"
    SOFTWARE = "software"


class Relock(StrEnum):
    ON_OPEN = "on_open"
    ON_CLOSE = "on_close"
    TIMER = "timer"


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
    unlock: the schedule that holds the door open for everybody, or None; unlock_after: groups of which somebody must
    have entered by it since that period began; blocked: the schedule while which nobody enters; tags: names for
    `where`.
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
    unlock_after: frozenset[str] = frozenset()
    blocked: str | None = None
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class InterlockPolicy:
    """Doors of which no more than one may be open or released at a time."""

    id: str
    source: Source
    doors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FirePolicy:
    """A fire input and the doors it releases. release_on_fault: a fault of the input counts as fire."""

    id: str
    source: Source
    input: Input
    doors: tuple[str, ...]
    release_on_fault: bool
