"""Suspensions: many people kept out at once, by group or attribute, and let in again together.

They stand beside the blocks of desk and file: none of the three lifts another. A suspension is of those whom its
scope means on that day; who joins later is not suspended (a `deny` rule would mean them as well).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from gateway.people import changes, tables
from gateway.people.changes import Log
from gateway.people.load import split_attributes, split_groups
from gateway.people.persons import ATTRIBUTE, HIDDEN
from rules.model.errors import Refused
from rules.model.ids import is_id

_p = tables.person.c
_s = tables.suspension.c
_m = tables.suspended.c
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a suspension means: a group (key "") or everybody with an attribute of this value."""

    key: str
    value: str = field(repr=False)

    @classmethod
    def of(cls, key: str, value: str) -> Scope:
        """Raises Refused `bad_scope`."""
        good = is_id(value) if not key else ATTRIBUTE.fullmatch(key) and value and not HIDDEN.search(value)
        if not good:
            raise Refused("neither a group nor an attribute with a value", code="bad_scope", where=key or "group")
        return cls(key, value)

    @property
    def text(self) -> str:
        """`group staff` or `company=acme`."""
        return f"{self.key}={self.value}" if self.key else f"group {self.value}"

    def means(self, row: Row[Any]) -> bool:
        if not self.key:
            return self.value in split_groups(row.groups)
        return (self.key, self.value) in split_attributes(row.attributes)


@dataclass(frozen=True, slots=True)
class Person:
    """One of those a plan is about. until: of the suspension that there is."""

    id: str
    ref: str | None = field(repr=False)
    name: str = field(repr=False)
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom a suspension or its end concerns, as of revision `rev`. matched: how many the scope means at all."""

    scope: Scope
    until: int | None
    people: tuple[Person, ...]
    matched: int
    rev: int


@dataclass(frozen=True, slots=True)
class Suspension:
    """One that somebody is under. Times are us since 1970; until None: till it is lifted."""

    id: str
    scope: str = field(repr=False)
    reason: str = field(repr=False)
    until: int | None
    utc: int
    actor: str

    def holds(self, now: int) -> bool:
        return self.until is None or now < self.until


def to_suspend(conn: Connection, scope: Scope, until: int | None) -> Plan:
    """Everybody the scope means who is not suspended by it until then already."""
    meant = [row for row in conn.execute(select(tables.person).order_by(_p.name, _p.id)) if scope.means(row)]
    there = {row.person: row.until for row in conn.execute(_under(scope))}
    people = tuple(
        Person(row.id, row.ref, row.name, there.get(row.id))
        for row in meant
        if row.id not in there or there[row.id] != until
    )
    return Plan(scope, until, people, len(meant), changes.head(conn))


def to_resume(conn: Connection, scope: Scope) -> Plan:
    """Everybody who was suspended by this scope, whatever they belong to by now."""
    rows = conn.execute(_under(scope).join(tables.person, _p.id == _m.person).add_columns(_p.ref, _p.name))
    people = [Person(row.person, row.ref, row.name, row.until) for row in rows]
    people.sort(key=lambda one: (one.name, one.id))
    return Plan(scope, None, tuple(people), len(people), changes.head(conn))


def _under(scope: Scope) -> Any:
    joined = select(_m.person, _s.until).join(tables.suspension, _s.id == _m.suspension)
    return joined.where(_s.scope == scope.text)


def suspend(log: Log, plan: Plan, reason: str) -> str:
    """Suspend whom the plan names, instead of an earlier suspension by the same scope. Returns its id."""
    if not plan.people:
        raise Refused("there is nobody to suspend", code="nobody_meant")
    if len(reason) > 200 or HIDDEN.search(reason):
        raise Refused("a reason has up to 200 printable characters", code="bad_reason")
    ident = f"s-{secrets.token_hex(8)}"
    values = {"id": ident, "scope": plan.scope.text, "reason": reason, "until": plan.until, "utc": log.utc}
    log.conn.execute(insert(tables.suspension).values(**values, actor=log.actor))
    _lift(log.conn, plan)
    log.conn.execute(insert(tables.suspended), [{"person": one.id, "suspension": ident} for one in plan.people])
    for one in plan.people:
        log.note("person_suspended", one.id, suspension=ident, until=plan.until)
    return ident


def resume(log: Log, plan: Plan) -> None:
    """Lift this scope's suspension from whom the plan names; its reason stays on record."""
    _lift(log.conn, plan)
    for one in plan.people:
        log.note("person_resumed", one.id)


def _lift(conn: Connection, plan: Plan) -> None:
    same = select(_s.id).where(_s.scope == plan.scope.text)
    for part in _parts([one.id for one in plan.people]):
        conn.execute(delete(tables.suspended).where(_m.person.in_(part), _m.suspension.in_(same)))


def _parts(idents: list[str]) -> Iterable[list[str]]:
    return (idents[at : at + _PAGE] for at in range(0, len(idents), _PAGE))


def all_of(conn: Connection, person: str | None = None) -> dict[str, tuple[Suspension, ...]]:
    """Who is under which suspensions; of one person only if given."""
    query = select(_m.person, tables.suspension).join(tables.suspension, _s.id == _m.suspension).order_by(_s.utc, _s.id)
    if person is not None:
        query = query.where(_m.person == person)
    found: dict[str, tuple[Suspension, ...]] = {}
    for ident, *fields in conn.execute(query):
        found[ident] = (*found.get(ident, ()), Suspension(*fields))
    return found


def held_now(conn: Connection, now: int) -> set[str]:
    """Who is suspended at this moment."""
    return {ident for ident, held in all_of(conn).items() if any(one.holds(now) for one in held)}


def scopes(conn: Connection) -> list[str]:
    """The scopes somebody is suspended by, for suggestions."""
    return sorted(conn.execute(select(_s.scope).join(tables.suspended, _s.id == _m.suspension).distinct()).scalars())
