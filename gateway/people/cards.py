"""Edits of cards, each within a transaction and noted in its log. A card is its token: no number is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from gateway.people import tables
from gateway.people.changes import Log
from rules.credential import FORMATS, encode, tail, token
from rules.model.errors import ConfigError, Refused
from rules.people import CredentialStatus

DIGITS = 32  # of a token
_TOKEN = re.compile(r"[0-9a-f]{8,64}")  # longer ones stand in older records
_NUMBER = re.compile(r"[0-9]{1,20}|0x[0-9a-f]{1,16}", re.ASCII | re.IGNORECASE)

_token = tables.credential.c.token

AS_NEW: Mapping[str, None] = {"begins": None, "ends": None, "duress": None}
"""What goes with the holder of a card."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the directory knows it. Its number is gone already."""

    token: str = field(repr=False)
    format: str
    tail: str


def parse_number(text: str) -> int | None:
    """A card's number or facility, decimal or 0x hexadecimal; None if it is neither."""
    if not _NUMBER.fullmatch(text):
        return None
    return int(text, 16 if text[:2].lower() == "0x" else 10)


def card(pepper: bytes, format: str, facility: int | None, number: int) -> Card:
    """The card of this number; raises ConfigError `bad_card`, which never quotes it."""
    layout = FORMATS.get(format)
    if layout is not None and layout.identity != format:
        raise ConfigError(f"write {layout.identity}", code="bad_card", where="format", got=format)
    encode(format, facility, number)
    return Card(token(pepper, format, facility, number), format, tail(number))


def find(conn: Connection, start: str) -> Row[Any]:
    """The row of a card by its token or the first 8 or more digits of it; raises Refused `unknown_card`."""
    if not _TOKEN.fullmatch(start):
        raise Refused("a card is named by 8 or more digits of its token", code="unknown_card")
    rows = conn.execute(select(tables.credential).where(_token.startswith(start[:DIGITS])).limit(2)).all()
    if len(rows) != 1:
        raise Refused("several such cards" if rows else "no such card", code="unknown_card", got=start)
    return rows[0]


def assign(log: Log, person: str, new: Card, *, source: str = "desk") -> None:
    """Give a new or unassigned card to a person; raises Refused `card_taken` or `card_not_active`."""
    row = log.conn.execute(select(tables.credential).where(_token == new.token)).one_or_none()
    if row is None:
        issue_many(log, [(person, new)], source)
        return
    if row.person is not None:
        raise Refused("this card is given already", code="card_taken", got=row.person)
    if row.status != CredentialStatus.ACTIVE:
        raise Refused("this card is not active", code="card_not_active", got=row.status)
    move(log, new.token, person, source)


def issue_many(log: Log, cards: Iterable[tuple[str, Card]], source: str) -> None:
    """Give cards known to be new, each to its person."""
    rows = [
        {
            "token": new.token,
            "person": person,
            "format": new.format,
            "tail": new.tail,
            "status": CredentialStatus.ACTIVE.value,
            "source": source,
        }
        for person, new in cards
    ]
    for row in rows:
        log.note("card_assigned", row["person"], row["token"], format=row["format"], tail=row["tail"])
    if rows:
        log.conn.execute(insert(tables.credential), rows)


def move(log: Log, token: str, person: str | None, source: str) -> None:
    """Give a card the directory holds to a person, or to nobody."""
    move_many(log, [(token, person)], source)


def move_many(log: Log, cards: Iterable[tuple[str, str | None]], source: str) -> None:
    """Give cards the directory holds to people, or to nobody."""
    rows = [{"key": token, "holder": person} for token, person in cards]
    for row in rows:
        log.note("card_assigned" if row["holder"] else "card_unassigned", row["holder"], row["key"])
    if rows:
        values: dict[str, Any] = {"person": bindparam("holder"), "source": source, **AS_NEW}
        log.conn.execute(update(tables.credential).where(_token == bindparam("key")).values(values), rows)


def unassign(log: Log, start: str) -> str:
    """Take a card back; it stays known, as nobody's. Returns the token."""
    row = find(log.conn, start)
    if row.person is not None:
        log.conn.execute(update(tables.credential).where(_token == row.token).values(person=None, **AS_NEW))
        log.note("card_unassigned", row.person, row.token)
    return str(row.token)


def set_status(log: Log, start: str, status: CredentialStatus) -> str:
    """Say what became of a card: active, disabled, lost or stolen. Returns the token."""
    row = find(log.conn, start)
    if row.status != status:
        log.conn.execute(update(tables.credential).where(_token == row.token).values(status=status.value))
        log.note("card_status", row.person, row.token, status=status.value)
    return str(row.token)
