"""One SQLite file of the record, on the writer's side: the store or the spool."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select

from gateway.journal import batch as batches
from gateway.journal import connect, epochs, migrate, notes, query, schema
from gateway.journal.batch import Batch
from gateway.journal.chain import beginning
from gateway.journal.record import Gap, Head, Sealed
from rules.model.errors import DoorwardError

CHECKPOINT_ROWS = 5_000  # rows after which the WAL goes into the database file


class SegmentFailed(DoorwardError):
    """The segment could not store, or does not hold what it must. Its connection is gone; `reopen` it."""


class Segment:
    """A file with the journal's schema. All methods raise SegmentFailed; used by one thread at a time."""

    def __init__(self, path: Path, gateway: str) -> None:
        self.path = path
        self.gateway = gateway
        self.epoch = 0
        self.head: Head | None = None  # None until the segment was open once
        self.unchecked = 0  # rows in the WAL since the last checkpoint
        self._connection: Connection | None = None

    @property
    def ready(self) -> bool:
        """It has a connection, and nothing failed on it."""
        return self._connection is not None

    def create(self) -> None:
        """Open the file, make it if need be, migrate it, and check whose it is. Raises also DoorwardError."""
        new = not self.path.exists()
        with self._guard():
            self.path.touch(mode=0o600)  # its WAL takes the same rights
            self._connect()
            with self._transaction() as connection:
                migrate.upgrade(connection, str(self.path))
                owner = self._owner(connection)
            if new:
                connect.sync_folder(self.path.parent)
        if owner != self.gateway:
            self.close()
            raise DoorwardError(
                f"is the journal of another gateway, not of {self.gateway}",
                code="journal_foreign",
                where=str(self.path),
                got=owner,
            )

    def begin(self, epoch: int) -> Head:
        """Take the head of an epoch from the file."""
        self.epoch = epoch
        with self._guard(), self._transaction() as connection:
            self.head = query.head(connection, beginning(self.gateway, epoch))
        return self.head

    def settle(self, known: int, *, renew: bool) -> int:
        """The epoch the file goes on in; known: the highest epoch that marks outside the file tell of."""
        with self._guard(), self._transaction() as connection:
            return epochs.settle(connection, self.gateway, known, renew=renew)

    def strange(self, epoch: int) -> bool:
        """It holds events of another epoch."""
        with self._guard(), self._transaction() as connection:
            ends = (connection.execute(select(end(schema.event.c.epoch))).scalar() for end in (func.min, func.max))
            return any(found not in (None, epoch) for found in ends)

    def cursors(self) -> dict[str, int]:
        """Follower cursors, by name."""
        with self._guard(), self._transaction() as connection:
            return query.cursors(connection, self.epoch)

    def reopen(self) -> None:
        """After a failure: a new connection, the WAL's bytes written anew, and the head as the file has it.

        Raises SegmentFailed also where the file holds less than was durable in it.
        """
        self.close()
        if self.head is None:  # it could not be opened at the start
            self.create()
            self.begin(self.epoch)
            return
        with self._guard():
            self._connect()
            self.refresh()
            with self._transaction() as connection:
                found = query.head(connection, beginning(self.gateway, self.epoch))
            if found.seq < self.head.seq:
                self.close()
                raise SegmentFailed(
                    "holds less than was stored in it",
                    code="journal_shrunk",
                    where=str(self.path),
                    got=f"{found.seq} of {self.head.seq}",
                )
            self.head = found

    def refresh(self) -> None:
        """Make durable what a kill or a failed fsync left in the page cache; see `connect.refresh`."""
        with self._guard(), self._transaction():
            connect.refresh(Path(f"{self.path}-wal"))

    def write(self, batch: Batch) -> None:
        """Store a batch in one transaction; durable when this returns."""
        assert self.head is not None
        with self._guard(), self._transaction() as connection:
            batches.write(connection, batch)
        self.head = batches.head_after(self.head, batch)
        self.unchecked += len(batch.rows) + 1

    def rewrite(self, batch: Batch) -> None:
        """Reopen, compare what is there with the batch, and store the rest with the same seqs."""
        self.reopen()
        missing = batch.without(self.present(batch.rows))
        if missing:
            self.write(missing)

    def present(self, rows: list[Sealed]) -> set[int]:
        """Which of these events are there already. One that is there with another hash is a failure."""
        if not rows:
            return set()
        with self._guard(), self._transaction() as connection:
            found = query.hashes(connection, rows[0].epoch, rows[0].seq, rows[-1].seq)
        for row in rows:
            if found.get(row.seq, row.hash) != row.hash:
                self.close()
                raise SegmentFailed(
                    "holds another event under this number",
                    code="journal_conflict",
                    where=str(self.path),
                    got=str(row.seq),
                )
        return set(found)

    def rows(self, epoch: int, after: int, limit: int) -> list[Sealed]:
        """Events in order, for moving them elsewhere."""
        with self._guard(), self._transaction() as connection:
            return query.rows_after(connection, epoch, after, limit)

    def beside(self, epoch: int) -> tuple[list[Gap], notes.Taken]:
        """The gaps and notes, for moving them elsewhere."""
        with self._guard(), self._transaction() as connection:
            return query.gaps(connection, epoch), notes.read(connection)

    def heal(self, epoch: int) -> None:
        """Forget declared gaps whose events are there after all."""
        with self._guard(), self._transaction() as connection:
            for gap in query.healed(connection, query.gaps(connection, epoch)):
                at = schema.gap.c
                connection.execute(delete(schema.gap).where(at.epoch == gap.epoch, at.first == gap.first))

    def clear(self) -> None:
        """Empty the segment of this epoch's record: it is stored elsewhere."""
        with self._guard(), self._transaction() as connection:
            for table in (schema.event, schema.gap):
                connection.execute(delete(table).where(table.c.epoch == self.epoch))
            notes.clear(connection)
        self.head = beginning(self.gateway, self.epoch)
        self.checkpoint()

    def checkpoint(self) -> None:
        """Copy the WAL into the database file as far as readers allow."""
        with self._guard():
            self._raw().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        self.unchecked = 0

    def close(self) -> None:
        """Drop the connection; never raises."""
        gone, self._connection = self._connection, None
        if gone is not None:
            with suppress(*connect.STORAGE_ERRORS):
                gone.close()
            with suppress(*connect.STORAGE_ERRORS):
                gone.engine.dispose()

    def _connect(self) -> None:
        self._connection = connect.writer(self.path).connect()
        wrong = connect.settings(self._raw())
        if wrong != connect.REQUIRED:
            self.close()
            raise SegmentFailed(
                "does not take the settings that make it durable",
                code="journal_not_durable",
                where=str(self.path),
                got=str(wrong),
            )

    def _raw(self) -> sqlite3.Connection:
        assert self._connection is not None
        raw = self._connection.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        return raw

    def _owner(self, connection: Connection) -> str:
        found = connection.execute(
            select(schema.meta.c.value).where(schema.meta.c.key == "gateway")
        ).scalar_one_or_none()
        if found is None:
            connection.execute(insert(schema.meta).values(key="gateway", value=self.gateway))
            return self.gateway
        return str(found)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._connection is None:
            raise SegmentFailed("is not open", code="journal_segment_failed", where=str(self.path))
        with self._connection.begin():
            yield self._connection

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except connect.STORAGE_ERRORS as error:
            self.close()
            raise SegmentFailed(
                "failed", code="journal_segment_failed", where=str(self.path), got=connect.brief(error)
            ) from error
