"""Edits of persons, each within a transaction and noted in its log. `Refused` says why not."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update
from sqlalchemy import delete as delete_rows

from gateway.people import tables
from gateway.people.cards import AS_NEW
from gateway.people.changes import Log
from gateway.people.load import join_attributes, join_groups
from rules.model.errors import Refused
from rules.model.ids import is_id

PERSON_ID = re.compile(r"p-[0-9a-f]{16}")
# Controls, and marks that reorder or break the text shown.
HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
KINDS = ("visitor", "contractor")
ATTRIBUTE = re.compile(r"[a-z][a-z0-9_-]{0,62}")

_id = tables.person.c.id


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is known of somebody to be added. Times are us since 1970; `ends` is the first instant not valid.

    kind: None, or one of KINDS, who have an end and a host: the id of whom they visit or work for.
    """

    name: str = field(repr=False)
    ref: str | None = field(default=None, repr=False)
    groups: frozenset[str] = frozenset()
    attributes: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    begins: int | None = None
    ends: int | None = None
    extended: bool = False
    source: str = "desk"
    kind: str | None = None
    host: str | None = None

    def columns(self) -> dict[str, Any]:
        """The row without its id."""
        return {
            "ref": self.ref,
            "name": self.name,
            "groups": join_groups(self.groups),
            "attributes": join_attributes(self.attributes),
            "begins": self.begins,
            "ends": self.ends,
            "extended": self.extended,
            "source": self.source,
            "kind": self.kind,
            "host": self.host,
        }


def new_id() -> str:
    """A random person id; it says nothing about its holder."""
    return f"p-{secrets.token_hex(8)}"


def check(new: NewPerson) -> None:
    """Raise Refused for what no directory may hold."""
    if not _good(new.name, 200):
        raise Refused("a name has 1 to 200 printable characters", code="bad_name")
    if new.ref is not None and (not _good(new.ref, 64) or PERSON_ID.fullmatch(new.ref)):
        raise Refused("a reference has 1 to 64 printable characters", code="bad_reference")
    for group in sorted(new.groups):
        if not is_id(group):
            raise Refused("not a group id", code="bad_group", got=repr(group))
    for key, value in new.attributes:
        if not ATTRIBUTE.fullmatch(key):
            raise Refused("not an attribute name", code="bad_attribute", got=repr(key))
        if not _good(value, 200):
            raise Refused("an attribute has 1 to 200 printable characters", code="bad_attribute", got=key)
    if new.begins is not None and new.ends is not None and new.begins >= new.ends:
        raise Refused("the validity ends before it begins", code="bad_validity")
    if new.kind not in (None, *KINDS) or (new.kind is None) != (new.host is None):
        raise Refused("a visitor or contractor has a host, and nobody else has", code="bad_kind")
    if new.kind is not None and new.ends is None:
        raise Refused(f"a {new.kind} needs an end", code="no_end")


def _good(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text == text.strip() and not HIDDEN.search(text)


def find(conn: Connection, who: str) -> Row[Any]:
    """The row of a person by id or external reference; raises Refused `unknown_person`."""
    column = _id if PERSON_ID.fullmatch(who) else tables.person.c.ref
    row = conn.execute(select(tables.person).where(column == who)).one_or_none()
    if row is None:
        shown = who if PERSON_ID.fullmatch(who) else ""
        raise Refused("no such person", code="unknown_person", got=shown)
    return row


def add(log: Log, new: NewPerson) -> str:
    """Add somebody; returns the new id. Raises Refused, `reference_taken` among others."""
    check(new)
    taken = select(_id).where(tables.person.c.ref == new.ref)
    if new.ref is not None and (row := log.conn.execute(taken).one_or_none()):
        raise Refused("this reference is somebody else's", code="reference_taken", got=row.id)
    return add_many(log, [new])[0]


def add_many(log: Log, people: list[NewPerson]) -> list[str]:
    """Add people known to be good and new."""
    rows = [{"id": new_id(), "blocked": None, **new.columns()} for new in people]
    for row in rows:
        log.note("person_added", row["id"], groups=row["groups"], source=row["source"])
    if rows:
        log.conn.execute(insert(tables.person), rows)
    return [row["id"] for row in rows]


def change(log: Log, ident: str, columns: Mapping[str, Any]) -> None:
    """Give a person's row new values. The log gets their names, and the groups."""
    change_many(log, [(ident, columns)])


def change_many(log: Log, people: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Give the rows of several people new values, each person's once."""
    batches: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for ident, columns in people:
        shown = {"groups": columns["groups"]} if "groups" in columns else {}
        log.note("person_changed", ident, fields=sorted(columns), **shown)
        row = {"ident": ident, **{f"new_{name}": value for name, value in columns.items()}}
        batches.setdefault(tuple(sorted(columns)), []).append(row)
    for names, rows in batches.items():
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        log.conn.execute(update(tables.person).where(_id == bindparam("ident")).values(values), rows)


def block(log: Log, who: str, reason: str = "desk") -> str:
    """Deny this person everything; returns the id. Blocking twice changes nothing."""
    row = find(log.conn, who)
    if row.blocked != reason:
        set_blocks(log, [row.id], reason)
    return str(row.id)


def set_blocks(log: Log, idents: Iterable[str], reason: str | None) -> None:
    """Set the block of people known to have another one, or none (None lifts)."""
    rows = [{"ident": ident} for ident in idents]
    for row in rows:
        if reason is None:
            log.note("person_unblocked", row["ident"])
        else:
            log.note("person_blocked", row["ident"], reason=reason)
    if rows:
        log.conn.execute(update(tables.person).where(_id == bindparam("ident")).values(blocked=reason), rows)


def unblock(log: Log, who: str) -> str:
    """Lift a block, whoever set it; returns the id. A suspension stays: `resume` lifts it."""
    row = find(log.conn, who)
    if row.blocked is not None:
        set_blocks(log, [row.id], None)
    return str(row.id)


def remove(log: Log, who: str) -> str:
    """Erase a person: name, reference, attributes, PIN. The cards stay, unassigned; the log keeps the id."""
    ident = str(find(log.conn, who).id)
    cards = tables.credential
    held = log.conn.execute(select(cards.c.token).where(cards.c.person == ident)).scalars().all()
    for token in held:
        log.note("card_unassigned", ident, token)
    log.conn.execute(update(cards).where(cards.c.person == ident).values(person=None, **AS_NEW))
    log.conn.execute(delete_rows(tables.suspended).where(tables.suspended.c.person == ident))
    log.conn.execute(delete_rows(tables.person).where(_id == ident))
    log.note("person_removed", ident)
    return ident
