"""The gateway itself, its record and its requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class System:
    CLASS: ClassVar = "system"
    STREAM: ClassVar = "event"
    V: ClassVar = 1


@dataclass(frozen=True, slots=True)
class GatewayStarted(System):
    version: str


@dataclass(frozen=True, slots=True)
class UncleanStop(System):
    """The last run did not end in order: acts may be missing from the record."""


@dataclass(frozen=True, slots=True)
class GatewayStopped(System):
    pass


@dataclass(frozen=True, slots=True)
class SiteActivated(System):
    """previous: the hash that held before, the same one where only people changed.

    cause: start, people, reload or rollback.
    """

    rules_hash: str
    people_rev: int
    tzdata: str
    version: str
    previous: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class SiteProposed(System):
    """A changed configuration could go live. mode: automatic, on_request or two_person; previous: what holds now.

    gains, losses: lines of the difference; warnings: of the linter; text: both in short, without names of people.
    """

    rules_hash: str
    previous: str
    mode: str
    gains: int
    losses: int
    warnings: int
    text: str


@dataclass(frozen=True, slots=True)
class SiteRejected(System):
    """A changed configuration cannot go live; what holds goes on. code: why; problems: the first of `count`."""

    rules_hash: str
    code: str
    problems: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class SiteWithdrawn(System):
    """What was proposed is no longer in the folder."""

    rules_hash: str


@dataclass(frozen=True, slots=True)
class ReloadApproved(System):
    """An operator wants a proposed set to go live. until: `t` to which a second one may join."""

    rules_hash: str
    who: str
    until: int


@dataclass(frozen=True, slots=True)
class ClockStepped(System):
    by: int


@dataclass(frozen=True, slots=True)
class SignalsDropped(System):
    link: str
    count: int


@dataclass(frozen=True, slots=True)
class PublicationRefused(System):
    """The broker does not let us publish there: its access list is wrong, or somebody changed it."""

    topic: str


@dataclass(frozen=True, slots=True)
class RecordedLate(System):
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class JournalLevelChanged(System):
    level: str


@dataclass(frozen=True, slots=True)
class JournalGap(System):
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class RecoveryStopped(System):
    """The fold stopped at `seq`; what later records name is unknown."""

    seq: int
    error: str


@dataclass(frozen=True, slots=True)
class InternalError(System):
    kind: str
    subject: str
    error: str


@dataclass(frozen=True, slots=True)
class DeadlineAbandoned(System):
    key: str
    error: str


@dataclass(frozen=True, slots=True)
class RequestAccepted(System):
    """at, expires: us since 1970; its nonce is remembered to the latter."""

    request: str
    who: str
    verb: str
    target: str
    nonce: str
    at: int
    expires: int


@dataclass(frozen=True, slots=True)
class RequestCarriedOut(System):
    """A service ended what an accepted request asked it for."""

    request: str
    ok: bool
    code: str


@dataclass(frozen=True, slots=True)
class RequestRefused(System):
    """nonce: of a request whose signature was good, remembered like an accepted one's; else None."""

    request: str
    who: str | None
    verb: str
    target: str
    code: str
    nonce: str | None
    at: int
    expires: int


@dataclass(frozen=True, slots=True)
class ThreatLevelChanged(System):
    """level: the id of the one in force, or empty for none; by: the operator."""

    level: str
    previous: str
    by: str
