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
    """What a passage demands of whoever asks: a card, a PIN that is a credential by itself, or a card and its PIN."""

    CARD = "card"
    PIN = "pin"
    CARD_PIN = "card+pin"

    @property
    def factors(self) -> frozenset[str]:
        """`card`, `pin` or both."""
        return _FACTORS[self.value]


_FACTORS = {"card": frozenset({"card"}), "pin": frozenset({"pin"}), "card+pin": frozenset({"card", "pin"})}


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
class InterlockPolicy:
    """Doors of which no more than one may be open or released at a time."""

    id: str
    source: Source
    doors: tuple[str, ...]


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
    """within: (from, until) us since 1970 outside which it never holds, of a rule set for a stated time."""

    id: str
    source: Source
    intervals: tuple[Interval, ...]
    within: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a rule means: everything that is stated must hold; nothing stated: everybody.

    groups, persons: one of them. attributes: (name, value); several values of one name are alternatives.
    valid: attributes that hold the date up to which something is valid, which must not have passed.
    but: whoever one of these means is left out.
    """

    groups: frozenset[str]
    attributes: tuple[tuple[str, str], ...] = ()
    persons: frozenset[str] = frozenset()
    valid: frozenset[str] = frozenset()
    but: tuple[Who, ...] = ()


EVERYBODY = Who(frozenset())


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """A group: those the directory puts in it, and those whom `members` means, if anybody."""

    id: str
    source: Source
    members: tuple[Who, ...] = ()


@dataclass(frozen=True, slots=True)
class TwoPerson:
    """Two have to ask within the window, us. second: one of them must be in this group; None: one grant means both."""

    window: int
    second: str | None = None


@dataclass(frozen=True, slots=True)
class Escort:
    """Somebody of these groups has to ask within the window, us, and comes along."""

    groups: frozenset[str]
    window: int


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """A grant. doors: resolved, each with the directions it covers; when: a schedule id.

    first_person: groups of which somebody must have entered the area since this period began.
    """

    id: str
    source: Source
    who: Who
    doors: tuple[tuple[str, Direction], ...]
    when: str
    require: Require = Require.CARD
    two_person: TwoPerson | None = None
    escort: Escort | None = None
    first_person: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MinimumPolicy:
    """What a way through a door demands at least while the schedule is active."""

    id: str
    source: Source
    doors: tuple[tuple[str, Direction], ...]
    require: Require | None
    when: str
    two_person: TwoPerson | None = None
    escort: Escort | None = None


@dataclass(frozen=True, slots=True)
class DenyPolicy:
    """A denial that beats every grant."""

    id: str
    source: Source
    who: Who
    doors: tuple[tuple[str, Direction], ...]
    when: str


@dataclass(frozen=True, slots=True)
class LimitPolicy:
    """What bounds the use of each card of some people: grants, days with a grant, us without one. None: unbounded."""

    id: str
    source: Source
    who: Who
    max_uses: int | None = None
    max_days: int | None = None
    inactive_after: int | None = None


@dataclass(frozen=True, slots=True)
class ThreatPolicy:
    """A threat level; in force with it are its own restrictions and those of every lower one. rank: from 1 up."""

    id: str
    source: Source
    rank: int
    restrictions: tuple[DenyPolicy, ...]


@dataclass(frozen=True, slots=True)
class InspectionPolicy:
    """Some of those who pass are held for an inspection. rate: of a million; window: us they stay chosen."""

    id: str
    source: Source
    who: Who
    doors: tuple[tuple[str, Direction], ...]
    rate: int
    when: str
    window: int


class Claim(StrEnum):
    """What is expected of those who are meant: see `ExpectPolicy`."""

    NOBODY = "nobody"
    EVERYONE = "everyone"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class ExpectPolicy:
    """An assertion on who opens these ways. nobody: none of `who`; everyone: each of `who`; only: none but `who`.

    opens: False asserts that they cannot. moments: (weekday or None, date or None, minute of the day) of `at`;
    when: a schedule id; neither: at any time. `everyone` without a time means at every moment of `when`, or at some.
    """

    id: str
    source: Source
    claim: Claim
    who: Who
    doors: tuple[tuple[str, Direction], ...]
    opens: bool = True
    at: tuple[int | None, date | None, int] | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectFirePolicy:
    """Asserts that each of these doors is released by some fire input."""

    id: str
    source: Source
    doors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpectApartPolicy:
    """Asserts that none of these doors depends on a device or link."""

    id: str
    source: Source
    doors: tuple[str, ...]
    device: str


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
    groups: Mapping[str, GroupPolicy] = field(default_factory=dict)
    limits: tuple[LimitPolicy, ...] = ()
    threats: tuple[ThreatPolicy, ...] = ()
    lockdown_exempt: Who | None = None
    interlocks: tuple[InterlockPolicy, ...] = ()
    inspections: tuple[InspectionPolicy, ...] = ()
    expect: tuple[ExpectPolicy | ExpectFirePolicy | ExpectApartPolicy, ...] = ()
