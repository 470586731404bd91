"""The form of the CSV of people: bytes to rows of named cells, with every mistake of form."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from gateway.people.persons import ATTRIBUTE, HIDDEN

REQUIRED = ("person", "name", "groups")
CARD = ("format", "facility", "number")
KNOWN = frozenset({*REQUIRED, *CARD, "from", "until", "extended"})
_MEANT = {"group": "groups", "id": "person", "card": "number"}
_CLOSE = 0.8  # a column this like one of ours is a slip, not an attribute

Progress = Callable[[str, int, int], None]
"""Told now and then what is done, how much of it, and of how much."""


def no_progress(what: str, done: int, total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: line of the file (1-based), column name or "", and what is wrong; never a cell's text
    that could name somebody or tell a card's number. at: which column it is, from 1; 0: none of the file's."""

    line: int
    column: str
    message: str
    at: int = 0

    def text(self, file: str) -> str:
        """`people.csv:4:3: groups: not a group id`"""
        place = f"{file}:{self.line}:{self.at}" if self.at else f"{file}:{self.line}"
        return f"{place}: {self.column}: {self.message}" if self.column else f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Row:
    """line: where it begins; cells: stripped, by column name."""

    line: int
    cells: dict[str, str]


def read_rows(data: bytes, problems: list[Problem]) -> tuple[tuple[str, ...], list[Row]]:
    """The column names and the rows of a file; mistakes are added to `problems`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(Problem(data.count(b"\n", 0, error.start) + 1, "", "is not UTF-8"))
        return (), []
    lines = _lines(text, problems)
    _, first = next(lines, (1, []))
    header = tuple(cell.strip().lower() for cell in first)
    if not _header_good(header, problems):
        return header, []
    rows = (_row(line, header, cells, problems) for line, cells in lines)
    return header, [row for row in rows if row]


def _lines(text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(line, "", str(error)))


def _header_good(header: tuple[str, ...], problems: list[Problem]) -> bool:
    before = len(problems)
    problems.extend(Problem(1, name, "this column is missing") for name in REQUIRED if name not in header)
    if "number" in header and "format" not in header:
        problems.append(Problem(1, "format", "this column is missing"))
    for at, name in enumerate(header):
        if name in header[:at]:
            problems.append(Problem(1, name, "this column is there twice"))
        elif meant := _meant(name):
            problems.append(Problem(1, name, f"did you mean {meant}?"))
        elif not ATTRIBUTE.fullmatch(name):
            problems.append(Problem(1, name, "not a column name (a-z, 0-9, - and _)"))
    return len(problems) == before


def _meant(name: str) -> str | None:
    if name in KNOWN or name in _MEANT:
        return _MEANT.get(name)
    return next(iter(get_close_matches(name, sorted(KNOWN), 1, _CLOSE)), None)


def _row(line: int, header: tuple[str, ...], cells: list[str], problems: list[Problem]) -> Row | None:
    if len(cells) != len(header):
        problems.append(Problem(line, "", f"has {len(cells)} of {len(header)} columns"))
        return None
    named = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    dirty = [name for name, cell in named.items() if HIDDEN.search(cell)]
    problems.extend(Problem(line, name, "holds a control character") for name in dirty)
    if not named["person"]:
        problems.append(Problem(line, "person", "is empty"))
    return None if dirty or not named["person"] else Row(line, named)
