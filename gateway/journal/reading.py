"""Reads for followers and the command line, each on a connection of its own. Blocking; run in a thread."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Select, func, select

from gateway.journal import query, schema
from gateway.journal.connect import reader
from gateway.journal.record import Sealed, Snapshot

E = schema.event.c


@dataclass(frozen=True, slots=True)
class Reading:
    """Questions over the segments of one epoch, the store first. All raise DoorwardError `journal_unreadable`."""

    files: list[Path]
    epoch: int

    def rows(self, after: int, limit: int) -> list[Sealed]:
        """Events in order, each once.

        The spool is read first: what was moved out of it after that is found in the store.
        """
        found: dict[int, Sealed] = {}
        for path in reversed(self.files):
            with reader(path) as connection:
                for row in query.rows_after(connection, self.epoch, after, limit):
                    found[row.seq] = row
        return [found[seq] for seq in sorted(found)[:limit]]

    def snapshot(self) -> Snapshot | None:
        """The newest valid one of any segment."""
        found = []
        for path in self.files:
            with reader(path) as connection:
                found.append(query.snapshot(connection, self.epoch))
        return max((one for one in found if one is not None), key=lambda one: one.seq, default=None)

    def site(self, rules_hash: str) -> bytes | None:
        """Rule bytes, from whichever segment has them."""
        for path in self.files:
            with reader(path) as connection:
                body = query.site(connection, rules_hash)
            if body is not None:
                return body
        return None

    def seq_of(self, stream: str, n: int) -> int:
        """The seq of the first event of a stream with a number of at least `n`, or one past the last event.

        The spool is read first, as in `rows`; what both have is found where it came first, in the store.
        """
        last, found = 0, []
        for path in reversed(self.files):
            with reader(path) as connection:
                seq, last = _seq_of(connection, self.epoch, stream, n), max(last, _last(connection, self.epoch))
            if seq is not None:
                found.append(seq)
        return min(found, default=last + 1)

    def sizes(self) -> dict[str, int | str]:
        """Bytes on disk."""
        names = ("store", "spool")
        found: dict[str, int | str] = {}
        for name, path in zip(names, self.files, strict=False):
            found[f"{name}_bytes"] = size(path)
            found[f"{name}_wal_bytes"] = size(Path(f"{path}-wal"))
        return found


def size(path: Path) -> int:
    """Bytes of a file; 0 where there is none, as a WAL comes and goes."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _last(connection: Connection, epoch: int) -> int:
    return connection.execute(select(func.max(E.seq)).where(E.epoch == epoch)).scalar() or 0


def _seq_of(connection: Connection, epoch: int, stream: str, n: int) -> int | None:
    if stream != "event":
        rare = select(func.min(E.seq)).where(E.epoch == epoch, query.RARE, E.stream == stream, E.n >= n)
        found: int | None = connection.execute(rare).scalar()
        return found

    # n of the main stream rises with seq, so it is found by halving over the primary key.
    def reached(seq: int) -> bool:
        row = connection.execute(_next_main(epoch, seq)).one_or_none()
        return row is None or row.n >= n

    last = _last(connection, epoch)
    at = bisect_left(range(1, last + 2), True, key=reached) + 1
    row = connection.execute(_next_main(epoch, at)).one_or_none()
    return row.seq if row is not None else None


def _next_main(epoch: int, seq: int) -> Select[tuple[int, int]]:
    return select(E.seq, E.n).where(E.epoch == epoch, E.seq >= seq, E.stream == "event").order_by(E.seq).limit(1)
