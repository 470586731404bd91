"""How the directory is shown: tables for people, plain values for `--json`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from gateway.cli import moment
from gateway.people import times
from gateway.people.changes import Change
from gateway.people.records import CardRecord, PersonRecord
from gateway.people.suspensions import Suspension

SHORT = 12  # digits of a token that name a card on screen


def console() -> Console:
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
        "suspended": [_suspension(held) for held in one.suspensions],
        "kind": one.kind,
        "host": one.host,
        "from": times.shown(one.begins) or None,
        "until": times.shown(one.ends) or None,
        "extended": one.extended,
        "pin": one.has_pin,
        "managed_by": one.source,
        "cards": [_card(card) for card in one.cards],
    }


def _card(card: CardRecord) -> dict[str, Any]:
    return {"card": card.token[:SHORT], "format": card.format, "tail": card.tail, "status": card.status}


def _suspension(one: Suspension) -> dict[str, Any]:
    return {
        "id": one.id,
        "scope": one.scope,
        "reason": one.reason,
        "until": times.shown(one.until) or None,
        "since": times.shown(one.utc),
        "actor": one.actor,
    }


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
    console().print(table)


def _state(one: PersonRecord) -> str:
    now = moment.now()
    causes = [f"blocked ({one.blocked})"] if one.blocked else []
    for held in one.suspensions:
        if held.holds(now):
            causes.append(f"suspended ({held.scope}{f' until {times.shown(held.until)}' if held.until else ''})")
    if one.ends is not None and one.ends <= now:
        causes.append("ended")
    return ", ".join(causes) or "active"


def print_person(one: PersonRecord, log: Iterable[Change]) -> None:
    out = console()
    about = Table(show_header=False)
    for key, value in person(one).items():
        if key not in ("cards", "attributes", "suspended"):
            about.add_row(key, " ".join(value) if isinstance(value, list) else _plain(value))
    for key, value in one.attributes:
        about.add_row(key, value)
    for held in one.suspensions:
        until = f", until {times.shown(held.until)}" if held.until else ""
        about.add_row(
            "suspended", f"{held.scope}{until}, by {held.actor}" + (f": {held.reason}" if held.reason else "")
        )
    cards = Table("card", "format", "number", "status")
    for card in one.cards:
        cards.add_row(card.token[:SHORT], card.format, f"..{card.tail}", card.status)
    changes = Table("rev", "time", "actor", "what", "card")
    for line in log:
        token = (line.token or "")[:SHORT]
        changes.add_row(str(line.rev), times.shown(line.utc), line.actor, line.what, token)
    out.print(about, cards, changes)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
