"""Rows of the directory as the values decisions use: the whole table, or what changed since a revision."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select

from gateway.people import changes, tables
from rules.people import Credential, CredentialStatus, People, Person

_MANY = 500  # more persons than this are cheaper to read as a whole table

_p = tables.person.c
_c = tables.credential.c
_PERSONS = select(_p.id, _p.groups, _p.attributes, _p.blocked, _p.begins, _p.ends, _p.pin, _p.extended)
_CREDENTIALS = select(_c.token, _c.person, _c.status, _c.begins, _c.ends)


def whole(conn: Connection) -> People:
    """Everybody, at the present revision."""
    persons = map(_person, conn.execute(_PERSONS))
    credentials = map(_credential, conn.execute(_CREDENTIALS))
    return People.of(changes.head(conn), persons, credentials)


def refreshed(conn: Connection, old: People) -> People:
    """The present directory, reading only what changed since `old`; `old` itself if nothing did."""
    rev = changes.head(conn)
    if rev == old.rev:
        return old
    log = changes.since(conn, old.rev) if rev > old.rev else []
    touched = {c.person for c in log if c.person}
    tokens = {c.token for c in log if c.token}
    if not log or len(touched) + len(tokens) > _MANY:
        return whole(conn)
    persons = dict(old.persons)
    credentials = dict(old.credentials)
    _replace(persons, touched, map(_person, conn.execute(_PERSONS.where(_p.id.in_(touched)))), "id")
    fresh = map(_credential, conn.execute(_CREDENTIALS.where(_c.token.in_(tokens))))
    _replace(credentials, tokens, fresh, "token")
    return People(rev, persons, credentials)


def _replace(table: dict[str, Any], keys: Iterable[str], fresh: Iterable[Any], key: str) -> None:
    for gone in keys:
        table.pop(gone, None)
    table.update({getattr(value, key): value for value in fresh})


def _person(row: Any) -> Person:
    ident, groups, attributes, blocked, begins, ends, pin, extended = row
    return Person(
        id=ident,
        groups=split_groups(groups),
        attributes=split_attributes(attributes),
        blocked=blocked is not None,
        begins=begins,
        ends=ends,
        has_pin=pin is not None,
        extended=bool(extended),
    )


def _credential(row: Any) -> Credential:
    token, person, status, begins, ends = row
    return Credential(token, person, CredentialStatus(status), begins, ends)


# Few distinct sets among many people: the caches let equal ones share one object.
@lru_cache(maxsize=4096)
def split_groups(text: str) -> frozenset[str]:
    """`a;b` -> {a, b}"""
    return frozenset(filter(None, text.split(";")))


@lru_cache(maxsize=4096)
def split_attributes(text: str) -> tuple[tuple[str, str], ...]:
    """A JSON object of strings -> pairs sorted by key."""
    return tuple(sorted(json.loads(text).items()))


def join_groups(groups: Iterable[str]) -> str:
    return ";".join(sorted(set(groups)))


def join_attributes(attributes: Iterable[tuple[str, str]]) -> str:
    return json.dumps(dict(attributes), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
