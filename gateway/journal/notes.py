"""What is written beside the events: follower cursors, snapshots, rule sets."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Table, delete, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert

from gateway.journal import schema
from gateway.journal.record import Snapshot

SNAPSHOTS_KEPT = 3


@dataclass(slots=True)
class Taken:
    """Notes on their way into a transaction. cursors: name -> (epoch, seq); sites: rules_hash -> bytes."""

    cursors: dict[str, tuple[int, int]] = field(default_factory=dict)
    sites: dict[str, bytes] = field(default_factory=dict)
    snapshot: Snapshot | None = None

    def __bool__(self) -> bool:
        return bool(self.cursors or self.sites or self.snapshot)


class Notes:
    """Notes waiting for the writer. Any thread; never blocks for longer than a dictionary operation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = Taken()

    def cursor(self, name: str, epoch: int, seq: int) -> None:
        with self._lock:
            self._waiting.cursors[name] = (epoch, seq)

    def site(self, rules_hash: str, body: bytes) -> None:
        with self._lock:
            self._waiting.sites[rules_hash] = body

    def snapshot(self, snapshot: Snapshot) -> None:
        """Only the newest waits; an older one that was not written yet is of no use."""
        with self._lock:
            self._waiting.snapshot = snapshot

    def take(self, upto: int) -> Taken:
        """Everything that may be written once event `upto` is: a snapshot of later events stays."""
        with self._lock:
            taken, self._waiting = self._waiting, Taken()
            if taken.snapshot is not None and taken.snapshot.seq > upto:
                self._waiting.snapshot, taken.snapshot = taken.snapshot, None
            return taken


def write(connection: Connection, notes: Taken) -> None:
    """Write notes inside the connection's transaction."""
    for name, (epoch, seq) in notes.cursors.items():
        _put(connection, schema.cursor, {"name": name, "epoch": epoch, "seq": seq})
    for rules_hash, body in notes.sites.items():
        _put(connection, schema.site, {"rules_hash": rules_hash, "body": body})
    if notes.snapshot is not None:
        _put(connection, schema.snapshot, snapshot_row(notes.snapshot))
        _prune(connection)


def snapshot_row(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as its table holds it: with a digest of its body."""
    return {
        "epoch": snapshot.epoch,
        "seq": snapshot.seq,
        "hash": snapshot.hash,
        "version": snapshot.version,
        "digest": sha256(snapshot.body).digest(),
        "body": snapshot.body,
    }


def read(connection: Connection) -> Taken:
    """All the notes of a segment, to be written into another."""
    found = Taken()
    for name, epoch, seq in connection.execute(select(schema.cursor)):
        found.cursors[name] = (epoch, seq)
    for rules_hash, body in connection.execute(select(schema.site)):
        found.sites[rules_hash] = body
    kept = schema.snapshot.c
    newest = select(schema.snapshot).order_by(kept.epoch.desc(), kept.seq.desc()).limit(1)
    for row in connection.execute(newest):
        found.snapshot = Snapshot(row.epoch, row.seq, row.hash, row.version, row.body)
    return found


def clear(connection: Connection) -> None:
    """Remove all the notes of a segment."""
    for table in (schema.cursor, schema.site, schema.snapshot):
        connection.execute(delete(table))


def _upsert(table: Table) -> str:
    """The statement that writes a whole row of `table` over the one with the same key. Made once: a follower's cursor
    goes along with almost every commit, and composing its statement took longer than storing the events."""
    new = insert(table)
    rest = {name: new.excluded[name] for name, column in table.columns.items() if not column.primary_key}
    put = new.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest)
    return str(put.compile(dialect=sqlite.dialect(paramstyle="qmark")))


_UPSERTS = {table: _upsert(table) for table in (schema.cursor, schema.site, schema.snapshot)}


def _put(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    connection.exec_driver_sql(_UPSERTS[table], tuple(row[column.name] for column in table.columns))


def _prune(connection: Connection) -> None:
    kept = schema.snapshot.c
    rows = connection.execute(select(kept.epoch, kept.seq).order_by(kept.epoch.desc(), kept.seq.desc()))
    for epoch, seq in rows.fetchall()[SNAPSHOTS_KEPT:]:
        connection.execute(delete(schema.snapshot).where(kept.epoch == epoch, kept.seq == seq))
