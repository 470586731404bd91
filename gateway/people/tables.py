"""The tables of the directory: persons, credentials, suspensions, the change log, and the marks of the two peppers.

Times are us since 1970. groups: ids joined by `;`. attributes: JSON object, sorted keys. source: who manages the
row, `desk` or `csv`. blocked: None, or why: `desk` (by somebody) or `leaver` (gone from the synchronised file).
duress: of a credential that is a PIN by itself, the token of the one that also raises the silent alarm.
kind: None, `visitor` or `contractor`, who have an end and a host, the id of a person who may be gone by now.
A suspension stands beside `blocked`, so that neither lifts the other. The log keeps the tokens of its time, which
were longer before schema 0002: its lines are chained by digests over them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

person = Table(
    "person",
    metadata,
    Column("id", String(18), primary_key=True),
    Column("ref", String(64), unique=True),
    Column("name", Text, nullable=False),
    Column("groups", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("blocked", String(8)),
    Column("begins", BigInteger),
    Column("ends", BigInteger),
    Column("extended", Boolean, nullable=False),
    Column("pin", Text),
    Column("duress", Text),
    Column("source", String(8), nullable=False),
    Column("kind", String(12)),
    Column("host", String(18), index=True),
)

credential = Table(
    "credential",
    metadata,
    Column("token", String(32), primary_key=True),
    Column("person", String(18), ForeignKey("person.id"), index=True),
    Column("format", String(32), nullable=False),
    Column("tail", String(2), nullable=False),
    Column("status", String(8), nullable=False),
    Column("begins", BigInteger),
    Column("ends", BigInteger),
    Column("source", String(8), nullable=False),
    Column("duress", String(32), unique=True, index=True),
)

suspension = Table(
    "suspension",
    metadata,
    Column("id", String(18), primary_key=True),
    Column("scope", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", BigInteger),
    Column("utc", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
)

suspended = Table(
    "suspended",
    metadata,
    Column("person", String(18), ForeignKey("person.id"), primary_key=True),
    Column("suspension", String(18), ForeignKey("suspension.id"), primary_key=True),
)

change = Table(
    "change",
    metadata,
    Column("rev", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("utc", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("person", String(18), index=True),
    Column("token", String(64)),
    Column("what", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("digest", String(64), nullable=False),
)

pepper = Table(
    "pepper",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("mark", String(64), nullable=False),
)
