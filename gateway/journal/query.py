"""Questions to a segment; each is one short read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Integer, func, literal_column, select
from sqlalchemy import cast as as_type

from gateway.journal import schema
from gateway.journal.record import Gap, Head, Sealed, Snapshot

E = schema.event.c
RARE = E.stream != literal_column("'event'")  # a literal, or SQLite could not use the partial index


def rows_after(connection: Connection, epoch: int, after: int, limit: int) -> list[Sealed]:
    """Up to `limit` events after seq `after`.

    SQLite packs them into one JSON value, so that the interpreter lock changes hands once and not once a row.
    """
    page = select(schema.event).where(E.epoch == epoch, E.seq > after).order_by(E.seq).limit(limit).subquery()
    c = page.c
    packed = func.json_array(
        c.seq, c.stream, c.n, c.cls, c.type, c.t, c.utc, func.hex(c.body), func.hex(c.hash), as_type(c.first, Integer)
    )
    found: list[Any] = json.loads(connection.execute(select(func.json_group_array(packed))).scalar_one())
    return [_sealed(epoch, *row) for row in sorted(found)]


def _sealed(
    epoch: int, seq: int, stream: str, n: int, cls: str, type: str, t: int, utc: int, body: str, hash: str, first: int
) -> Sealed:
    return Sealed(epoch, seq, stream, n, cls, type, t, utc, bytes.fromhex(body), bytes.fromhex(hash), bool(first))


def hashes(connection: Connection, epoch: int, first: int, last: int) -> dict[int, bytes]:
    """seq -> hash of the events `first`..`last` that are there."""
    rows = connection.execute(select(E.seq, E.hash).where(E.epoch == epoch, E.seq.between(first, last)))
    return {row.seq: row.hash for row in rows}


def gaps(connection: Connection, epoch: int) -> list[Gap]:
    """The declared gaps of an epoch, in order."""
    rows = connection.execute(select(schema.gap).where(schema.gap.c.epoch == epoch).order_by(schema.gap.c.first))
    return [Gap(row.epoch, row.first, row.last, row.hash, json.loads(row.n)) for row in rows]


def head(connection: Connection, start: Head) -> Head:
    """The head of `start`'s epoch; `start` itself where the segment holds nothing of it."""
    newest = select(schema.event).where(E.epoch == start.epoch).order_by(E.seq.desc()).limit(1)
    row = connection.execute(newest).mappings().one_or_none()
    found = start
    if row is not None:
        n = counts(connection, start.epoch)
        found = Head(start.epoch, row["seq"], row["hash"], n, row["t"], row["utc"], row["type"])
    for gap in gaps(connection, start.epoch):
        n = {stream: max(found.n.get(stream, 0), gap.n.get(stream, 0)) for stream in {*found.n, *gap.n}}
        found = replace(found, n=n)
        if gap.last > found.seq:
            found = replace(found, seq=gap.last, hash=gap.hash, type="")
    return found


def counts(connection: Connection, epoch: int) -> dict[str, int]:
    """The last n of each stream. The main one is at the end of the table, the rare ones have an index."""
    main = select(E.stream, E.n).where(E.epoch == epoch, E.stream == "event").order_by(E.seq.desc()).limit(1)
    rare = select(E.stream, func.max(E.n)).where(E.epoch == epoch, RARE).group_by(E.stream)
    return {stream: n for query in (main, rare) for stream, n in connection.execute(query)}


def snapshot(connection: Connection, epoch: int) -> Snapshot | None:
    """The newest snapshot that is whole and whose event the record holds with the same hash."""
    kept = schema.snapshot.c
    query = select(schema.snapshot).where(kept.epoch == epoch).order_by(kept.seq.desc())
    for row in connection.execute(query).fetchall():
        bound = row.seq == 0 or hashes(connection, epoch, row.seq, row.seq).get(row.seq) == row.hash
        whole = isinstance(row.body, bytes) and sha256(row.body).digest() == row.digest
        if bound and whole:
            return Snapshot(row.epoch, row.seq, row.hash, row.version, row.body)
    return None


def cursors(connection: Connection, epoch: int) -> dict[str, int]:
    """Follower cursors of an epoch; those of an earlier one start anew."""
    rows = connection.execute(select(schema.cursor).where(schema.cursor.c.epoch == epoch))
    return {row.name: row.seq for row in rows}


def site(connection: Connection, rules_hash: str) -> bytes | None:
    """The rule bytes kept under a hash."""
    found: bytes | None = connection.execute(
        select(schema.site.c.body).where(schema.site.c.rules_hash == rules_hash)
    ).scalar_one_or_none()
    return found


def active_rules(connection: Connection) -> str:
    """The hash of the rule set that was active last; "" where none was."""
    activated = select(E.body).where(E.type == "SiteActivated").order_by(E.epoch.desc(), E.seq.desc()).limit(1)
    body: bytes | None = connection.execute(activated).scalar_one_or_none()
    return str(json.loads(body)["data"]["rules_hash"]) if body is not None else ""


def healed(connection: Connection, declared: Iterable[Gap]) -> list[Gap]:
    """Which of these gaps are no gaps any more: all their events are there after all."""
    return [
        gap
        for gap in declared
        if connection.execute(
            select(func.count())
            .select_from(schema.event)
            .where(E.epoch == gap.epoch, E.seq.between(gap.first, gap.last))
        ).scalar_one()
        == gap.last - gap.first + 1
    ]
