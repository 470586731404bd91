"""The file compared with the directory: which steps would make the people it manages those of the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row

from gateway.people import changes
from gateway.people.cards import Card
from gateway.people.csv_people import Entry, Sheet
from gateway.people.csv_rows import Problem, Progress, no_progress
from gateway.people.difference import in_words
from gateway.people.doubt import cut_off, too_many
from gateway.people.form import form_problems
from gateway.people.plan import ImportPlan, Kind, Step, Terms
from gateway.people.present import Present
from rules.people import CredentialStatus

_TOLD = 1000  # people between two words of progress


def make_plan(conn: Connection, sheet: Sheet, terms: Terms, now: int, progress: Progress = no_progress) -> ImportPlan:
    """Compare a file with the directory. People of the desk whom the file does not name stay as they are."""
    present = Present(conn)
    comparison = _Comparison(present, sheet)
    steps: list[Step] = []
    for done, entry in enumerate(sheet.entries):
        steps.extend(comparison.entry(entry))
        if done % _TOLD == 0:
            progress("comparing", done, len(sheet.entries))
    leavers = comparison.leavers()
    steps += leavers if terms.block_leavers else []
    managed = comparison.managed()
    cut = cut_off(present, managed, steps, now)
    problems = [*sheet.problems, *form_problems(present.people.values(), sheet, terms), *comparison.refused]
    return ImportPlan(
        steps=tuple(steps),
        refused=tuple(sorted(problems, key=lambda p: (p.line, p.at, p.column))),
        digest=sheet.digest,
        rev=changes.head(conn),
        kept=0 if terms.block_leavers else len(leavers),
        managed=len(managed),
        cut=cut,
        excess=too_many(cut, len(managed), terms.most),
    )


class _Comparison:
    """The directory as it is beside the file as it wants it."""

    def __init__(self, present: Present, sheet: Sheet) -> None:
        self.refused: list[Problem] = []
        self._present = present
        self._sheet = sheet
        self._named = {entry.ref for entry in sheet.entries}
        self._wanted = {card.token for entry in sheet.entries for _, card in entry.cards}

    def managed(self) -> set[str]:
        """Ids of those not blocked whom this file or an earlier one speaks of."""
        people = self._present.people.items()
        return {row.id for ref, row in people if row.blocked is None and (row.source == "csv" or ref in self._named)}

    def leavers(self) -> list[Step]:
        """Those the file managed and names no more."""
        return [
            Step(Kind.LEAVE, ref, 0, row.name, person=row.id)
            for ref, row in self._present.people.items()
            if row.source == "csv" and row.blocked is None and ref not in self._named
        ]

    def entry(self, entry: Entry) -> Iterator[Step]:
        """The steps for one person of the file."""
        row = self._present.people.get(entry.ref)
        if row is None:
            groups = " ".join(sorted(entry.person.groups))
            yield Step(Kind.ADD, entry.ref, entry.line, entry.person.name, groups, entry=entry)
        elif row.kind is not None:
            self._wrong(entry.line, "person", f"is a {row.kind} of the desk: give them another reference")
            return
        else:
            yield from self._person(row, entry)
        for line, card in entry.cards:
            yield from self._card(entry, row.id if row else None, line, card)

    def _wrong(self, line: int, column: str, message: str) -> None:
        self.refused.append(self._sheet.problem(line, column, message))

    def _person(self, row: Row[Any], entry: Entry) -> Iterator[Step]:
        old, wanted = row._mapping, entry.person.columns()
        columns = {name: value for name, value in wanted.items() if old[name] != value}
        if columns:
            before = {name: old[name] for name in columns}
            words = in_words(before, columns)
            yield Step(Kind.CHANGE, entry.ref, entry.line, row.name, words, row.id, old=before, columns=columns)
        if row.blocked == "leaver":
            yield Step(Kind.RETURN, entry.ref, entry.line, row.name, person=row.id)
        for held in self._present.held.get(row.id, ()) if self._sheet.has_cards else ():
            if held.source == "csv" and held.token not in self._wanted:
                yield self._step(Kind.CARD_TAKEN, entry, row.id, entry.line, held)

    def _card(self, entry: Entry, person: str | None, line: int, card: Card) -> Iterator[Step]:
        held = self._present.cards.get(card.token)
        if held is None:
            shown = f"{card.format} ..{card.tail}"
            yield Step(Kind.CARD_GIVEN, entry.ref, line, entry.person.name, shown, person, card=card)
        elif held.person is not None and held.person == person:
            return
        elif problem := self._not_free(held):
            self._wrong(line, "number", problem)
        else:
            yield self._step(Kind.CARD_MOVED, entry, person, line, held)

    def _not_free(self, held: Row[Any]) -> str | None:
        if held.status != CredentialStatus.ACTIVE:
            return f"is a card marked {held.status}"
        if held.person is None or (held.source == "csv" and held.person in self._present.refs):
            return None
        return "is given to somebody else already"

    def _step(self, kind: Kind, entry: Entry, person: str | None, line: int, held: Row[Any]) -> Step:
        former = self._present.refs.get(held.person) if kind is Kind.CARD_MOVED else None
        shown = f"{held.format} ..{held.tail}" + (f" from {former}" if former else "")
        card = Card(held.token, held.format, held.tail)
        return Step(kind, entry.ref, line, entry.person.name, shown, person, card=card, held=held.person)
