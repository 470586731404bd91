"""Access reviews: who may pass where, as tables for people, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from gateway.cli.explain_view import rule
from gateway.cli.offline import Offline
from gateway.cli.roster import Holder
from rules.answers.ask import Option
from rules.answers.audit import Audit, Entry, Passage
from rules.answers.cause import local, named
from rules.answers.diff.words import ask_words
from rules.answers.spans import total
from rules.site import Rule

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Period:
    """What is asked about: a moment (ever False, hi = lo + 1) or all of lo <= utc < hi, us since 1970."""

    lo: int
    hi: int
    ever: bool

    @classmethod
    def asked(cls, offline: Offline, at: str | None, ever: bool) -> Period:
        """Of --at and --ever; the twelve months from now on for --ever."""
        if at is not None and ever:
            raise click.UsageError("give --at or --ever, not both")
        lo = offline.moment(at)
        return cls(lo, offline.year_from(lo) if ever else lo + 1, ever)

    def text(self, offline: Offline) -> str:
        begin = local(offline.site, self.lo)
        return f"ever, {begin} to {local(offline.site, self.hi)}" if self.ever else begin

    def plain(self, offline: Offline) -> dict[str, Any]:
        ends = {"from": self.lo, "to": self.hi} if self.ever else {"at": self.lo}
        return {name: {"utc": utc, "local": local(offline.site, utc)} for name, utc in ends.items()}


@dataclass(frozen=True, slots=True)
class Review:
    """The rows of one question. notes: what rows alone do not say; left_out: columns that say nothing on screen.

    free: everybody passes, so that there are no rows; nothing: the word for having none.
    """

    offline: Offline
    period: Period
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]
    names: bool
    left_out: tuple[str, ...] = ()
    free: bool = False
    nothing: str = "nobody"

    def holder(self, entry: Entry) -> Holder:
        return self.offline.roster.holders[entry.person]

    def show(self, title: str, about: dict[str, Any], as_json: bool, as_csv: bool) -> None:
        """Print it in the way that was asked for."""
        if as_json and as_csv:
            raise click.UsageError("give --json or --csv, not both")
        if as_csv:
            click.echo(self.csv(), nl=False)
        elif as_json:
            click.echo(json.dumps({**about, **self.plain()}, indent=2, ensure_ascii=False))
        else:
            self._print(title)

    def plain(self) -> dict[str, Any]:
        return {
            **self.period.plain(self.offline),
            "rules_hash": self.offline.site.rules_hash,
            "people": self.offline.roster.where,
            "people_rev": self.offline.site.people.rev,
            "notes": list(self.notes),
            "rows": [self._plain(entry) for entry in self.entries],
        }

    def _plain(self, entry: Entry) -> dict[str, Any]:
        holder, passage = self.holder(entry), entry.passage
        return {
            "ref": holder.ref,
            "id": holder.id,
            **({"name": holder.name} if self.names else {}),
            "door": entry.door,
            "direction": entry.direction.value,
            "rules": [rule(one) for one in passage.rules],
            "pin": self._pin(entry),
            **{name: passage.share(asked) for name, asked in _COMPANY.items()},
            "asks": asked_words(passage),
            "pin_by": [rule(demand) for demand in passage.pins],
            "pin_on_file": self._has_pin(entry),
            **{name: utc and local(self.offline.site, utc) for name, utc in self._ends(entry).items()},
        }

    def _pin(self, entry: Entry) -> str:
        """`no`, `always`, or `sometimes` of what was asked about."""
        return entry.passage.share(lambda option: "pin" in option.factors)

    def _has_pin(self, entry: Entry) -> bool | None:
        known = self.offline.roster.knows_pins
        return self.offline.site.people.persons[entry.person].has_pin if known else None

    def _ends(self, entry: Entry) -> dict[str, int | None]:
        """When it first and last holds; None for an end that lies beyond what was asked about."""
        if not self.period.ever:
            return {}
        spans = entry.passage.spans
        last = spans[-1][1]
        return {"first": spans[0][0], "last": None if last == self.period.hi else last}

    # CSV

    def csv(self) -> str:
        """A row for each person and way; what a spreadsheet would take for a formula gets an apostrophe."""
        out = io.StringIO()
        columns = ["ref", "id", *(["name"] if self.names else []), "door", "direction", "rule", "file", "line"]
        columns += ["schedule", "also_by", "pin", "pin_by", "pin_on_file", *_COMPANY, "asks"]
        columns += ["first", "last"] if self.period.ever else []
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_safe(row[column]) for column in columns] for row in map(self._flat, self.entries))
        return out.getvalue()

    def _flat(self, entry: Entry) -> dict[str, Any]:
        row, first = self._plain(entry), entry.passage.rules[0]
        return row | {
            "rule": first.id,
            "file": first.source.file,
            "line": first.source.line,
            "schedule": first.schedule.id,
            "also_by": " ".join(one.id for one in entry.passage.rules[1:]),
            "pin_by": " ".join(demand.id for demand in entry.passage.pins),
            "pin_on_file": {True: "yes", False: "no", None: ""}[row["pin_on_file"]],
        }

    # For a person

    def _print(self, title: str) -> None:
        console = Console(markup=False, emoji=False, highlight=False)
        many = self.nothing if not self.entries else f"{len(self.entries)} in all"
        console.print(f"{title}, {self.period.text(self.offline)}: {'see the note' if self.free else many}")
        for one, entries in self._by_rule():
            console.print(f"\n{named(one)}, schedule {one.schedule.id}: {len(entries)}")
            console.print(self._table(entries))
        for note in self.notes:
            console.print(f"Note: {note}.")

    def _by_rule(self) -> Iterator[tuple[Rule, list[Entry]]]:
        found: dict[str, tuple[Rule, list[Entry]]] = {}
        for entry in self.entries:
            first = entry.passage.rules[0]
            found.setdefault(first.id, (first, []))[1].append(entry)
        return iter(found[id] for id in sorted(found))

    def _table(self, entries: Iterable[Entry]) -> Table:
        """One row each; what is the same for everybody, or empty, has no column."""
        rows = [self._cells(entry) for entry in entries]
        shown = [name for name in rows[0] if name not in self.left_out and any(row[name] for row in rows)]
        table = Table(*shown)
        for row in rows:
            table.add_row(*(row[name] for name in shown))
        return table

    def _cells(self, entry: Entry) -> dict[str, str]:
        row, holder = self._flat(entry), self.holder(entry)
        first = {"first": "now"} if entry.passage.spans[0][0] == self.period.lo else {}
        return {
            "reference": holder.ref or "",
            "id": holder.id or "",
            "name": holder.name if self.names else "",
            "door": entry.door,
            "way": entry.direction.value,
            "also by": row["also_by"],
            "PIN": self._pin_text(entry),
            "asks": row["asks"] if any(row[name] != "no" for name in _COMPANY) else "",
            **({end: row[end] or "" for end in ("first", "last")} | first if self.period.ever else {}),
        }

    def _pin_text(self, entry: Entry) -> str:
        by = ", ".join(named(demand) for demand in entry.passage.pins)
        if not by:
            return ""
        missing = "; none on file" if self._has_pin(entry) is False else ""
        return f"{self._pin(entry)}, {by}{missing}" if self.period.ever else f"{by}{missing}"


_COMPANY: dict[str, Callable[[Option], object]] = {
    "second_person": lambda option: option.seconds,
    "escort": lambda option: option.escorts,
    "first_person": lambda option: option.firsts,
}
"""Columns on who else has to be there: `no`, `always` or `sometimes`."""


def asked_words(passage: Passage) -> str:
    """Everything that is asked at some time, the most usual first."""
    often = sorted(passage.asks, key=lambda each: -total(each[1]))
    return "; ".join(dict.fromkeys(ask_words(ask, {}) for ask, _ in often))


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else "" if value is None else value


def audit(offline: Offline, period: Period) -> Audit:
    return Audit(offline.site, period.lo, period.hi)
