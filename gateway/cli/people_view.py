"""How the directory is shown: tables for people, plain values for `--json`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from gateway.people import times
from gateway.people.changes import Change
from gateway.people.plan import ImportPlan
from gateway.people.records import CardRecord, PersonRecord

SHORT = 12  # digits of a token that name a card on screen


def _console() -> Console:
    """Shows text as it is: a name in square brackets is no markup."""
    return Console(markup=False, emoji=False, highlight=False)


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def person(one: PersonRecord) -> dict[str, Any]:
    """A person as plain values; times as ISO 8601 in UTC or null."""
    return {
        "id": one.id,
        "ref": one.ref,
        "name": one.name,
        "groups": sorted(one.groups),
        "attributes": dict(one.attributes),
        "blocked": one.blocked,
        "from": times.shown(one.begins) or None,
        "until": times.shown(one.ends) or None,
        "extended": one.extended,
        "pin": one.has_pin,
        "managed_by": one.source,
        "cards": [_card(card) for card in one.cards],
    }


def _card(card: CardRecord) -> dict[str, Any]:
    return {"card": card.token[:SHORT], "format": card.format, "tail": card.tail, "status": card.status}


def change(one: Change) -> dict[str, Any]:
    return {
        "rev": one.rev,
        "time": times.shown(one.utc),
        "actor": one.actor,
        "what": one.what,
        "card": one.token and one.token[:SHORT],
        "detail": json.loads(one.detail),
    }


def print_people(people: Iterable[PersonRecord]) -> None:
    table = Table("id", "reference", "name", "groups", "cards", "pin", "state")
    for one in people:
        cards = ", ".join(f"{card.format} ..{card.tail}" for card in one.cards)
        pin = "yes" if one.has_pin else ""
        table.add_row(one.id, one.ref or "", one.name, " ".join(sorted(one.groups)), cards, pin, _state(one))
    _console().print(table)


def _state(one: PersonRecord) -> str:
    return f"blocked ({one.blocked})" if one.blocked else "active"


def print_person(one: PersonRecord, log: Iterable[Change]) -> None:
    console = _console()
    about = Table(show_header=False)
    for key, value in person(one).items():
        if key not in ("cards", "attributes"):
            about.add_row(key, " ".join(value) if isinstance(value, list) else _plain(value))
    for key, value in one.attributes:
        about.add_row(key, value)
    cards = Table("card", "format", "number", "status")
    for card in one.cards:
        cards.add_row(card.token[:SHORT], card.format, f"..{card.tail}", card.status)
    changes = Table("rev", "time", "actor", "what", "card")
    for line in log:
        token = (line.token or "")[:SHORT]
        changes.add_row(str(line.rev), times.shown(line.utc), line.actor, line.what, token)
    console.print(about, cards, changes)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def plan(one: ImportPlan) -> dict[str, Any]:
    """An import as plain values."""
    return {
        "applied": one.applied,
        "rev": one.rev,
        "digest": one.digest,
        "steps": [
            {"kind": s.kind.value, "ref": s.ref, "line": s.line, "person": s.person, "detail": s.detail}
            for s in one.steps
        ],
        "refused": [{"line": p.line, "column": p.column, "message": p.message} for p in one.refused],
    }


def print_plan(one: ImportPlan, file: str, dry_run: bool) -> None:
    """What an import did or would do; its mistakes go to standard error as file:line: column: message."""
    for problem in one.refused:
        column = f"{problem.column}: " if problem.column else ""
        click.echo(f"{file}:{problem.line}: {column}{problem.message}", err=True)
    table = Table("what", "reference", "line", "detail")
    for step in one.steps:
        table.add_row(step.kind.value, step.ref, str(step.line or ""), step.detail)
    if one.steps and not one.refused:
        _console().print(table)
    click.echo(_summary(one, dry_run))


def _summary(one: ImportPlan, dry_run: bool) -> str:
    if one.refused:
        count = len(one.refused)
        return f"nothing was changed: {count} mistake{'' if count == 1 else 's'} in the file"
    steps = f"{len(one.steps)} change{'' if len(one.steps) == 1 else 's'}"
    return f"{steps} would be made" if dry_run else f"{steps} made, the directory is at revision {one.rev}"
