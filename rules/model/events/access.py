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
class Use:
    """How often a card was used: grants, days with a grant, the last day's ordinal, the last grant in us since 1970."""

    uses: int = 0
    days: int = 0
    day: int = 0
    utc: int = 0


@dataclass(frozen=True, slots=True)
class AccessGranted(Access):
    """A release begins and ends at `until`. watched: its passage will be seen, by a contact; open_for: us.

    flags: what was noted: a soft passback, and what would have been denied where exit is free. pin: a PIN was verified
    with it. use: what the card's use comes to, where it is counted. free: an exit, which waits for nothing.
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
    use: Use | None = None
    free: bool = False


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
class CompanionAwaited(Access):
    """A passage waits for somebody else: `second_person_pending` or `escort_required`. need: `second` or `escort`.

    groups: of whom; empty: whom the same grant means; until: when it is given up. shown: `card`, `pin` or `card+pin`,
    what they proved themselves by.
    """

    door: str
    reader: str
    direction: str
    person: str
    token: str
    reason: str
    rule: str | None
    need: str
    groups: tuple[str, ...]
    until: int
    shown: str = "card"


@dataclass(frozen=True, slots=True)
class InspectionDrawn(Access):
    """Somebody may pass once they were inspected: whoever did that opens the door. until: they stay chosen."""

    door: str
    reader: str
    direction: str
    person: str
    rule: str | None
    until: int


@dataclass(frozen=True, slots=True)
class InspectionEnded(Access):
    """by: the operator who let them pass, or None where it was given up."""

    door: str
    person: str
    by: str | None


@dataclass(frozen=True, slots=True)
class PassbackForgiven(Access):
    """Where these people are counts as unknown until they pass again. by: the operator."""

    persons: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class PinSubmitted(Access):
    """Digits came for a pending read and are being checked. alone: the PIN is a credential by itself."""

    reader: str
    attempt: int
    until: int
    alone: bool = False


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
    """t, utc: when. firsts: `area/group` and `door/group` of which they may be the first person in."""

    door: str
    person: str | None
    direction: str
    area: str
    t: int
    utc: int
    firsts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessNotTaken(Access):
    door: str
    person: str | None
    direction: str


@dataclass(frozen=True, slots=True)
class ReleaseWithheld(Access):
    """The journal was not written in time at a door that requires it: the lock was not worked.

    exit_until: `t` to which an exit that had begun goes on all the same, or None.
    """

    door: str
    person: str | None
    exit_until: int | None = None


@dataclass(frozen=True, slots=True)
class DuressReported(Access):
    STREAM: ClassVar = "silent"
    door: str
    reader: str
    person: str
