"""What the journal holds: sealed events, the head of the record, declared gaps and snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STREAMS = ("event", "silent")
CLASSES = ("access", "door", "area", "intrusion", "alarm", "device", "system")


@dataclass(frozen=True, slots=True)
class Sealed:
    """One event, final.

    stream: its audience, `event` or `silent`; n: gap-free from 1 per (epoch, stream); t, utc: us; body: canonical
    JSON; hash: SHA256(prev || u64be(epoch) || u64be(seq) || body); first: first event of its signal's group, and
    the only one whose body holds the signal and its stamp.
    """

    epoch: int
    seq: int
    stream: str
    n: int
    cls: str
    type: str
    t: int
    utc: int
    body: bytes
    hash: bytes
    first: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of the record, or its genesis (seq 0). n: the last number given out per stream."""

    epoch: int
    seq: int
    hash: bytes
    n: Mapping[str, int]
    t: int
    utc: int
    type: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Events `first`..`last` were never durable and are gone; the record goes on from `hash` and `n`."""

    epoch: int
    first: int
    last: int
    hash: bytes
    n: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State after event `seq`, canonical JSON of format `version`; bound to (epoch, seq, hash)."""

    epoch: int
    seq: int
    hash: bytes
    version: int
    body: bytes
