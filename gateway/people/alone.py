"""PINs that are credentials by themselves: one of a person, found by its token, and a duress PIN beside it.

A PIN is nobody's before it is given, whatever it is given as. Refused `pin_taken` says neither whose it is nor what.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update

from gateway.people import cards, tables
from gateway.people.cards import Card
from gateway.people.changes import Log
from rules.credential import PIN_ALONE
from rules.model.errors import Refused

_c = tables.credential.c


def give(log: Log, person: str, token: str) -> None:
    """Set somebody's PIN in place of an earlier one, whose duress PIN stays; raises Refused `pin_taken`."""
    former = _held(log.conn, person)
    if _is_duress(log.conn, token):
        raise _taken()
    try:
        cards.assign(log, person, Card(token, PIN_ALONE, ""))
    except Refused:
        raise _taken() from None
    for row in former:
        cards.unassign(log, row.token)
    _keep_duress(log, token, next((row.duress for row in former if row.duress), None))


def give_duress(log: Log, person: str, token: str) -> None:
    """Set the PIN that opens like somebody's own and raises the silent alarm; raises Refused `no_pin`, `pin_taken`."""
    held = _held(log.conn, person)
    if not held:
        raise Refused("a duress PIN needs an ordinary one first", code="no_pin")
    if _is_duress(log.conn, token) or log.conn.execute(select(_c.token).where(_c.token == token)).first():
        raise _taken()
    _keep_duress(log, held[0].token, token)
    log.note("pin_set", person)


def take(log: Log, person: str) -> None:
    """Take somebody's PIN away, and its duress PIN with it."""
    for row in _held(log.conn, person):
        cards.unassign(log, row.token)


def identify(conn: Connection, token: str) -> tuple[str, bool]:
    """What the PIN of a token opens by: itself, or as a duress PIN (True) the ordinary one. One query in any case."""
    ordinary = conn.execute(select(_c.token).where(or_(_c.token == token, _c.duress == token))).scalar()
    return (token, False) if ordinary in (None, token) else (str(ordinary), True)


def allocated(conn: Connection) -> int:
    """How many such PINs are given, those for duress included."""
    count = select(func.count(_c.token) + func.count(_c.duress))
    return int(conn.execute(count.where(_c.format == PIN_ALONE, _c.person.is_not(None))).scalar_one())


def _held(conn: Connection, person: str) -> list[Row[Any]]:
    """Of a directory made when several could be given: all of them."""
    own = select(_c.token, _c.duress).where(_c.person == person, _c.format == PIN_ALONE)
    return list(conn.execute(own.order_by(_c.token)))


def _is_duress(conn: Connection, token: str) -> bool:
    return conn.execute(select(_c.token).where(_c.duress == token)).first() is not None


def _keep_duress(log: Log, token: str, duress: str | None) -> None:
    log.conn.execute(update(tables.credential).where(_c.token == token).values(duress=duress))


def _taken() -> Refused:
    return Refused("this PIN cannot be given: choose another", code="pin_taken")
