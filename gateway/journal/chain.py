"""The hash chain: who comes after whom, provably."""

from __future__ import annotations

from hashlib import sha256
from struct import Struct

from gateway.journal.record import Head, Sealed

POSITION = Struct(">QQ")  # epoch, seq: big-endian u64 each


def genesis(gateway: str, epoch: int) -> bytes:
    """The hash before seq 1: covers the gateway's name and the epoch."""
    return sha256(b"doorward journal\0" + gateway.encode() + b"\0" + epoch.to_bytes(8, "big")).digest()


def link(prev: bytes, epoch: int, seq: int, body: bytes) -> bytes:
    """SHA256(prev || u64be(epoch) || u64be(seq) || body)."""
    return sha256(prev + POSITION.pack(epoch, seq) + body).digest()


def beginning(gateway: str, epoch: int) -> Head:
    """The head of an epoch that holds nothing yet."""
    return Head(epoch, 0, genesis(gateway, epoch), {}, 0, 0, "")


class Chain:
    """The head of the record while it grows; gives each event its seq, n and hash."""

    def __init__(self, gateway: str, head: Head) -> None:
        self.gateway = gateway
        self._epoch = head.epoch
        self._seq = head.seq
        self._hash = head.hash
        self._n = dict(head.n)
        self._last = (head.t, head.utc, head.type)

    @property
    def head(self) -> Head:
        """The last event sealed."""
        t, utc, type = self._last
        return Head(self._epoch, self._seq, self._hash, dict(self._n), t, utc, type)

    def seal(self, body: bytes, *, stream: str, cls: str, type: str, t: int, utc: int, first: bool) -> Sealed:
        """The next event. body: its canonical JSON; a group's events all carry their stamp's t and utc (us)."""
        self._hash = link(self._hash, self._epoch, self._seq + 1, body)
        self._seq += 1
        self._n[stream] = n = self._n.get(stream, 0) + 1
        self._last = (t, utc, type)
        return Sealed(self._epoch, self._seq, stream, n, cls, type, t, utc, body, self._hash, first)
