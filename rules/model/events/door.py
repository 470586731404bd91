"""Doors: position, releases, layers of the mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rules.model.points import InputState


@dataclass(frozen=True, slots=True)
class Door:
    CLASS: ClassVar = "door"
    STREAM: ClassVar = "event"
    V: ClassVar = 1

    door: str


@dataclass(frozen=True, slots=True)
class DoorOpened(Door):
    """authorised: a release, a request to exit or an unlocked mode explains it. held_at, warn_at: `t`, or None."""

    authorised: bool
    warn_at: int | None
    held_at: int | None


@dataclass(frozen=True, slots=True)
class DoorClosed(Door):
    relocks: bool


@dataclass(frozen=True, slots=True)
class DoorPositionLost(Door):
    """The contact is unknown or faulty; the position is not known, never closed."""

    state: InputState


@dataclass(frozen=True, slots=True)
class DoorForced(Door):
    pass


@dataclass(frozen=True, slots=True)
class HeldOpenWarned(Door):
    pass


@dataclass(frozen=True, slots=True)
class DoorHeldOpen(Door):
    pass


@dataclass(frozen=True, slots=True)
class ExitRequested(Door):
    """A request to exit, the door's `index`-th from 0. until: end of its release and its shunt of the forced alarm.

    overdue_at: when a request still active is a fault, or None once it was called one; open_for: us.
    """

    index: int
    released: bool
    until: int
    open_for: int
    overdue_at: int | None


@dataclass(frozen=True, slots=True)
class ReleasedByOperator(Door):
    operator: str
    until: int
    open_for: int


@dataclass(frozen=True, slots=True)
class ReleaseEnded(Door):
    """The release is over and the lock is back at the level of its mode."""


@dataclass(frozen=True, slots=True)
class DoorLayerSet(Door):
    """A layer of the door's mode was set by `by` (operator, fire input, ...); mode: what now holds.

    warn_at, held_at: `t` of the held-open stages of a door that stands open, or None.
    """

    layer: str
    value: str
    by: str
    mode: str
    warn_at: int | None
    held_at: int | None


@dataclass(frozen=True, slots=True)
class DoorLayerCleared(Door):
    layer: str
    by: str
    mode: str
    warn_at: int | None
    held_at: int | None
