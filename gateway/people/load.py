"""Rows of the directory as the values decisions use: the whole table, or what changed since a revision."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from gateway.people import changes, tables
from gateway.people.collector import collector_off
from rules.people import Credential, CredentialStatus, People, PeopleChange, Person

MOST = 2000
"""Persons and cards of one `PeopleChange`, which the core takes between two signals; more are read as a whole."""

_PAGE = 1000  # rows fetched at once
_STATUS = {status.value: status for status in CredentialStatus}
_TOKEN = 32  # digits of a token; lines of the log from before schema 0002 hold more

_p = tables.person.c
_c = tables.credential.c
_l = tables.change.c
_PERSONS = select(_p.id, _p.groups, _p.attributes, _p.blocked, _p.begins, _p.ends, _p.pin, _p.extended)
_CREDENTIALS = select(_c.token, _c.person, _c.status, _c.begins, _c.ends)
_HELD = (
    select(
        tables.suspended.c.person,
        func.max(case((tables.suspension.c.until.is_(None), 1), else_=0)),
        func.max(tables.suspension.c.until),
    )
    .join(tables.suspension, tables.suspended.c.suspension == tables.suspension.c.id)
    .group_by(tables.suspended.c.person)
)

Held = Mapping[str, tuple[bool, int | None]]
"""Who is suspended: without an end, or until the latest end."""


def whole(conn: Connection) -> People:
    """Everybody, at the present revision. Equal groups and attributes are one object, ids are shared with cards."""
    with collector_off():
        persons = {one.id: one for one in _persons(_raw(conn, _PERSONS), _held(conn.execute(_HELD)))}
        ids = {ident: ident for ident in persons}
        people = People.of(changes.head(conn), persons.values(), _credentials(_raw(conn, _CREDENTIALS), ids))
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("PRAGMA shrink_memory")  # the pages read once are not asked for again
    return people


def changed(conn: Connection, rev: int) -> PeopleChange | None:
    """What changed since `rev`; None where the whole is to be read: too much, nothing read before, or a directory
    that is older than what was read."""
    head = changes.head(conn)
    if not 0 < rev <= head:
        return None
    touched = _touched(conn, rev)
    if touched is None:
        return None
    ids, tokens = touched
    held = _held(conn.execute(_HELD.where(tables.suspended.c.person.in_(ids))))
    persons = tuple(_persons(conn.execute(_PERSONS.where(_p.id.in_(ids))), held))
    concerned = or_(_c.token.in_(tokens), _c.person.in_(ids))  # a card decides by what is known of its holder
    cards = tuple(_credentials(conn.execute(_CREDENTIALS.where(concerned)), {}))
    gone = ids - {one.id for one in persons}
    withdrawn = tokens - {one.token for one in cards}
    return PeopleChange(head, persons, tuple(sorted(gone)), cards, tuple(sorted(withdrawn)))


def _touched(conn: Connection, rev: int) -> tuple[set[str], set[str]] | None:
    """Ids and tokens that the log names after `rev`. A line with a token is about the card alone."""
    about_person = case((_l.token.is_(None), _l.person))
    named = and_(_l.rev > rev, or_(_l.person.is_not(None), _l.token.is_not(None)))
    rows = conn.execute(select(about_person, _l.token).where(named).distinct().limit(MOST + 1)).all()
    if len(rows) > MOST:
        return None
    return {person for person, _ in rows if person}, {token[:_TOKEN] for _, token in rows if token}


def _raw(conn: Connection, query: Select[Any]) -> Iterator[Any]:
    """The rows of a query without parameters as the driver gives them: half the time of SQLAlchemy's rows."""
    with closing(conn.exec_driver_sql(str(query.compile(dialect=conn.dialect)))) as result:
        cursor: Any = result.cursor
        while rows := cursor.fetchmany(_PAGE):
            yield from rows


def _held(rows: Iterable[Any]) -> Held:
    return {person: (bool(open_end), until) for person, open_end, until in rows}


def _persons(rows: Iterable[Any], held: Held) -> Iterator[Person]:
    """A suspension with an end is a later beginning: it ends by itself, and every question about a moment knows it."""
    groups_of, attributes_of = _Shared(split_groups), _Shared(split_attributes)
    for ident, groups, attributes, blocked, begins, ends, pin, extended in rows:
        out = blocked is not None
        if ident in held:
            open_end, until = held[ident]
            out = out or open_end
            begins = max((moment for moment in (begins, until) if moment is not None), default=None)
        sets = groups_of[groups], attributes_of[attributes]
        yield Person(ident, *sets, out, begins, ends, pin is not None, bool(extended))


def _credentials(rows: Iterable[Any], ids: Mapping[str, str]) -> Iterator[Credential]:
    """ids: of persons, to be shared."""
    for token, person, status, begins, ends in rows:
        yield Credential(token, ids.get(person, person), _STATUS[status], begins, ends)


class _Shared(dict[str, Any]):
    """Few distinct texts among many people: what is read from equal ones is one object."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Any:
        value = self[text] = self._read(text)
        return value


def split_groups(text: str) -> frozenset[str]:
    """`a;b` -> {a, b}"""
    return frozenset(map(sys.intern, filter(None, text.split(";"))))


def split_attributes(text: str) -> tuple[tuple[str, str], ...]:
    """A JSON object of strings -> pairs sorted by key."""
    return tuple(sorted((sys.intern(key), sys.intern(value)) for key, value in json.loads(text).items()))


def join_groups(groups: Iterable[str]) -> str:
    return ";".join(sorted(set(groups)))


def join_attributes(attributes: Iterable[tuple[str, str]]) -> str:
    return json.dumps(dict(attributes), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
