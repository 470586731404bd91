"""The files of a journal, the store and the spool, read as one stream beside a running daemon."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, NoReturn

from gateway.journal.chain import link
from gateway.journal.connect import reader
from gateway.journal.opening import SPOOL, STORE
from rules.model.errors import ConfigError, DoorwardError

PAGE = 5_000

# Plain rows of the driver: packed or mapped ones would cost more than all that is done with them.
_PAGE = 'SELECT seq, type, t, utc, body, hash, "first" FROM event WHERE epoch = ? AND seq > ? ORDER BY seq LIMIT ?'
_OWNER = "SELECT value FROM meta WHERE key = 'gateway'"


class Row(NamedTuple):
    """An event as stored. first: of its signal's group; t, utc: us."""

    seq: int
    type: str
    t: int
    utc: int
    body: bytes
    hash: bytes
    first: int


@dataclass(frozen=True, slots=True)
class Segments:
    """store: a journal.db; spool: what was stored elsewhere while its disk failed, if there is such a file.

    Everything raises DoorwardError `journal_unreadable`.
    """

    store: Path
    spool: Path | None = None

    def owner(self) -> str:
        """The gateway whose store it is."""
        return _owner(self.store)

    def epochs(self) -> list[int]:
        """In order; each begins with nothing known. The spool's are those of the store."""
        with _reading(self.store) as raw:
            return [epoch for (epoch,) in raw.execute("SELECT epoch FROM epoch ORDER BY epoch")]

    def first_utc(self) -> int | None:
        """When the record begins, us since 1970; None for an empty one."""
        for epoch in self.epochs():
            if rows := self._page(epoch, 0, 1):
                return rows[0].utc
        return None

    def last(self, epoch: int) -> int:
        """The last seq of an epoch, 0 for none."""
        found = []
        for path in self._files():
            with _reading(path) as raw:
                found.append(raw.execute("SELECT max(seq) FROM event WHERE epoch = ?", (epoch,)).fetchone()[0] or 0)
        return max(found)

    def pages(self, epoch: int) -> Iterator[list[Row]]:
        """Every event once and in order, in short reads, so that a running daemon can go on with its files.

        Raises also DoorwardError `journal_conflict` where the spool is not of this record.
        """
        last: Row | None = None
        while rows := self._page(epoch, last.seq if last else 0, PAGE, last):
            yield rows
            last = rows[-1]

    def _files(self) -> tuple[Path, ...]:
        """The spool first: what is moved out of it meanwhile is then found in the store."""
        return (self.store,) if self.spool is None else (self.spool, self.store)

    def _page(self, epoch: int, after: int, limit: int, last: Row | None = None) -> list[Row]:
        spooled = [] if self.spool is None else _rows(self.spool, epoch, after, limit)
        stored = _rows(self.store, epoch, after, limit)
        if not spooled:
            return stored
        found = {row.seq: row for row in spooled}
        for row in stored:
            if found.setdefault(row.seq, row).hash != row.hash:
                self._conflict(row.seq)
        rows = [found[seq] for seq in sorted(found)[:limit]]
        self._check(epoch, {row.seq for row in spooled}, [*([last] if last else []), *rows])
        return rows

    def _check(self, epoch: int, spooled: set[int], rows: list[Row]) -> None:
        """What the spool holds must follow from the event before it, by its hash."""
        for before, row in pairwise(rows):
            follows = row.seq in spooled and row.seq == before.seq + 1
            if follows and not _proven(before.hash, epoch, row):
                self._conflict(row.seq)

    def _conflict(self, seq: int) -> None:
        text = f"is not the spool of {self.store}, or one of the two is damaged"
        raise DoorwardError(text, code="journal_conflict", where=str(self.spool), got=f"event {seq}")


def store_at(path: Path) -> Path:
    """The journal.db that a file or its folder names; raises ConfigError where there is none."""
    return _file(path, STORE) or _lacking(path, "journal", "journal_missing")


def spool_at(path: Path) -> Path:
    """The spool that a file or its folder names; raises ConfigError where there is none."""
    return _file(path, SPOOL) or _lacking(path, "spool of a journal", "spool_missing")


def _file(path: Path, name: str) -> Path | None:
    try:
        found = path / name if path.is_dir() else path
        return found if found.is_file() else None
    except OSError as error:
        raise ConfigError(f"cannot be looked at: {error.strerror}", code="unreadable", where=str(path)) from error


def _lacking(path: Path, what: str, code: str) -> NoReturn:
    raise ConfigError(f"holds no {what}", code=code, where=str(path))


def refused(store: Segments, spool: Path) -> str | None:
    """Why a file is not the spool of this store, or None."""
    try:
        owner = _owner(spool)
    except DoorwardError as error:
        return f"cannot be read ({error.got})"
    return None if owner == store.owner() else f"belongs to another gateway, {owner}"


def _proven(prev: bytes, epoch: int, row: Row) -> bool:
    return isinstance(row.body, bytes) and link(prev, epoch, row.seq, row.body) == row.hash


def _owner(path: Path) -> str:
    with _reading(path) as raw:
        row = raw.execute(_OWNER).fetchone()
        return str(row[0]) if row else ""


def _rows(path: Path, epoch: int, after: int, limit: int) -> list[Row]:
    with _reading(path) as raw:
        return list(map(Row._make, raw.execute(_PAGE, (epoch, after, limit))))


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with reader(path) as connection:
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        yield raw
