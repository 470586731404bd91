"""Past uses of cards, read from a journal beside a running daemon, in short reads. Blocking."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Text, cast, func, select

from gateway.journal import schema
from gateway.journal.connect import reader
from gateway.people.cards import DIGITS
from gateway.people.csv_rows import Progress, no_progress
from rules.model.errors import DoorwardError

_PAGE = 20_000  # events looked at in one read
_GRANT = "AccessGranted"

E = schema.event.c


def _data(name: str) -> Any:
    """A field of an event's own data; the tokens of older records are longer, their first digits are the token."""
    found = func.json_extract(cast(E.body, Text), f"$.data.{name}")
    return (func.substr(found, 1, DIGITS) if name == "token" else found).label(name)


@dataclass(frozen=True, slots=True)
class Use:
    """A card that was let in. t: us that never goes back within an epoch; utc: us since 1970."""

    epoch: int
    t: int
    utc: int
    token: str = field(repr=False)
    person: str | None
    door: str
    reader: str


@dataclass(frozen=True, slots=True)
class History:
    """The last use of each card, and since when the journal knows: utc of its first event, None while it is empty."""

    last: dict[str, Use]
    begins: int | None


def grants(path: Path, since: int, progress: Progress = no_progress) -> Iterator[Use]:
    """Every grant to a card since then, in the order of the record. Raises DoorwardError `journal_missing`,
    `journal_unreadable`."""
    columns = [E.t, E.utc, _data("token"), _data("person"), _data("door"), _data("reader")]
    for epoch, first, last in _ranges(path, since, progress):
        query = select(*columns).where(E.epoch == epoch, E.seq.between(first, last), E.type == _GRANT, E.utc >= since)
        with reader(path) as connection:
            rows = connection.execute(query.order_by(E.seq)).all()
        yield from (Use(epoch, *row) for row in rows if row.token is not None)


def history(path: Path, progress: Progress = no_progress) -> History:
    """The last use of every card. Raises like `grants`."""
    last: dict[str, Use] = {}
    # SQLite takes the other columns of the row that holds the maximum
    columns = [E.t, func.max(E.utc), _data("token"), _data("person"), _data("door"), _data("reader")]
    for epoch, first, end in _ranges(path, 0, progress):
        query = select(*columns).where(E.epoch == epoch, E.seq.between(first, end), E.type == _GRANT)
        with reader(path) as connection:
            rows = connection.execute(query.group_by(_data("token"))).all()
        for use in (Use(epoch, *row) for row in rows if row.token is not None):
            if use.token not in last or last[use.token].utc <= use.utc:
                last[use.token] = use
    with reader(path) as connection:
        begins = connection.execute(select(E.utc).order_by(E.epoch, E.seq).limit(1)).scalar()
    return History(last, begins)


def _ranges(path: Path, since: int, progress: Progress) -> Iterator[tuple[int, int, int]]:
    """(epoch, first seq, last seq) of each page, from the first event of that time on."""
    if not path.exists():
        raise DoorwardError("there is no journal here", code="journal_missing", where=str(path))
    with reader(path) as connection:
        ends = connection.execute(select(E.epoch, func.min(E.seq), func.max(E.seq)).group_by(E.epoch)).all()
        spans = [(epoch, _first(connection, epoch, low, high, since), high) for epoch, low, high in ends]
    total, done = sum(high + 1 - low for _, low, high in spans), 0
    for epoch, low, high in sorted(spans):
        for first in range(low, high + 1, _PAGE):
            progress("reading the journal", done, total)
            yield epoch, first, min(first + _PAGE - 1, high)
            done += _PAGE


def _first(connection: Connection, epoch: int, low: int, high: int, since: int) -> int:
    """The first seq of that time: time rises with seq, but for steps of the clock."""

    def utc(seq: int) -> int:
        query = select(E.utc).where(E.epoch == epoch, E.seq >= seq).order_by(E.seq).limit(1)
        return int(connection.execute(query).scalar_one())

    return low + bisect_left(range(low, high + 1), since, key=utc) if since else low
