"""A journal read front to back beside a running daemon, as what followed from each signal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from gateway.journal import query, schema
from gateway.journal.connect import reader
from gateway.journal.opening import STORE
from gateway.journal.record import Sealed
from gateway.recovery import UNREADABLE
from rules.answers.replay import Group
from rules.model.errors import ConfigError
from rules.model.stamp import ClockState, Stamp
from rules.record import decode, event_of, signal_of

PAGE = 5_000

Progress = Callable[[int, int], None]
"""(events read, events in all)"""

E = schema.event.c


def no_progress(done: int, total: int) -> None:
    """Nobody watches."""


@dataclass(slots=True)
class History:
    """path: a journal.db. unreadable: events that were passed over because this version cannot read them."""

    path: Path
    unreadable: int = 0

    @classmethod
    def at(cls, path: Path) -> History:
        """Of a file, or of the folder it lies in; raises ConfigError where there is none."""
        found = path / STORE if path.is_dir() else path
        if not found.is_file():
            raise ConfigError("holds no journal", code="journal_missing", where=str(path))
        return cls(found)

    def epochs(self) -> list[int]:
        """In order; each begins with nothing known."""
        with reader(self.path) as connection:
            rows = connection.execute(select(schema.epoch.c.epoch).order_by(schema.epoch.c.epoch))
            return [row.epoch for row in rows]

    def first_utc(self) -> int | None:
        """When the record begins, us since 1970; None for an empty one."""
        with reader(self.path) as connection:
            found: int | None = connection.execute(select(E.utc).order_by(E.epoch, E.seq).limit(1)).scalar()
            return found

    def count(self, epoch: int) -> int:
        """Events of an epoch, about: the record has no number twice."""
        with reader(self.path) as connection:
            return _last(connection, epoch)

    def groups(self, epoch: int, progress: Progress = no_progress) -> Iterator[Group]:
        """What followed from each signal of an epoch, in order. Raises DoorwardError `journal_unreadable`."""
        total, rows = self.count(epoch), list[Sealed]()
        for row in self._rows(epoch):
            if row.first and rows:
                yield self._group(rows)
                rows = []
            rows.append(row)
            if row.seq % PAGE == 0:
                progress(row.seq, total)
        if rows:
            yield self._group(rows)
        progress(total, total)

    def _rows(self, epoch: int) -> Iterator[Sealed]:
        """Page by page, so that a running daemon can go on with its file."""
        after = 0
        while True:
            with reader(self.path) as connection:
                rows = query.rows_after(connection, epoch, after, PAGE)
            if not rows:
                return
            yield from rows
            after = rows[-1].seq

    def _group(self, rows: list[Sealed]) -> Group:
        first, events = rows[0], []
        signal, stamp = None, Stamp(first.t, first.utc, ClockState.OK, "")
        for row in rows:
            try:
                plain = decode(row.body)
                known = signal_of(plain) if row is first else None
                events.append(event_of(plain))
            except UNREADABLE:
                self.unreadable += 1
                continue
            if known is not None:
                signal, stamp = known
        return Group(signal, stamp, tuple(events))


def _last(connection: Connection, epoch: int) -> int:
    return connection.execute(select(func.max(E.seq)).where(E.epoch == epoch)).scalar() or 0
