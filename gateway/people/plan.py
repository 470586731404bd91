"""What an import would change: the file compared with the directory, and the steps carried out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, select

from gateway.people import cards, changes, persons, tables
from gateway.people.cards import Card
from gateway.people.changes import Log
from gateway.people.csv_people import Entry, Sheet
from gateway.people.csv_rows import Problem
from rules.people import CredentialStatus

_FEW = 10  # so many leavers are never suspicious
_SHARE = 5  # beyond that, more than one in five is


class Kind(StrEnum):
    ADD = "add"
    CHANGE = "change"
    RETURN = "return"
    LEAVE = "leave"
    CARD_GIVEN = "card_given"
    CARD_MOVED = "card_moved"
    CARD_TAKEN = "card_taken"


@dataclass(frozen=True, slots=True)
class Step:
    """One change. ref: of the person; line: of the file, 0 for leavers; detail: fields, or a card's tail."""

    kind: Kind
    ref: str = field(repr=False)
    line: int
    detail: str = ""
    person: str | None = None
    entry: Entry | None = field(default=None, repr=False)
    columns: dict[str, Any] = field(default_factory=dict, repr=False)
    card: Card | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The steps of an import, or why it is refused as a whole. rev: of the directory, after it if `applied`."""

    steps: tuple[Step, ...]
    refused: tuple[Problem, ...]
    digest: str
    rev: int
    applied: bool = False

    def of(self, kind: Kind) -> list[Step]:
        return [step for step in self.steps if step.kind is kind]


def make_plan(conn: Connection, sheet: Sheet, many_leavers: bool) -> ImportPlan:
    """Compare a file with the directory. People of the desk whom the file does not name stay as they are."""
    comparison = _Comparison(conn, sheet)
    steps = [step for entry in sheet.entries for step in comparison.entry(entry)]
    leavers = comparison.leavers()
    if not many_leavers:
        comparison.doubt(len(leavers))
    refused = (*sheet.problems, *comparison.refused)
    return ImportPlan((*steps, *leavers), refused, sheet.digest, changes.head(conn))


class _Comparison:
    """The directory as it is beside the file as it wants it."""

    def __init__(self, conn: Connection, sheet: Sheet) -> None:
        self.refused: list[Problem] = []
        self._sheet = sheet
        people = conn.execute(select(tables.person).where(tables.person.c.ref.is_not(None))).all()
        self._people = {row.ref: row for row in people}
        self._refs = {row.id: row.ref for row in people}
        self._cards = {row.token: row for row in conn.execute(select(tables.credential))}
        self._held: dict[str | None, list[Row[Any]]] = {}
        for row in self._cards.values():
            self._held.setdefault(row.person, []).append(row)
        self._named = {entry.ref for entry in sheet.entries}
        self._wanted = {card.token for entry in sheet.entries for _, card in entry.cards}

    def leavers(self) -> list[Step]:
        """Those the file managed and names no more."""
        return [
            Step(Kind.LEAVE, ref, 0, person=row.id)
            for ref, row in self._people.items()
            if row.source == "csv" and row.blocked is None and ref not in self._named
        ]

    def doubt(self, leavers: int) -> None:
        """Refuse a file that looks cut off: too many of its people are missing."""
        managed = sum(row.source == "csv" and row.blocked is None for row in self._people.values())
        if leavers > max(_FEW, managed // _SHARE):
            message = f"{leavers} of {managed} people are not in the file and would be blocked"
            self.refused.append(Problem(0, "person", message))

    def entry(self, entry: Entry) -> Iterator[Step]:
        """The steps for one person of the file."""
        row = self._people.get(entry.ref)
        if row is None:
            yield Step(Kind.ADD, entry.ref, entry.line, entry=entry)
        else:
            yield from self._person(row, entry)
        for line, card in entry.cards:
            yield from self._card(entry.ref, row.id if row else None, line, card)

    def _person(self, row: Row[Any], entry: Entry) -> Iterator[Step]:
        wanted = entry.person.columns()
        columns = {name: value for name, value in wanted.items() if row._mapping[name] != value}
        if columns:
            yield Step(Kind.CHANGE, entry.ref, entry.line, ", ".join(sorted(columns)), row.id, columns=columns)
        if row.blocked == "leaver":
            yield Step(Kind.RETURN, entry.ref, entry.line, person=row.id)
        for held in self._held.get(row.id, ()) if self._sheet.has_cards else ():
            if held.source == "csv" and held.token not in self._wanted:
                yield self._step(Kind.CARD_TAKEN, entry.ref, row.id, entry.line, held)

    def _card(self, ref: str, person: str | None, line: int, card: Card) -> Iterator[Step]:
        held = self._cards.get(card.token)
        if held is None:
            yield Step(Kind.CARD_GIVEN, ref, line, f"{card.format} ..{card.tail}", person, card=card)
        elif held.person is not None and held.person == person:
            return
        elif problem := self._not_free(held):
            self.refused.append(Problem(line, "number", problem))
        else:
            yield self._step(Kind.CARD_MOVED, ref, person, line, held)

    def _not_free(self, held: Row[Any]) -> str | None:
        if held.status != CredentialStatus.ACTIVE:
            return f"is a card marked {held.status}"
        if held.person is None or (held.source == "csv" and self._refs.get(held.person) is not None):
            return None
        return "is given to somebody else already"

    def _step(self, kind: Kind, ref: str, person: str | None, line: int, held: Row[Any]) -> Step:
        card = Card(held.token, held.format, held.tail)
        return Step(kind, ref, line, f"{held.format} ..{held.tail}", person, card=card)


def apply_steps(log: Log, plan: ImportPlan) -> ImportPlan:
    """Carry out a plan nothing speaks against, within its transaction."""
    added = [step for step in plan.of(Kind.ADD) if step.entry]
    idents = persons.add_many(log, [step.entry.person for step in added if step.entry])
    new = {step.ref: ident for step, ident in zip(added, idents, strict=True)}
    for step in plan.steps:
        _apply(log, step, step.person or new.get(step.ref, ""))
    given = [(step.person or new[step.ref], step.card) for step in plan.of(Kind.CARD_GIVEN) if step.card]
    cards.issue_many(log, given, "csv")
    if plan.steps:
        log.note("people_imported", digest=plan.digest, steps=len(plan.steps))
    return replace(plan, applied=True, rev=plan.rev + bool(plan.steps))


def _apply(log: Log, step: Step, person: str) -> None:
    match step.kind:
        case Kind.CHANGE:
            persons.change(log, person, step.columns)
        case Kind.LEAVE:
            persons.block(log, person, "leaver")
        case Kind.RETURN:
            persons.unblock(log, person)
        case Kind.CARD_MOVED | Kind.CARD_TAKEN if step.card:
            cards.move(log, step.card.token, person if step.kind is Kind.CARD_MOVED else None, "csv")
        case _:
            return  # added and given in bulk
