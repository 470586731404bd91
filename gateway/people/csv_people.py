"""The CSV of people: rows in, people with their cards and every mistake out. Numbers become tokens at once.

Columns `person,name,groups` are required; `format,facility,number,from,until,extended` are known; every other
column is an attribute. Several rows with the same person are several cards.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.people import cards, times
from gateway.people.cards import Card
from gateway.people.csv_rows import CARD, KNOWN, Problem, Progress, Row, no_progress, read_rows
from gateway.people.persons import NewPerson, check
from rules.model.errors import ConfigError, Refused

_LARGEST = 64 * 2**20
_TOLD = 1000  # people between two words of progress
_FLAGS = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}
_BAD_COLUMN = {"bad_name": "name", "bad_reference": "person", "bad_group": "groups", "bad_validity": "until"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of the file. cards: with the line each was on."""

    line: int
    ref: str = field(repr=False)
    person: NewPerson
    cards: tuple[tuple[int, Card], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole file. digest: hex of SHA-256 of its bytes; filled: the columns with a value in some row; unended: the
    number of its last line where that has no line end, else 0."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    digest: str
    header: tuple[str, ...]
    filled: frozenset[str]
    unended: int

    @property
    def has_cards(self) -> bool:
        """It says who holds which card."""
        return "number" in self.header

    def problem(self, line: int, column: str, message: str) -> Problem:
        """A mistake, with the place of its column."""
        return _placed(Problem(line, column, message), self.header)


def _placed(problem: Problem, header: tuple[str, ...]) -> Problem:
    return replace(problem, at=header.index(problem.column) + 1) if problem.column in header else problem


def read_sheet(path: Path, pepper: bytes, zone: str, progress: Progress = no_progress) -> Sheet:
    """Read a file; raises ConfigError if that is not possible at all, otherwise collects every mistake."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise ConfigError("cannot be read", code="csv_unreadable", where=str(path), got=cause) from error
    if len(data) > _LARGEST:
        raise ConfigError("is larger than 64 MiB", code="csv_too_large", where=str(path))
    return parse(data, pepper, zone, progress)


def parse(data: bytes, pepper: bytes, zone: str, progress: Progress = no_progress) -> Sheet:
    """The people of a file's bytes, with every mistake in it. zone: of dates that state none."""
    parser = _Parser(pepper, times.zone(zone))
    header, rows = read_rows(data, parser.problems)
    by_person: dict[str, list[Row]] = {}
    filled: set[str] = set()
    for row in rows:
        by_person.setdefault(row.cells["person"], []).append(row)
        filled.update(name for name, cell in row.cells.items() if cell)
    entries = []
    for done, same in enumerate(by_person.values()):
        entries.append(parser.entry(same))
        if done % _TOLD == 0:
            progress("reading", done, len(by_person))
    problems = sorted((_placed(problem, header) for problem in parser.problems), key=lambda p: (p.line, p.at, p.column))
    digest = hashlib.sha256(data).hexdigest()
    unended = 0 if data.endswith((b"\n", b"\r")) else data.count(b"\n") + 1
    return Sheet(tuple(entries), tuple(problems), digest, header, frozenset(filled), unended)


class _Parser:
    """Reads the cells of rows, remembering mistakes and the cards seen so far."""

    def __init__(self, pepper: bytes, zone: ZoneInfo) -> None:
        self.problems: list[Problem] = []
        self._pepper = pepper
        self._zone = zone
        self._seen: dict[str, int] = {}

    def _wrong(self, line: int, column: str, message: str) -> None:
        self.problems.append(Problem(line, column, message))

    def entry(self, rows: list[Row]) -> Entry:
        """One person from the rows that name them: the first describes, the others add cards."""
        first = rows[0]
        for row in rows[1:]:
            self._compare(first, row)
        held = tuple((row.line, card) for row in rows if (card := self._card(row)))
        return Entry(first.line, first.cells["person"], self._person(first), held)

    def _compare(self, first: Row, row: Row) -> None:
        for column, cell in row.cells.items():
            if cell and column not in CARD and cell != first.cells[column]:
                self._wrong(row.line, column, f"differs from line {first.line}, which is the same person")
        if not any(row.cells.get(column) for column in CARD):
            self._wrong(row.line, "person", f"is in line {first.line} already, and this line adds no card")

    def _person(self, row: Row) -> NewPerson:
        cells = row.cells
        person = NewPerson(
            name=cells["name"],
            ref=cells["person"],
            groups=frozenset(g for g in (part.strip() for part in cells["groups"].split(";")) if g),
            attributes=tuple((k, v) for k, v in sorted(cells.items()) if k not in KNOWN and v),
            begins=self._time(row, "from", last=False),
            ends=self._time(row, "until", last=True),
            extended=self._flag(row),
            source="csv",
        )
        try:
            check(person)
        except Refused as error:
            got = f" (got {error.got})" if error.got else ""
            self._wrong(row.line, _BAD_COLUMN.get(error.code, ""), error.message + got)
        return person

    def _flag(self, row: Row) -> bool:
        value = _FLAGS.get(row.cells.get("extended", "").lower())
        if value is None:
            self._wrong(row.line, "extended", "is yes or no")
        return bool(value)

    def _time(self, row: Row, column: str, *, last: bool) -> int | None:
        cell = row.cells.get(column, "")
        moment = times.parse(cell, self._zone, last=last) if cell else None
        if cell and moment is None:
            self._wrong(row.line, column, times.EXPECTED)
        return moment

    def _card(self, row: Row) -> Card | None:
        texts = {column: row.cells.get(column, "") for column in CARD}
        if not any(texts.values()):
            return None
        numbers = {c: cards.parse_number(texts[c]) for c in ("facility", "number")}
        wrong = {c for c, n in numbers.items() if n is None and (texts[c] or c == "number")}
        if wrong or (number := numbers["number"]) is None:
            for column in sorted(wrong):
                self._wrong(row.line, column, "is not a number" if texts[column] else "is empty")
            return None
        return self._known_card(row.line, texts["format"], numbers["facility"], number)

    def _known_card(self, line: int, format: str, facility: int | None, number: int) -> Card | None:
        try:
            card = cards.card(self._pepper, format, facility, number)
        except ConfigError as error:
            self._wrong(line, error.where, error.message)
            return None
        if (before := self._seen.setdefault(card.token, line)) != line:
            self._wrong(line, "number", f"is the card of line {before}")
            return None
        return card
