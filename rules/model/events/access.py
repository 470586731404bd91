"""Decisions on people, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Access:
    """Common to every decision."""

    CLASS: ClassVar = "access"
    STREAM: ClassVar = "event"
    V: ClassVar = 1


@dataclass(frozen=True, slots=True)
class AccessGranted(Access):
    """A release begins and ends at `until`. watched: its passage will be seen, by a contact; open_for: us.

    flags: what would have been denied where exit is free; pin: a PIN was verified with it.
    """

    door: str
    reader: str
    direction: str
    person: str | None
    token: str | None
    rule: str | None
    flags: tuple[str, ...]
    pin: bool
    until: int
    open_for: int
    watched: bool
    area: str
    rules_hash: str
    people_rev: int


@dataclass(frozen=True, slots=True)
class AccessDenied(Access):
    door: str
    reader: str
    direction: str
    person: str | None
    token: str | None
    tail: str
    reason: str
    also_failed: tuple[str, ...]
    rule: str | None
    rules_hash: str
    people_rev: int


@dataclass(frozen=True, slots=True)
class AccessPending(Access):
    """A PIN is asked for, from everybody alike. attempt: names the asking; until: when it is given up."""

    door: str
    reader: str
    direction: str
    person: str | None
    token: str | None
    tail: str
    attempt: int
    until: int


@dataclass(frozen=True, slots=True)
class PinSubmitted(Access):
    """Digits came for a pending read and are being checked."""

    reader: str
    attempt: int
    until: int


@dataclass(frozen=True, slots=True)
class PinFailed(Access):
    """failures: wrong ones in a row for the card; locked_until: `t` to which the card's PIN is locked, or None.

    reader_failures: `t` of each wrong PIN at this reader within the last minute; reader_locked_until: likewise.
    """

    reader: str
    token: str | None
    failures: int
    lockouts: int
    locked_until: int | None
    reader_failures: tuple[int, ...]
    reader_locked_until: int | None


@dataclass(frozen=True, slots=True)
class AccessTaken(Access):
    door: str
    person: str | None
    direction: str
    area: str


@dataclass(frozen=True, slots=True)
class AccessNotTaken(Access):
    door: str
    person: str | None
    direction: str


@dataclass(frozen=True, slots=True)
class ReleaseWithheld(Access):
    """The journal was not written in time at a door that requires it: the lock was not worked."""

    door: str
    person: str | None


@dataclass(frozen=True, slots=True)
class DuressReported(Access):
    STREAM: ClassVar = "silent"
    door: str
    reader: str
    person: str
