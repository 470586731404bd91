"""People and cards as the desk sees them. Their `repr` shows ids alone, so that no log gets a name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from gateway.people import suspensions, tables
from gateway.people.load import split_attributes, split_groups
from gateway.people.suspensions import Suspension


@dataclass(frozen=True, slots=True)
class CardRecord:
    """One card. token: what it is known by; tail: the last two digits of its number."""

    token: str = field(repr=False)
    person: str | None
    format: str
    tail: str
    status: str
    begins: int | None
    ends: int | None
    source: str


_CARDS = select(*(tables.credential.c[of.name] for of in fields(CardRecord)))  # nobody is shown who has a duress PIN


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """One person with the cards. blocked: None or why (`desk`, `leaver`). Times are us since 1970.

    kind, host: of a visitor or contractor, else None; suspensions: those past their end included.
    """

    id: str
    ref: str | None = field(repr=False)
    name: str = field(repr=False)
    groups: frozenset[str]
    attributes: tuple[tuple[str, str], ...] = field(repr=False)
    blocked: str | None
    begins: int | None
    ends: int | None
    extended: bool
    has_pin: bool
    source: str
    kind: str | None
    host: str | None
    cards: tuple[CardRecord, ...] = ()
    suspensions: tuple[Suspension, ...] = ()

    def suspended(self, now: int) -> bool:
        return any(one.holds(now) for one in self.suspensions)


def people(conn: Connection, which: ColumnElement[bool] | None = None) -> list[PersonRecord]:
    """Everybody, or those of a condition, by name."""
    cards: dict[str | None, list[CardRecord]] = {}
    for card in _cards(conn.execute(_CARDS.order_by(tables.credential.c.token))):
        cards.setdefault(card.person, []).append(card)
    query = select(tables.person).order_by(tables.person.c.name, tables.person.c.id)
    rows = conn.execute(query if which is None else query.where(which))
    held = suspensions.all_of(conn)
    return [_person(row, tuple(cards.get(row.id, ())), held.get(row.id, ())) for row in rows]


def person(conn: Connection, row: Row[Any]) -> PersonRecord:
    """A person's row with the cards."""
    c = tables.credential.c
    found = conn.execute(_CARDS.where(c.person == row.id).order_by(c.token))
    return _person(row, tuple(_cards(found)), suspensions.all_of(conn, row.id).get(row.id, ()))


def _cards(rows: Iterable[Row[Any]]) -> Iterable[CardRecord]:
    return (CardRecord(**row._mapping) for row in rows)


def _person(row: Row[Any], cards: tuple[CardRecord, ...], held: tuple[Suspension, ...]) -> PersonRecord:
    return PersonRecord(
        id=row.id,
        ref=row.ref,
        name=row.name,
        groups=split_groups(row.groups),
        attributes=split_attributes(row.attributes),
        blocked=row.blocked,
        begins=row.begins,
        ends=row.ends,
        extended=bool(row.extended),
        has_pin=row.pin is not None,
        source=row.source,
        kind=row.kind,
        host=row.host,
        cards=cards,
        suspensions=held,
    )
