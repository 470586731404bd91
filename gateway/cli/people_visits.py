"""`doorward people visitor`, `visitors` and `extend`: guests and contractors, with a host and an end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import click

from gateway.cli.desk import Desk, actor, on_desk
from gateway.cli.people_options import card_number, csv_flag, json_flag, moment, say, zone_option
from gateway.cli.people_table import Listing, count
from gateway.cli.people_view import SHORT
from gateway.people import times, visitors
from gateway.people.cards import Card
from gateway.people.directory import Directory
from gateway.people.persons import KINDS, NewPerson
from gateway.people.visitors import HostState, Visit
from rules.credential import FORMATS

_COLUMNS = (
    *("state", "id", "reference", "name", "kind", "company", "host", "host_name", "host_state"),
    *("from", "until", "badges"),
)
_SHOWN = ("state", "who", "name", "company", "host", "from", "until", "badges")


@click.command()
@click.option("--name", required=True)
@click.option("--host", required=True, metavar="WHO", help="Whom they visit or work for: an id or a reference.")
@click.option("--until", "ends", required=True, metavar="WHEN", help="Last day, or moment, or time of today.")
@click.option("--from", "begins", metavar="WHEN", help="First day, or moment, or time of today; left out: now.")
@click.option("--company")
@click.option("--kind", type=click.Choice(KINDS), default=KINDS[0], show_default=True)
@click.option("--card", metavar="FORMAT[:FACILITY[:NUMBER]]", help="A badge; its number is asked for when left out.")
@click.option("--group", "--groups", "groups", multiple=True, default=("visitors",), show_default=True)
@click.option("--ref", help="Reference in your own records.")
@zone_option
@json_flag
@on_desk
def visitor(
    desk: Desk,
    name: str,
    host: str,
    ends: str,
    begins: str | None,
    company: str | None,
    kind: str,
    card: str | None,
    groups: tuple[str, ...],
    ref: str | None,
    zone: ZoneInfo,
    as_json: bool,
) -> None:
    """Add a visitor or contractor, who has a host and always an end, and print the new id.

    Example: doorward people visitor --name "Vera Lind" --host E1001 --until 17:00 --card h10301:12

    Example: doorward people visitor --kind contractor --name "Raj Rao" --host E1001 --until 2026-12-31 --company acme
    """
    new = NewPerson(
        name=name,
        ref=ref,
        groups=frozenset(groups),
        attributes=(("company", company),) if company else (),
        begins=moment(begins, zone, "--from"),
        ends=moment(ends, zone, "--until"),
        kind=kind,
    )
    with desk.open() as directory:
        badge = _card(directory, card) if card else None
        with directory.editing(actor()) as log:
            ident = visitors.admit(log, new, host, badge)
    if badge is None:
        say(as_json, person=ident)
    else:
        say(as_json, person=ident, card=badge.token[:SHORT])


def _card(directory: Directory, text: str) -> Card:
    format, *numbers = text.split(":")
    layout = FORMATS.get(format)
    wanted = 1 + (layout is not None and layout.facility is not None)
    if len(numbers) < wanted - 1 or len(numbers) > wanted:
        raise click.BadParameter("is FORMAT[:FACILITY[:NUMBER]]", param_hint="--card")
    if len(numbers) < wanted:
        numbers.append(click.prompt("Card number", hide_input=True, err=True))
    *facility, number = (card_number(part, "--card") for part in numbers)
    return directory.card(format, facility[0] if facility else None, number)


@click.command()
@click.argument("who")
@click.option("--until", "ends", required=True, metavar="WHEN", help="Last day, or moment, or time of today.")
@zone_option
@json_flag
@on_desk
def extend(desk: Desk, who: str, ends: str, zone: ZoneInfo, as_json: bool) -> None:
    """Give a visitor or contractor another end.

    Example: doorward people extend p-0c7650678cedeac1 --until 2026-12-31
    """
    until = moment(ends, zone, "--until") or 0
    with desk.open() as directory, directory.editing(actor()) as log:
        ident = visitors.extend(log, who, until)
    say(as_json, person=ident)


@click.command(name="visitors")
@click.option("--overdue", is_flag=True, help="Only those past their end whose badge did not come back.")
@zone_option
@json_flag
@csv_flag
@on_desk
def visitors_(desk: Desk, overdue: bool, zone: ZoneInfo, as_json: bool, as_csv: bool) -> None:
    """List visitors and contractors with their hosts, and the badges that are to come back.

    `people unassign` takes a badge back; `people remove` erases whoever has gone.

    Example: doorward people visitors --overdue
    """
    with desk.open() as directory, directory.store.reading() as conn:
        now = directory.now()
        found = [one for one in visitors.visits(conn, now) if one.overdue or not overdue]
    rows = [_row(one, now, zone) for one in found]
    title = "badges to be returned" if overdue else "visitors and contractors"
    listing = Listing(title, _COLUMNS, rows, tuple(_notes(found)))
    if not (as_json or as_csv):
        listing = replace(listing, columns=_SHOWN, rows=[_on_screen(row) for row in rows])
    listing.show(as_json=as_json, as_csv=as_csv)


def _row(visit: Visit, now: int, zone: ZoneInfo) -> dict[str, Any]:
    one = visit.person
    return {
        "state": _state(visit, now),
        "id": one.id,
        "reference": one.ref,
        "name": one.name,
        "kind": one.kind,
        "company": dict(one.attributes).get("company"),
        "host": visit.host,
        "host_name": visit.host_name,
        "host_state": visit.host_state.value,
        "from": times.shown(one.begins, zone) or None,
        "until": times.shown(one.ends, zone) or None,
        "badges": [f"{card.token[:SHORT]} {card.format}..{card.tail}" for card in one.cards],
    }


def _on_screen(row: dict[str, Any]) -> dict[str, Any]:
    """The same in fewer columns."""
    state = "" if row["host_state"] == HostState.PRESENT else f" ({row['host_state']})"
    host = f"{row['host']} {row['host_name']}".rstrip() + state
    return {**row, "who": row["reference"] or row["id"], "host": host}


def _state(visit: Visit, now: int) -> str:
    one = visit.person
    if visit.overdue:
        return "badge to be returned"
    if visit.ended:
        return "ended"
    if one.blocked or one.suspended(now):
        return "blocked" if one.blocked else "suspended"
    return "expected" if one.begins is not None and now < one.begins else "valid"


def _notes(found: list[Visit]) -> list[str]:
    late = sum(one.overdue for one in found)
    alone = sum(not one.ended and one.host_state is not HostState.PRESENT for one in found)
    notes = [f"{count(late, 'visitor')} past the end with a badge to be returned"] if late else []
    return [*notes, f"{count(alone, 'visitor')} whose host is blocked, suspended or gone"] if alone else notes
