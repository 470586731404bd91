"""`doorward explain`: why a card opens a door or does not, and what would have to change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from gateway.cli import explain_view
from gateway.cli.assume import Assumed, Moment
from gateway.cli.history import History, spool_option
from gateway.cli.offline import DIRECTIONS, Offline, at_option, json_flag, known, names_flag, on_site
from gateway.cli.people_options import progress
from gateway.cli.roster import Card
from gateway.people import cards
from gateway.people.cards import parse_number
from rules.access import pin_asked
from rules.answers.explain import Explanation
from rules.answers.explain import explain as explained
from rules.asked import Request
from rules.compile import with_change
from rules.credential import FORMATS, PIN_ALONE
from rules.model.errors import ConfigError
from rules.people import Credential, PeopleChange
from rules.policy import Direction
from rules.site import Site, Way
from rules.standing import drawn

ASSUMED_CARD = "assumed"
LOTS = 10_000  # tries to find a lot by which nobody is inspected


@click.command()
@click.option("--card", metavar="FORMAT:FACILITY:NUMBER", help="A card; `-` for no facility; or digits of its token.")
@click.option("--person", metavar="REF", help="A person, by reference or id, with the best card they hold.")
@click.option("--door", required=True, metavar="DOOR")
@click.option("--direction", type=DIRECTIONS, default="in", show_default=True)
@at_option
@click.option("--armed", multiple=True, metavar="AREA", help="Assume this area is armed.")
@click.option("--lockdown", multiple=True, metavar="DOOR|AREA|all", help="Assume these doors are in lockdown.")
@click.option("--threat", metavar="LEVEL", help="Assume this threat level.")
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    metavar="DB",
    help="Take the state at that moment from this journal.db: where people are, what was used, armed, locked down.",
)
@spool_option
@names_flag
@json_flag
@on_site
def explain(
    offline: Offline,
    card: str | None,
    person: str | None,
    door: str,
    direction: str,
    at: str | None,
    armed: tuple[str, ...],
    lockdown: tuple[str, ...],
    threat: str | None,
    journal: Path | None,
    spool: Path | None,
    names: bool,
    as_json: bool,
) -> None:
    """Explain what happens when a card is shown at a door of CONFIG, in an otherwise quiet site.

    Says which rule decides, every reason that speaks against it, and what would have to change for the opposite.

    Example: doorward explain /etc/doorward --person E1001 --door lab-door --at "mon 09:00"

    Example: doorward explain /etc/doorward --card h10301:17:21322 --door front --lockdown all

    Example: doorward explain /etc/doorward --state /var/lib/doorward --journal /var/lib/doorward --person E1001
    --door lab-door
    """
    if (card is None) == (person is None):
        raise click.UsageError("give --card or --person")
    utc = offline.moment(at)
    assumed = Assumed(offline, utc, armed, lockdown, threat)
    if spool is not None and journal is None:
        raise click.UsageError("--spool needs --journal")
    with progress(quiet=as_json) as told:
        then = assumed.quiet() if journal is None else assumed.recorded(_history(offline, journal, spool), told)
    asking = Asking(offline, then, offline.door(door), Direction(direction), utc)
    found, used, note = asking.about_card(card) if card is not None else asking.about_person(person or "")
    shown = explain_view.Shown(offline, found, used, note, then.note, names)
    click.echo(shown.json() if as_json else shown.text())


def _history(offline: Offline, journal: Path, spool: Path | None) -> History:
    return History.at(journal, spool, offline.configuration.spool)


class Asking:
    """One question about one door, for any card."""

    def __init__(self, offline: Offline, then: Moment, door: str, direction: Direction, utc: int) -> None:
        self._offline, self._then, self._utc = offline, then, utc
        self._door, self._direction = door, direction
        self._horizon = offline.year_from(utc)

    def about_card(self, text: str) -> tuple[Explanation, Card | None, str]:
        """(explanation, the card as far as it is known, a remark)."""
        token, format = self._read(text)
        held = next((c for h in self._offline.roster.holders.values() for c in h.cards if c.token == token), None)
        return self._with(self._offline.site, token, held.format if held else format), held, ""

    def _read(self, text: str) -> tuple[str, str | None]:
        """(token, format) of what was typed; an error never quotes it."""
        parts = text.split(":")
        if len(parts) == 1:
            token = self._offline.roster.card(text) if len(text) >= 8 else None
            if token is None:
                raise ConfigError("no single card has a token that begins so", code="no_such_card")
            return token, None
        facility = None if len(parts) == 3 and parts[1] in ("", "-") else parse_number(parts[1])
        number = parse_number(parts[-1])
        if len(parts) != 3 or number is None or (facility is None and parts[1] not in ("", "-")):
            raise ConfigError("a card is FORMAT:FACILITY:NUMBER, such as h10301:17:21322", code="bad_card")
        format = known(parts[0], "card format", FORMATS)
        return cards.card(self._offline.pepper, format, facility, number).token, format

    def about_person(self, who: str) -> tuple[Explanation, Card | None, str]:
        """With the card that fares best; with one that is assumed where they hold none."""
        holder = self._offline.roster.holders[self._offline.person(who)]
        if not holder.cards:
            return self._with(self._assuming(holder.key), ASSUMED_CARD, None), None, "holds no card: one is assumed"
        found = [(self._with(self._offline.site, c.token, c.format), c) for c in holder.cards]
        best, card = min(found, key=_merit)
        return best, card, f"the best of {len(found)} cards" if len(found) > 1 else ""

    def _assuming(self, person: str) -> Site:
        """The same site, in which they hold a card."""
        site = self._offline.site
        people = site.people.snapshot()
        found = replace(site, people=people, cards=people.credentials)
        return with_change(found, PeopleChange(people.rev, credentials=(Credential(ASSUMED_CARD, person),)))

    def _with(self, site: Site, token: str, format: str | None) -> Explanation:
        reader, fits = self._reader(site, format)
        request = Request(
            door=self._door,
            direction=self._direction,
            token=token if fits else None,
            reader=reader,
            t=self._then.t,
            utc=self._utc,
            fault=None if fits else "bad_format",
            by="pin" if format == PIN_ALONE else "card",
            entropy=_undrawn(site.way(self._door, self._direction)),
        )
        if request.by == "card" and pin_asked(site, self._then.state, request):
            request = replace(request, pin=_pin_on_file(site, token))
        return explained(site, self._then.state, request, self._horizon)

    def _reader(self, site: Site, format: str | None) -> tuple[str, bool]:
        """The reader that is meant, and whether it accepts cards of this format; the first that does, if any."""
        door = site.doors[self._door]
        readers = door.readers_in if self._direction is Direction.IN else door.readers_out
        for reader in readers:
            if format is None or format in accepted(site, reader):
                return reader, True
        return (readers[0], False) if readers else ("", True)


def _merit(found: tuple[Explanation, Card]) -> tuple[bool, int, str, str]:
    """Granted first, then the fewest obstacles; among equals always the same one."""
    explanation, card = found
    return not explanation.granted, len(explanation.causes), card.format, card.tail


def accepted(site: Site, reader: str) -> Iterator[str]:
    """The formats of what a reader can tell: cards, and a PIN that stands alone."""
    policy = site.readers[reader].policy
    yield from (FORMATS[name].identity for name in policy.formats)
    if policy.keypad:
        yield PIN_ALONE


def _pin_on_file(site: Site, token: str) -> str:
    card = site.cards.get(token)
    person = site.people.persons.get(card.person) if card is not None and card.person is not None else None
    return "ok" if person is not None and person.has_pin else "wrong"


def _undrawn(way: Way) -> str:
    """An entropy by which nobody is chosen for an inspection, if there is one: what may be drawn is said apart."""
    rates = [(found.policy.id, found.policy.rate) for found in way.inspections]
    lots = (f"{n:032x}" for n in range(LOTS))
    return next((lot for lot in lots if not any(drawn(id, rate, lot) for id, rate in rates)), "")
