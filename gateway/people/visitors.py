"""Visitors and contractors: people with a host and an end, and the badges that are to come back."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.people import cards, persons, records, suspensions, tables
from gateway.people.cards import Card
from gateway.people.changes import Log
from gateway.people.persons import NewPerson
from gateway.people.records import PersonRecord
from rules.credential import PIN_ALONE
from rules.model.errors import Refused
from rules.people import CredentialStatus

_p = tables.person.c
_MISSING = frozenset({CredentialStatus.LOST, CredentialStatus.STOLEN})  # badges nobody can bring back


class HostState(StrEnum):
    """Whether somebody still answers for a visitor."""

    PRESENT = "present"
    BLOCKED = "blocked"
    SUSPENDED = "suspended"
    ENDED = "ended"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Visit:
    """One visitor or contractor. host: reference or id, and name, as far as known; overdue: past the end with a
    badge that did not come back."""

    person: PersonRecord
    host: str = field(repr=False)
    host_name: str = field(repr=False)
    host_state: HostState
    ended: bool
    overdue: bool


def admit(log: Log, new: NewPerson, host: str, card: Card | None = None) -> str:
    """Add a visitor or contractor of a host (id or reference), with a badge; returns the id.

    Raises Refused: `host_not_present`, `already_over`, `card_taken` and those of `persons.add`.
    """
    row = persons.find(log.conn, host)
    state = _state(row, suspensions.held_now(log.conn, log.utc), log.utc)
    if state is not HostState.PRESENT or row.kind is not None:
        raise Refused("a host is one of your own people with access", code="host_not_present", got=row.kind or state)
    if new.ends is not None and new.ends <= log.utc:
        raise Refused("this end is over already", code="already_over")
    ident = persons.add(log, replace(new, host=row.id))
    if card is not None:
        cards.assign(log, ident, card)
    return ident


def extend(log: Log, who: str, ends: int) -> str:
    """Give a visitor or contractor another end; returns the id."""
    row = persons.find(log.conn, who)
    if row.kind is None:
        raise Refused("neither a visitor nor a contractor", code="not_a_visitor", got=row.id)
    if ends <= max(log.utc, row.begins or 0):
        raise Refused("this end is over already, or before the beginning", code="already_over")
    if ends != row.ends:
        persons.change(log, row.id, {"ends": ends})
    return str(row.id)


def visits(conn: Connection, now: int) -> list[Visit]:
    """Every visitor and contractor, those who should have gone first."""
    suspended = suspensions.held_now(conn, now)
    people = records.people(conn, _p.kind.is_not(None))
    guest = tables.person.alias()
    wanted = select(guest.c.host).where(guest.c.kind.is_not(None))
    hosts = {row.id: row for row in conn.execute(select(tables.person).where(_p.id.in_(wanted)))}
    found = [_visit(one, hosts.get(one.host or ""), suspended, now) for one in people]
    return sorted(found, key=lambda visit: (not visit.overdue, visit.person.ends or 0, visit.person.id))


def _visit(one: PersonRecord, host: Row[Any] | None, suspended: Set[str], now: int) -> Visit:
    ended = one.ends is not None and one.ends <= now
    overdue = ended and any(card.status not in _MISSING and card.format != PIN_ALONE for card in one.cards)
    state = _state(host, suspended, now)
    if host is None:
        return Visit(one, one.host or "", "", state, ended, overdue)
    return Visit(one, host.ref or host.id, host.name, state, ended, overdue)


def _state(host: Row[Any] | None, suspended: Set[str], now: int) -> HostState:
    if host is None:
        return HostState.GONE
    if host.blocked is not None:
        return HostState.BLOCKED
    if host.id in suspended:
        return HostState.SUSPENDED
    if host.ends is not None and host.ends <= now:
        return HostState.ENDED
    return HostState.PRESENT
