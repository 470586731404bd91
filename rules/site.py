"""The compiled site: what a step looks things up in. Built by `rules.compile`, replaced whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.calendar import Schedule
from rules.decision import Decision, Edition
from rules.members import Membership
from rules.model.points import Sensed
from rules.model.reasons import Reason
from rules.people import Card, People
from rules.policy import (
    AreaPolicy,
    ControllerPolicy,
    DevicePolicy,
    Direction,
    DoorPolicy,
    Escort,
    FirePolicy,
    InspectionPolicy,
    LimitPolicy,
    OperatorPolicy,
    Policy,
    ReaderPolicy,
    Require,
    Source,
    TwoPerson,
    Who,
    ZonePolicy,
)
from rules.state import State


@dataclass(frozen=True, slots=True)
class Use:
    """One use of an input. kind: contact, rex, tamper, fire, emergency_release, zone, power, battery; id: of the user.

    index: which of the user's inputs of that kind it is.
    """

    kind: str
    id: str
    index: int = 0


@dataclass(frozen=True, slots=True)
class InputSite:
    """active: the sensed level that means active, for a circuit; None for a detector."""

    active: Sensed | None
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class ReaderSite:
    """Where a reader stands: its door and the direction of a passage by it. door None: it serves none."""

    policy: ReaderPolicy
    door: str | None
    direction: Direction
    free_exit: bool  # reads out of an egress door: it releases whatever it reads


@dataclass(frozen=True, slots=True)
class Rule:
    """A grant, a denial or a restriction, ready to be matched. decision: what it says where it decides.

    bare: a grant that asks for nothing but a card: no PIN, nobody else, no training, nobody before.
    """

    id: str
    source: Source
    schedule: Schedule
    who: Who
    decision: Decision = field(compare=False)
    bare: bool = True
    require: Require = Require.CARD
    two_person: TwoPerson | None = None
    escort: Escort | None = None
    first_person: frozenset[str] = frozenset()

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        return self.who.attributes


@dataclass(frozen=True, slots=True)
class Demand:
    """A minimum of a way, while the schedule is active."""

    id: str
    source: Source
    schedule: Schedule
    factors: frozenset[str]
    two_person: TwoPerson | None = None
    escort: Escort | None = None

    @property
    def pin(self) -> bool:
        return "pin" in self.factors


@dataclass(frozen=True, slots=True)
class Restriction:
    """A rule of a threat level, in force from that level on."""

    rank: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Limit:
    """What bounds each card of some people. who: their class."""

    policy: LimitPolicy
    classes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Inspection:
    policy: InspectionPolicy
    schedule: Schedule
    classes: frozenset[str]


ByClass = Mapping[str, tuple[Rule, ...]]
Timed = tuple[Schedule, Decision]
Plain = Mapping[str, tuple[Schedule, Decision, Decision, tuple[Timed, ...]]]
"""Class -> (schedule, what is granted while it is active, what is said while none is, the further ones)."""

Fast = Mapping[str, Plain]
"""Door -> its bare grants, where nothing else has to be asked of a card in order; empty where it has."""


class Way:
    """One way through one door, with its rules by the classes of `rules.members`.

    plain: the bare grants again, ready to be asked; conditional: there are others. denied: the classes of its denials.
    simple: no minimum holds there, and no denial of everybody; keyed: minimums there may be that demand a PIN and
    nothing else. companions: some pass with somebody else only. checks: what the full path asks; gates: what must be
    looked at in the state besides its rules. subjects: whose unusual state matters here: the door, the area it leads
    into, the threat level. area, near: where it leads, and from where; bordering: all doors of `area`; exempt: classes
    its passback leaves out. stranger, nobody: decisions on a card that is unknown, that has no rights.
    """

    __slots__ = (
        "area",
        "bordering",
        "checks",
        "companions",
        "conditional",
        "demands",
        "denials",
        "denied",
        "direction",
        "door",
        "exempt",
        "gates",
        "grants",
        "inspections",
        "interlocked",
        "keyed",
        "near",
        "nobody",
        "plain",
        "restrictions",
        "simple",
        "stranger",
        "subjects",
    )

    door: str
    direction: Direction
    area: AreaPolicy
    near: AreaPolicy
    bordering: tuple[str, ...]
    exempt: frozenset[str]
    grants: ByClass
    plain: Plain
    conditional: bool
    denials: ByClass
    denied: frozenset[str]
    restrictions: tuple[Restriction, ...]
    demands: tuple[Demand, ...]
    inspections: tuple[Inspection, ...]
    interlocked: tuple[str, ...]
    simple: bool
    keyed: bool
    companions: bool
    checks: tuple[Callable[[Any], Iterable[Reason]], ...]
    gates: tuple[Callable[[State, str | None], bool], ...]
    subjects: frozenset[str]
    stranger: Decision
    nobody: Decision


def key(door: str, direction: Direction) -> str:
    """What a way is known by in the state: `lab:in`."""
    return f"{door}:{direction.value}"


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a step may know that is not state."""

    id: str
    gateway: str
    timezone: str
    rules_hash: str
    people: People
    cards: Mapping[Any, Card]  # the credentials of `people`, at hand
    devices: Mapping[str, DevicePolicy]
    links: Mapping[str, tuple[str, ...]]
    inputs: Mapping[str, InputSite]
    outputs: Mapping[str, str]  # lock output -> door
    readers: Mapping[str, ReaderSite]
    doors: Mapping[str, DoorPolicy]
    areas: Mapping[str, AreaPolicy]
    zones: Mapping[str, ZonePolicy]
    fire: Mapping[str, FirePolicy]
    schedules: Mapping[str, Schedule]
    fast_in: Fast
    fast_out: Fast
    nobody: Decision
    entries: Mapping[str, Way]
    exits: Mapping[str, Way]
    members: Membership
    edition: Edition
    limits: tuple[Limit, ...]
    exempt: frozenset[str]  # classes that lockdown lets pass
    firsts: Mapping[str, frozenset[str]]  # area or door -> groups of which the last entry is remembered
    ranks: Mapping[str, int]  # threat level -> rank
    bordering: Mapping[str, tuple[str, ...]]  # area -> its doors
    policy: Policy
    operators: Mapping[str, OperatorPolicy]
    controllers: Mapping[str, ControllerPolicy]
    scheduled_doors: tuple[str, ...]

    def way(self, door: str, direction: Direction) -> Way:
        """Raises KeyError for a door that is not there."""
        return (self.entries if direction is Direction.IN else self.exits)[door]
