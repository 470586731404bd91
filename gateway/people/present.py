"""The directory as a synchronisation finds it, read once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.people import tables


class Present:
    """The directory as it is. people: by reference; refs: by id; cards: by token; held: a person's cards."""

    def __init__(self, conn: Connection) -> None:
        people = conn.execute(select(tables.person).where(tables.person.c.ref.is_not(None))).all()
        self.people: dict[str, Row[Any]] = {row.ref: row for row in people}
        self.refs: dict[str, str] = {row.id: row.ref for row in people}
        self.cards: dict[str, Row[Any]] = {row.token: row for row in conn.execute(select(tables.credential)).all()}
        self.held: dict[str, list[Row[Any]]] = {}
        for row in self.cards.values():
            if row.person is not None:
                self.held.setdefault(row.person, []).append(row)
