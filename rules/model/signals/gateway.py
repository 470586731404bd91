"""The gateway itself: its start and end, its clock, its journal, its faults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """A deadline of the state or a transition of a schedule is due; see `rules.step.next_due`."""

    key: str


@dataclass(frozen=True, slots=True)
class GatewayBegan:
    """The daemon is up with its state rebuilt. clean: the journal's last event was `GatewayStopped`."""

    version: str
    clean: bool


@dataclass(frozen=True, slots=True)
class GatewayEnding:
    """The daemon stops in order."""


@dataclass(frozen=True, slots=True)
class ClockChanged:
    """The wall clock stepped by `by` us."""

    by: int


@dataclass(frozen=True, slots=True)
class ReleaseTimedOut:
    """A release waited its whole limit for the journal and was not given to the lock."""

    door: str


@dataclass(frozen=True, slots=True)
class RecordLagged:
    """Orders of events `first`..`last` were released before those were durable."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class JournalStateChanged:
    """level: `ok`, `spool` (second segment), `memory` (ring only)."""

    level: str


@dataclass(frozen=True, slots=True)
class JournalGapFound:
    """Events `first`..`last` were never durable and are gone from memory."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class RecoveryFaulted:
    """A record could not be folded at start: what it and later records name is unknown until somebody looked."""

    seq: int
    error: str


@dataclass(frozen=True, slots=True)
class SignalFaulted:
    """The step of a signal raised and was undone. kind: the signal's type; subject: its reader, point or device.

    request: the id of the request it was, or empty: somebody awaits its answer.
    """

    kind: str
    subject: str
    error: str
    request: str = ""


@dataclass(frozen=True, slots=True)
class PublishRefused:
    """The broker refused what we published to a topic."""

    topic: str


@dataclass(frozen=True, slots=True)
class DeadlineFaulted:
    """The step of a deadline raised; it is abandoned so that the rest goes on."""

    key: str
    error: str
