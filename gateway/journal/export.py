"""The record for people: the newest events and figures, read beside a running daemon. Blocking."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, func, select

from gateway.journal import query, schema
from gateway.journal.connect import reader
from gateway.journal.reading import size
from gateway.journal.record import Sealed

E = schema.event.c


def read_tail(path: Path, count: int) -> list[Sealed]:
    """The last `count` events of a journal.db, oldest first. Raises DoorwardError `journal_unreadable`."""
    with reader(path) as connection:
        epoch, last = _end(connection)
        return query.rows_after(connection, epoch, max(0, last - count), count)


def read_after(path: Path, epoch: int, seq: int, limit: int = 500) -> list[Sealed]:
    """Up to `limit` events after one already shown; the following epoch's when this one has no more."""
    with reader(path) as connection:
        newest, _ = _end(connection)
        rows = query.rows_after(connection, epoch, seq, limit)
        return rows or (query.rows_after(connection, newest, 0, limit) if newest > epoch else [])


def read_stats(path: Path) -> dict[str, int | str | dict[str, int]]:
    """Figures of a journal.db: whose it is, its head, events by class, sizes, cursors, snapshots, gaps."""
    with reader(path) as connection:
        epoch, last = _end(connection)
        newest = query.rows_after(connection, epoch, last - 1, 1) if last else []
        snapshots = select(func.count()).where(schema.snapshot.c.epoch == epoch)
        return {
            "gateway": _gateway(connection),
            "epoch": epoch,
            "head": last,
            "hash": newest[0].hash.hex() if newest else "",
            "utc": newest[0].utc if newest else 0,
            "streams": query.counts(connection, epoch),
            "lost": sum(gap.last - gap.first + 1 for gap in query.gaps(connection, epoch)),
            "cursors": query.cursors(connection, epoch),
            "snapshots": connection.execute(snapshots).scalar_one(),
            "bytes": size(path),
            "wal_bytes": size(Path(f"{path}-wal")),
        }


def _gateway(connection: Connection) -> str:
    return str(connection.execute(select(schema.meta.c.value).where(schema.meta.c.key == "gateway")).scalar_one())


def _end(connection: Connection) -> tuple[int, int]:
    """The newest epoch and its last seq; an epoch may hold nothing yet."""
    epoch = connection.execute(select(func.max(schema.epoch.c.epoch))).scalar() or 1
    last = connection.execute(select(func.max(E.seq)).where(E.epoch == epoch)).scalar()
    return epoch, last or 0
