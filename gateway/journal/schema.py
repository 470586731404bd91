"""The tables of one journal segment. The store and the spool have the same."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, Table, Text, text

HEAD_REVISION = "0001"

metadata = MetaData()

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

# One row per epoch this file has held; `previous_*` is the head it was opened over (0 and empty for the first).
epoch = Table(
    "epoch",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("genesis", LargeBinary, nullable=False),
    Column("previous_seq", Integer, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("utc", Integer, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("stream", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("cls", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("t", Integer, nullable=False),
    Column("utc", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("first", Boolean, nullable=False),
    PrimaryKeyConstraint("epoch", "seq"),
    sqlite_with_rowid=False,
)

# Every stream but the main one is rare: its rows are found through this small index, the main one's by bisection.
Index("event_by_stream", event.c.epoch, event.c.stream, event.c.n, sqlite_where=text("stream <> 'event'"))

gap = Table(
    "gap",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("n", Text, nullable=False),
)

cursor = Table(
    "cursor",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

site = Table(
    "site",
    metadata,
    Column("rules_hash", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
