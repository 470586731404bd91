"""Does the record stand? Reads a journal file front to back and names every event that does not.

What it cannot see: the end of the record cut off together with all that points to it. Only a copy of the head kept
elsewhere shows that.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.journal.chain import genesis
from gateway.journal.connect import brief, reading
from gateway.journal.examine import Bad, Examiner
from gateway.journal.record import Gap
from rules.model.errors import DoorwardError

PAGE = 20_000  # events a read takes; short reads let a running daemon reset its WAL
NEARBY = 256  # events read one by one after a damaged page
BARREN = 64  # so many times nothing, and the rest counts as unreadable
ROW = "SELECT seq, stream, n, cls, type, t, utc, body, hash, first FROM event WHERE epoch = ?"


@dataclass(frozen=True, slots=True)
class Extent:
    """What of an epoch is judged: the events up to `last`, against the gaps and the snapshot of the same moment.

    proven: the seq of the newest snapshot. A gateway may be writing: what comes later is another verification's.
    """

    last: int
    proven: int
    gaps: list[Gap]


@dataclass(slots=True)
class Report:
    """What was found. bad: in order; gaps: events that the gateway itself declared lost."""

    gateway: str
    epochs: list[int] = field(default_factory=list)
    events: int = 0
    head: int = 0
    hash: str = ""
    bad: list[Bad] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing is bad. Declared gaps are no damage, but see `gaps`."""
        return not self.bad

    @property
    def first_bad(self) -> Bad | None:
        return self.bad[0] if self.bad else None


def verify(path: Path, *, gateway: str | None = None, progress: Callable[[int, int], None] | None = None) -> Report:
    """Check numbers, chain, stream counters, columns and epochs of `path` (a journal.db).

    gateway: whose it must be (None: whose it says); progress: called with (events checked, events in all).
    Raises DoorwardError `journal_unreadable` only where nothing of the file can be read.
    """
    try:
        with closing(reading(path)) as raw:
            raw.text_factory = bytes
            return _Verification(raw, gateway, progress or (lambda done, total: None)).run()
    except (sqlite3.Error, OSError) as error:
        raise DoorwardError("cannot be read", code="journal_unreadable", where=str(path), got=brief(error)) from error


class _Verification:
    def __init__(self, raw: sqlite3.Connection, gateway: str | None, progress: Callable[[int, int], None]) -> None:
        self._raw, self._progress = raw, progress
        owner = self._one("SELECT value FROM meta WHERE key = 'gateway'")
        said = owner.decode(errors="replace") if isinstance(owner, bytes) else ""
        self.report = Report(gateway or said)
        if said != self.report.gateway:
            self._blame(0, 0, 0, f"the file names gateway {said!r}")
        self._before: tuple[int, bytes] = (0, b"")  # head of the epoch before
        self._total = 0

    def run(self) -> Report:
        self._raw.execute("BEGIN")
        told = {row[0]: row[1:] for row in self._raw.execute("SELECT * FROM epoch ORDER BY epoch")}
        extents = {epoch: self._extent(epoch) for epoch in sorted({*told, *self._epochs()})}
        self._raw.execute("COMMIT")
        epochs = list(extents)
        self._total = sum(extent.last for extent in extents.values())
        for epoch, extent in extents.items():
            if epoch in told:
                self._check_start(epoch, *told[epoch])
                self._check_epoch(epoch, extent)
            else:
                self._blame(epoch, *self._ends(epoch), "its epoch was never begun")
        self.report.epochs = epochs
        self.report.bad.sort(key=lambda bad: (bad.epoch, bad.seq))
        return self.report

    def _epochs(self) -> Iterator[int]:
        found = self._one("SELECT min(epoch) FROM event")
        while found is not None:
            yield found
            found = self._one("SELECT min(epoch) FROM event WHERE epoch > ?", found)

    def _ends(self, epoch: int) -> tuple[int, int]:
        first, last = "SELECT min(seq) FROM event WHERE epoch = ?", "SELECT max(seq) FROM event WHERE epoch = ?"
        return self._one(first, epoch), self._one(last, epoch)

    def _check_start(self, epoch: int, start: bytes, previous_seq: int, previous_hash: bytes, utc: int) -> None:
        if start != genesis(self.report.gateway, epoch):
            self._blame(epoch, 0, 0, "its genesis is not that of this gateway and epoch")
        if (previous_seq, previous_hash) != self._before:
            self._blame(epoch, 0, 0, "it was begun over another head than the one before it has")

    def _extent(self, epoch: int) -> Extent:
        last = self._one("SELECT max(seq) FROM event WHERE epoch = ?", epoch) or 0
        proven = self._one("SELECT max(seq) FROM snapshot WHERE epoch = ?", epoch) or 0
        gaps = [Gap(e, first, end, hash, json.loads(n)) for e, first, end, hash, n in self._gap_rows(epoch)]
        return Extent(last, proven, gaps)

    def _check_epoch(self, epoch: int, extent: Extent) -> None:
        check = Examiner(epoch, genesis(self.report.gateway, epoch), extent.gaps, self.report.bad)
        for rows in self._pages(epoch, extent.last, check):
            check.rows(rows)
            self._progress(self.report.events + check.count, self._total)
        check.end(extent.proven)
        self.report.gaps += check.crossed
        self.report.events += check.count
        self.report.head, self.report.hash = check.expected - 1, check.prev.hex()
        self._before = (check.expected - 1, check.prev)

    def _gap_rows(self, epoch: int) -> list[tuple[Any, ...]]:
        return self._raw.execute('SELECT epoch, "first", "last", hash, n FROM gap WHERE epoch = ?', (epoch,)).fetchall()

    def _pages(self, epoch: int, last: int, check: Examiner) -> Iterator[list[tuple[Any, ...]]]:
        """All events up to `last` in order, a page at a time; around damage one by one."""
        after = barren = 0
        page = f"{ROW} AND seq > ? AND seq <= ? ORDER BY seq LIMIT {PAGE}"
        while True:
            try:
                rows = self._raw.execute(page, (epoch, after, last)).fetchall()
            except sqlite3.DatabaseError:
                rows = list(self._one_by_one(epoch, after, last, check))
                barren = 0 if rows else barren + 1
                yield rows
                after += NEARBY
                if after > last or barren > BARREN:
                    check.unreadable(after + 1)
                    return
                continue
            yield rows
            if len(rows) < PAGE:
                return
            # Where nothing but numbers out of place came, go over all of them.
            after = check.expected - 1 if check.expected - 1 > after else max(row[0] for row in rows)

    def _one_by_one(self, epoch: int, after: int, last: int, check: Examiner) -> Iterator[tuple[Any, ...]]:
        for seq in range(after + 1, min(after + NEARBY, last) + 1):
            try:
                row = self._raw.execute(f"{ROW} AND seq = ?", (epoch, seq)).fetchone()
            except sqlite3.DatabaseError:
                check.unreadable(seq)
                continue
            if row is not None:
                yield row

    def _one(self, query: str, *given: object) -> Any:
        row = self._raw.execute(query, given).fetchone()
        return row[0] if row is not None else None

    def _blame(self, epoch: int, seq: int, last: int, why: str) -> None:
        self.report.bad.append(Bad(epoch, seq, last, why))
