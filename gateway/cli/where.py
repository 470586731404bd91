"""`doorward where`: every door a person may pass, with the rule behind each."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gateway.cli.offline import DIRECTIONS, Offline, at_option, csv_flag, json_flag, names_flag, on_site
from gateway.cli.review import Period, Review, audit
from rules.answers.audit import Audit, doorway
from rules.people import Person
from rules.policy import Direction


@click.command()
@click.option("--person", required=True, metavar="REF", help="A person, by reference or id.")
@click.option("--direction", type=DIRECTIONS, help="One way only; both if left out.")
@at_option
@click.option("--ever", is_flag=True, help="At any time of the coming twelve months.")
@names_flag
@json_flag
@csv_flag
@on_site
def where(
    offline: Offline,
    person: str,
    direction: str | None,
    at: str | None,
    ever: bool,
    names: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """List every door of CONFIG that a person may pass by card, grouped by the rule that lets them.

    Example: doorward where /etc/doorward --person E1001 --at "sat 03:00"

    Example: doorward where /etc/doorward --person E1001 --ever --csv
    """
    period = Period.asked(offline, at, ever)
    key = offline.person(person)
    asked = audit(offline, period)
    one = offline.site.people.persons[key]
    rows = tuple(entry for entry in asked.where(one) if direction in (None, entry.direction.value))
    review = Review(
        offline, period, rows, tuple(_notes(offline, asked, one)), names, ("reference", "id", "name"), nothing="nowhere"
    )
    holder = offline.roster.holders[key]
    about = {"ref": holder.ref, "id": holder.id, **({"name": holder.name} if names else {})}
    who = f"{holder.shown} ({holder.name})" if names else holder.shown
    review.show(f"Where {who} may pass", about, as_json, as_csv)


def _notes(offline: Offline, asked: Audit, person: Person) -> Iterator[str]:
    if person.blocked:
        yield "this person is blocked"
    elif not asked.valid(person):
        yield "this person is not valid then"
    elif not asked.held(person):
        yield "this person holds no card that works then"
    free = [d for d in offline.site.doors for way in Direction if doorway(offline.site, (d, way)).free]
    if free:
        yield f"everybody can leave by {', '.join(free)}, where every read releases the door"
    if unlocked := [door for door in offline.site.doors if asked.unlocked(door)]:
        yield f"unlocked for everybody by schedule: {', '.join(unlocked)}"
