"""Rows of plain values as a table, as JSON or as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from gateway.cli import people_view as view

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would carry it out

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows that have the same columns. notes: what the rows alone do not say; about: more for JSON."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Row]
    notes: Sequence[str] = ()

    def show(self, *, as_json: bool, as_csv: bool, **about: Any) -> None:
        """Print it in the way that was asked for; CSV has the rows alone, its notes go to standard error."""
        if as_json and as_csv:
            raise click.UsageError("give --json or --csv, not both")
        if as_json:
            view.print_json({**about, "rows": list(self.rows), "notes": list(self.notes)})
        elif as_csv:
            click.echo(self._csv(), nl=False)
            for note in self.notes:
                click.echo(f"note: {note}", err=True)
        else:
            self._print()

    def _csv(self) -> str:
        text = io.StringIO()
        out = csv.writer(text, lineterminator="\n")
        out.writerow(self.columns)
        out.writerows([_safe(_cell(row[name])) for name in self.columns] for row in self.rows)
        return text.getvalue()

    def _print(self) -> None:
        console = Console(markup=False, emoji=False, highlight=False)
        console.print(f"{self.title}: {len(self.rows) or 'none'}")
        if self.rows:
            shown = [name for name in self.columns if any(_cell(row[name]) for row in self.rows)]
            table = Table(*shown)
            for row in self.rows:
                table.add_row(*(_cell(row[name]) for name in shown))
            console.print(table)
        for note in self.notes:
            console.print(f"Note: {note}.")


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def count(number: int, one: str, many: str = "") -> str:
    """`1 person`, `2 people`"""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def joined(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part)
