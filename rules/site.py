"""The compiled site: what a step looks things up in. Built by `rules.compile`, replaced whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.calendar import Schedule
from rules.model.points import Sensed
from rules.people import People
from rules.policy import (
    AreaPolicy,
    ControllerPolicy,
    DevicePolicy,
    Direction,
    DoorPolicy,
    FirePolicy,
    OperatorPolicy,
    ReaderPolicy,
    Source,
    ZonePolicy,
)


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
    """A grant or a denial, ready to be matched. attributes: those the person must have besides the group."""

    id: str
    source: Source
    schedule: Schedule
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """A minimum of a door: a PIN is wanted while the schedule is active."""

    id: str
    source: Source
    schedule: Schedule
    pin: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one way through one door. Rules for everybody stand under the group ``""``."""

    grants: Mapping[str, tuple[Rule, ...]]
    denials: Mapping[str, tuple[Rule, ...]]
    demands: tuple[Demand, ...]


NO_RULES = Rules({}, {}, ())


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a step may know that is not state."""

    id: str
    gateway: str
    timezone: str
    rules_hash: str
    people: People
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
    rules: Mapping[tuple[str, Direction], Rules]
    operators: Mapping[str, OperatorPolicy]
    controllers: Mapping[str, ControllerPolicy]
    scheduled_doors: tuple[str, ...]
