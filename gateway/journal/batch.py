"""One transaction's worth of record, and the statements that write it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.dialects import sqlite

from gateway.journal import notes, schema
from gateway.journal.record import Gap, Head, Sealed

# Rows a statement inserts at once. The sqlite3 module gives up the interpreter lock at every step, and beside a
# busy loop waits up to the switch interval to get it back: a step a row was 50 times slower there than these.
SIZES = (500, 100, 20, 4, 1)
COLUMNS = tuple(schema.event.columns.keys())


@dataclass(slots=True)
class Batch:
    """Rows and gaps in order of seq, all of one epoch, with the notes that go along."""

    rows: list[Sealed] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    notes: notes.Taken = field(default_factory=notes.Taken)

    def __bool__(self) -> bool:
        return bool(self.rows or self.gaps or self.notes)

    @property
    def last(self) -> int:
        """The highest seq it settles, 0 if none."""
        ends = [row.seq for row in self.rows[-1:]] + [gap.last for gap in self.gaps[-1:]]
        return max(ends, default=0)

    def without(self, present: set[int]) -> Batch:
        """The same without the rows whose seq is present already."""
        return Batch([row for row in self.rows if row.seq not in present], self.gaps, self.notes)


def _statement(size: int) -> str:
    row = "(" + ",".join("?" * len(COLUMNS)) + ")"
    one = str(insert(schema.event).compile(dialect=sqlite.dialect(paramstyle="qmark")))
    return one[: one.index("VALUES")] + "VALUES " + ",".join([row] * size)


STATEMENTS = {size: _statement(size) for size in SIZES}


def _values(row: Sealed) -> tuple[Any, ...]:
    return (
        row.epoch,
        row.seq,
        row.stream,
        row.n,
        row.cls,
        row.type,
        row.t,
        row.utc,
        row.body,
        row.hash,
        row.first,
    )


def _pieces(rows: Sequence[Sealed]) -> Iterator[Sequence[Sealed]]:
    at = 0
    for size in SIZES:
        while len(rows) - at >= size:
            yield rows[at : at + size]
            at += size


def write(connection: Connection, batch: Batch) -> None:
    """Write a batch inside the connection's transaction."""
    for piece in _pieces(batch.rows):
        values = tuple(chain.from_iterable(map(_values, piece)))
        connection.exec_driver_sql(STATEMENTS[len(piece)], values)
    for gap in batch.gaps:
        connection.execute(
            insert(schema.gap).prefix_with("OR REPLACE"),
            {
                "epoch": gap.epoch,
                "first": gap.first,
                "last": gap.last,
                "hash": gap.hash,
                "n": json.dumps(dict(gap.n), sort_keys=True),
            },
        )
    if batch.notes:
        notes.write(connection, batch.notes)


def head_after(head: Head, batch: Batch) -> Head:
    """The head once a batch follows it."""
    counted = dict(head.n)
    for gap in batch.gaps:
        counted.update({stream: max(n, counted.get(stream, 0)) for stream, n in gap.n.items()})
        if gap.last > head.seq:
            head = Head(gap.epoch, gap.last, gap.hash, counted, head.t, head.utc, "")
    for row in batch.rows:
        counted[row.stream] = max(row.n, counted.get(row.stream, 0))
    if batch.rows and batch.rows[-1].seq > head.seq:
        last = batch.rows[-1]
        return Head(last.epoch, last.seq, last.hash, counted, last.t, last.utc, last.type)
    return Head(head.epoch, head.seq, head.hash, counted, head.t, head.utc, head.type)
