"""The change log: who changed what when, chained by digests. It holds no name, HR id, attribute value or number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select

from gateway.people import tables
from rules.model.canonical import canonical_bytes, to_plain

GENESIS = "00" * 32


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the log. rev: of its transaction; n: 1-based within it; utc: us; detail: JSON text."""

    rev: int
    n: int
    utc: int
    actor: str
    person: str | None
    token: str | None
    what: str
    detail: str
    digest: str = ""


def digest_of(previous: str, change: Change) -> str:
    """hex of SHA-256 over the previous digest and the canonical bytes of the change without its own digest."""
    plain = to_plain(replace(change, digest=""))
    return hashlib.sha256(bytes.fromhex(previous) + canonical_bytes(plain)).hexdigest()


def first_break(changes: Iterable[Change], previous: str = GENESIS) -> Change | None:
    """The first change whose digest does not follow from the one before, or None."""
    for change in changes:
        if digest_of(previous, change) != change.digest:
            return change
        previous = change.digest
    return None


def head(conn: Connection) -> int:
    """The revision of the directory; 0 for a new one."""
    return conn.execute(select(func.max(tables.change.c.rev))).scalar_one() or 0


def since(conn: Connection, rev: int) -> list[Change]:
    """Changes after `rev`, in order."""
    return _chosen(conn, tables.change.c.rev > rev)


def of(conn: Connection, person: str) -> list[Change]:
    """Changes of one person, in order."""
    return _chosen(conn, tables.change.c.person == person)


def _chosen(conn: Connection, condition: ColumnElement[bool]) -> list[Change]:
    c = tables.change.c
    rows = conn.execute(select(tables.change).where(condition).order_by(c.rev, c.n))
    return [Change(**row._mapping) for row in rows]


class Log:
    """The notes of one transaction; `write` gives them the next revision."""

    def __init__(self, conn: Connection, actor: str, utc: int) -> None:
        self.conn = conn
        self.actor = actor
        self.utc = utc
        self._notes: list[tuple[str, str | None, str | None, Mapping[str, Any]]] = []

    def note(self, what: str, person: str | None = None, token: str | None = None, **detail: Any) -> None:
        """Remember one change. detail: plain values that name nobody."""
        self._notes.append((what, person, token, detail))

    def write(self) -> int:
        """Store the notes; returns the revision of the directory, unchanged if there were none."""
        rev = head(self.conn)
        if not self._notes:
            return rev
        rows = [to_plain(change) for change in self._chained(rev + 1, self._last_digest())]
        self.conn.execute(insert(tables.change), rows)
        return rev + 1

    def _last_digest(self) -> str:
        c = tables.change.c
        newest = select(c.digest).order_by(c.rev.desc(), c.n.desc()).limit(1)
        return self.conn.execute(newest).scalar_one_or_none() or GENESIS

    def _chained(self, rev: int, previous: str) -> Iterable[Change]:
        for n, (what, person, token, detail) in enumerate(self._notes, 1):
            text = json.dumps(detail, sort_keys=True, separators=(",", ":"))
            bare = Change(rev, n, self.utc, self.actor, person, token, what, text)
            previous = digest_of(previous, bare)
            yield replace(bare, digest=previous)
