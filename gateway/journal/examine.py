"""Judges events in order: numbers, chain, stream counters, and the columns against the sealed body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from gateway.journal.chain import POSITION
from gateway.journal.record import CLASSES, STREAMS, Gap

STAMP = b'"stamp":'  # the key that the first event of a group, and no other, has in its body
KNOWN_STREAMS = frozenset(name.encode() for name in STREAMS)
KNOWN_CLASSES = frozenset(name.encode() for name in CLASSES)
ABSENT = 1_000  # missing events that are looked for under other numbers

Row = tuple[Any, ...]  # seq, stream, n, cls, type, t, utc, body, hash, first; text as bytes


@dataclass(frozen=True, slots=True)
class Bad:
    """Events `seq`..`last` do not stand, and why. seq 0: the epoch itself."""

    epoch: int
    seq: int
    last: int
    why: str


class Examiner:
    """Goes over the events of one epoch; appends what it finds to `bad`."""

    def __init__(self, epoch: int, start: bytes, gaps: Sequence[Gap], bad: list[Bad]) -> None:
        self.epoch, self.bad = epoch, bad
        self.expected = 1
        self.prev = start  # hash of the event before, as stored
        self.count = 0
        self.crossed: list[Gap] = []
        self._gaps = {gap.first: gap for gap in gaps}
        self._also = start  # hash of the event before, as computed
        self._n: dict[bytes, int] = {}
        self._slack = 0  # events whose stream is not known, by which counters may be ahead
        self._trusted = True  # `prev` is known
        self._absent: dict[int, bytes] = {}  # missing seq -> hash before it, where known
        self._damaged: set[int] = set()

    def rows(self, rows: Sequence[Row]) -> None:
        """The next events. The first lines are the fast path of an event that stands."""
        pack, epoch, counts = POSITION.pack, self.epoch, self._n
        for row in rows:
            seq, stream, n, _, _, _, _, body, stored, _ = row
            if (
                seq == self.expected
                and body.__class__ is bytes
                and sha256(self.prev + pack(epoch, seq) + body).digest() == stored
                and n == counts.get(stream, 0) + 1
                and self._columns(row) is None
            ):
                counts[stream] = n
                self.prev = self._also = stored
                self._trusted = True
                self.expected = seq + 1
            else:
                self._judge(row)
        self.count += len(rows)

    def _columns(self, row: Row) -> str | None:
        """The columns are an index over the body's envelope (rules/record.py), and must say what it says.

        Its keys are sorted, so that `class` is the first, and `t`, `type`, `utc` and `v` are the last ones.
        """
        _, stream, _, cls, type, t, utc, body, _, first = row
        if stream not in KNOWN_STREAMS:
            return "unknown stream"
        if cls not in KNOWN_CLASSES or not body.startswith(b'{"class":"' + cls + b'",'):
            return "its class column is not that of its body"
        plain = type.__class__ is bytes and t.__class__ is int and utc.__class__ is int
        if not plain or b',"t":%d,"type":"%b","utc":%d,"v":' % (t, type, utc) not in body:
            return "its type and time columns are not those of its body"
        if (STAMP in body) is not (first == 1):
            return "its group column is not that of its body"
        return None

    def _judge(self, row: Row) -> None:
        """Find out what is wrong with an event, so that only the wrong ones are named."""
        seq, stream, n, _, _, _, _, body, stored, _ = row
        whole = body if isinstance(body, bytes) else b""
        if seq != self.expected and self._is_next(whole, stored):
            self._blame(self.expected, f"its number says {seq}")
        elif seq != self.expected and (self._is_absent(whole, stored) or not self._jump(seq)):
            return
        else:
            self._judge_hash(seq, whole, stored)
        trouble = self._columns(row) if isinstance(body, bytes) else "its body is not bytes"
        if trouble is not None:
            self._blame(self.expected, trouble)
        self._judge_n(stream, n)
        self.prev = stored if isinstance(stored, bytes) else b""
        self.expected += 1

    def _is_next(self, body: bytes, stored: object) -> bool:
        packed = POSITION.pack(self.epoch, self.expected)
        return stored == sha256(self.prev + packed + body).digest()

    def _is_absent(self, body: bytes, stored: object) -> bool:
        """An event that was named as missing stands here under another number."""
        return any(
            stored == sha256(prev + POSITION.pack(self.epoch, seq) + body).digest()
            for seq, prev in self._absent.items()
        )

    def _jump(self, seq: object) -> bool:
        """Go over missing events to `seq`; False if it lies behind."""
        if not isinstance(seq, int) or seq < self.expected:
            self.bad.append(Bad(self.epoch, self.expected, self.expected, f"out of order: {seq!r}"))
            return False
        while (gap := self._gaps.get(self.expected)) is not None and gap.last < seq:
            self._cross(gap)
        if seq > self.expected:
            self._miss(seq - 1)
        return True

    def _miss(self, last: int) -> None:
        if self._trusted and len(self._absent) < ABSENT:
            self._absent[self.expected] = self.prev
        if not self._damaged.issuperset(range(self.expected, min(last, self.expected + ABSENT) + 1)):
            self.bad.append(Bad(self.epoch, self.expected, last, "missing"))
        self._slack += last + 1 - self.expected
        self._trusted = False
        self.expected = last + 1

    def _cross(self, gap: Gap) -> None:
        self.crossed.append(gap)
        self.expected = gap.last + 1
        self.prev = self._also = gap.hash
        self._trusted = True
        self._n = {name.encode(): n for name, n in gap.n.items()}

    def _judge_hash(self, seq: int, body: bytes, stored: object) -> None:
        packed = POSITION.pack(self.epoch, seq)
        computed = [sha256(prev + packed + body).digest() for prev in (self.prev, self._also)]
        if stored not in computed and self._trusted:
            self._blame(seq, "its hash is not that of its body and the event before")
        self._also = computed[0] if stored not in computed else computed[computed.index(stored)]
        self._trusted = True

    def _judge_n(self, stream: object, n: object) -> None:
        if not isinstance(stream, bytes) or stream not in KNOWN_STREAMS or not isinstance(n, int):
            self._slack += 1
            return
        due = self._n.get(stream, 0) + 1
        if n != due and not 0 < n - due <= self._slack:
            self._blame(self.expected, f"its stream's number is {n}, not {due}")
            n = due
        self._slack -= n - due
        self._n[stream] = n

    def unreadable(self, seq: int) -> None:
        """The file is damaged where this event lies."""
        self._damaged.add(seq)
        self.bad.append(Bad(self.epoch, seq, seq, "unreadable"))

    def end(self, proven: int) -> None:
        """After the last event. proven: a seq that something else in the file shows to have been there."""
        while (gap := self._gaps.get(self.expected)) is not None:
            self._cross(gap)
        if proven >= self.expected:
            self._miss(proven)

    def _blame(self, seq: int, why: str) -> None:
        if self.bad and (self.bad[-1].epoch, self.bad[-1].seq) == (self.epoch, seq):
            return  # one event is named once
        self.bad.append(Bad(self.epoch, seq, seq, why))
