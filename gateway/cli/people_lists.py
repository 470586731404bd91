"""`doorward people dormant` and `shared`: what the journal says of the use of cards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from config.scalars import duration
from gateway.cli.desk import Desk, on_desk
from gateway.cli.people_options import csv_flag, json_flag, progress, zone_option
from gateway.cli.people_table import Listing
from gateway.cli.people_view import SHORT
from gateway.journal.opening import STORE
from gateway.people import shared as sharing
from gateway.people import times, uses
from gateway.people.directory import Directory
from gateway.people.dormant import DAY, Dormant
from gateway.people.dormant import dormant as find_dormant
from gateway.people.records import CardRecord, PersonRecord
from gateway.people.shared import Suspicion

_DORMANT = (
    *("reference", "id", "name", "card", "number", "given", "last_used", "door", "days"),
    *("never_used", "other_card_used"),
)
_SHARED = ("finding", "reference", "id", "name", "cards", "doors", "times", "shortest_s", "first", "last")


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="Not used for so long.")
@zone_option
@json_flag
@csv_flag
@on_desk
def dormant(desk: Desk, days: int, zone: ZoneInfo, as_json: bool, as_csv: bool) -> None:
    """List cards that would work and were not used for a long time, or never, from the journal beside people.db.

    Days count from the day a card was given to its holder, so that a new card is not dormant.

    Example: doorward people dormant --days 180 --csv > dormant.csv
    """
    with desk.open() as directory:
        with progress(quiet=as_json or as_csv) as told:
            past = uses.history(_journal(directory), told)
        now = directory.now()
        with directory.store.reading() as conn:
            found = find_dormant(conn, past, now, days)
    rows = [_dormant_row(one, now, zone) for one in found]
    notes = tuple(_since(past.begins, now - days * DAY, zone))
    Listing(f"cards not used for {days} days", _DORMANT, rows, notes).show(as_json=as_json, as_csv=as_csv, days=days)


def _journal(directory: Directory) -> Path:
    return Path(directory.store.where).parent / STORE


def _since(begins: int | None, wanted: int, zone: ZoneInfo) -> Iterator[str]:
    if begins is None:
        yield "the journal is empty: nothing is known of the use of any card"
    elif begins > wanted:
        yield f"the journal begins {times.shown(begins, zone)}: never means not since then"


def _holder(one: PersonRecord) -> dict[str, Any]:
    return {"reference": one.ref, "id": one.id, "name": one.name}


def _number(card: CardRecord) -> str:
    return f"{card.format}..{card.tail}"


def _dormant_row(one: Dormant, now: int, zone: ZoneInfo) -> dict[str, Any]:
    return {
        **_holder(one.person),
        "card": one.card.token[:SHORT],
        "number": _number(one.card),
        "given": times.shown(one.given, zone) or None,
        "last_used": times.shown(one.last.utc, zone) if one.last else None,
        "door": one.last.door if one.last else None,
        "days": None if one.idle is None else (now - one.idle) // DAY,
        "never_used": one.last is None,
        "other_card_used": one.other_used,
    }


@click.command()
@click.option("--within", default="3s", show_default=True, help="Nobody gets from one reader to another in less.")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far to look back.")
@zone_option
@json_flag
@csv_flag
@on_desk
def shared(desk: Desk, within: str, days: int, zone: ZoneInfo, as_json: bool, as_csv: bool) -> None:
    """List signs that badges are shared.

    `several_cards` is a fact: a person with access holds more than one active card. The others are suspicions from
    the journal and prove nothing: `two_readers`, one card let in at two readers within the time; `two_cards`, two
    cards of one person let in at two readers within the time. Readers side by side may show up wrongly.

    Example: doorward people shared --within 5s --days 7
    """
    limit = _duration(within)
    with desk.open() as directory:
        now = directory.now()
        with progress(quiet=as_json or as_csv) as told:
            suspicions = sharing.suspicions(uses.grants(_journal(directory), now - days * DAY, told), limit)
        with directory.store.reading() as conn:
            holders = sharing.several_cards(conn, now)
        people = {one.id: one for one in directory.records()}
    rows = [_several(one) for one in holders] + [_suspicion(one, people, zone) for one in suspicions]
    notes = ("two_readers and two_cards are suspicions: look at the doors before you speak to anybody",)
    listing = Listing("signs of shared badges", _SHARED, rows, notes if suspicions else ())
    listing.show(as_json=as_json, as_csv=as_csv, within_us=limit, days=days)


def _duration(text: str) -> int:
    try:
        return duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--within") from None


def _several(one: PersonRecord) -> dict[str, Any]:
    cards = [f"{card.token[:SHORT]} {_number(card)}" for card in sharing.active(one)]
    return {**dict.fromkeys(_SHARED), "finding": "several_cards", **_holder(one), "cards": cards, "doors": []}


def _suspicion(one: Suspicion, people: dict[str, PersonRecord], zone: ZoneInfo) -> dict[str, Any]:
    holder = people.get(one.person or "")
    about = _holder(holder) if holder else {"reference": None, "id": one.person, "name": None}
    return {
        "finding": "two_cards" if one.two_cards else "two_readers",
        **about,
        "cards": sorted({token[:SHORT] for token in one.tokens}),
        "doors": [f"{door}/{reader}" for door, reader in zip(one.doors, one.readers, strict=True)],
        "times": one.times,
        "shortest_s": f"{one.shortest / 1_000_000:.1f}",
        "first": times.shown(one.first, zone),
        "last": times.shown(one.last, zone),
    }
