"""The form of a file beside what the people it manages have: an export that was changed or cut off is noticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Row

from gateway.people.csv_people import Sheet
from gateway.people.csv_rows import KNOWN, Problem
from gateway.people.load import split_attributes
from gateway.people.plan import Terms


def form_problems(people: Iterable[Row[Any]], sheet: Sheet, terms: Terms) -> Iterator[Problem]:
    """Columns that are missing although people have values there, those that nobody had a value in so far, and a
    last line without an end."""
    if not sheet.entries:
        return
    if sheet.unended and not terms.unended:
        yield Problem(sheet.unended, "", "the last line has no line end; --unended takes the file if it is complete")
    managed = [row for row in people if row.source == "csv"]
    had = Counter(name for row in managed for name in _valued(row))
    for name in sorted(had.keys() - set(sheet.header)):
        many = f"{had[name]} {'person has' if had[name] == 1 else 'people have'} it"
        yield Problem(1, name, f"this column is missing and {many}; keep it, with empty cells, to clear it")
    if managed:
        for name in sorted(sheet.filled - KNOWN - had.keys() - terms.new_columns):
            yield sheet.problem(1, name, f"nobody has this column so far; --new-column {name} takes it")


def _valued(row: Row[Any]) -> Iterator[str]:
    yield from (key for key, _ in split_attributes(row.attributes))
    if row.begins is not None:
        yield "from"
    if row.ends is not None:
        yield "until"
    if row.extended:
        yield "extended"
