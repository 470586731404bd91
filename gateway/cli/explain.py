"""`doorward explain`: why a card opens a door or does not, and what would have to change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import click

from gateway.cli import explain_view
from gateway.cli.offline import DIRECTIONS, Offline, at_option, json_flag, known, names_flag, on_site
from gateway.cli.roster import Card
from gateway.people import cards
from gateway.people.cards import parse_number
from rules.access import Request, pin_demanded
from rules.compile import with_people
from rules.credential import FORMATS
from rules.explain import Explanation
from rules.explain import explain as explained
from rules.model.errors import ConfigError
from rules.people import Credential
from rules.policy import Direction
from rules.quiet import doors_meant, quiet
from rules.site import Site
from rules.state import State

ASSUMED_CARD = "assumed"


@click.command()
@click.option("--card", metavar="FORMAT:FACILITY:NUMBER", help="A card; `-` for no facility; or digits of its token.")
@click.option("--person", metavar="REF", help="A person, by reference or id, with the best card they hold.")
@click.option("--door", required=True, metavar="DOOR")
@click.option("--direction", type=DIRECTIONS, default="in", show_default=True)
@at_option
@click.option("--armed", multiple=True, metavar="AREA", help="Assume this area is armed.")
@click.option("--lockdown", multiple=True, metavar="DOOR|AREA|all", help="Assume these doors are in lockdown.")
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
    names: bool,
    as_json: bool,
) -> None:
    """Explain what happens when a card is shown at a door of CONFIG, in an otherwise quiet site.

    Says which rule decides, every reason that speaks against it, and what would have to change for the opposite.

    Example: doorward explain /etc/doorward --person E1001 --door lab-door --at "mon 09:00"

    Example: doorward explain /etc/doorward --card h10301:17:21322 --door front --lockdown all
    """
    if (card is None) == (person is None):
        raise click.UsageError("give --card or --person")
    utc = offline.moment(at)
    state = assumed(offline, utc, armed, lockdown)
    asking = Asking(offline, state, offline.door(door), Direction(direction), utc)
    found, used, note = asking.about_card(card) if card is not None else asking.about_person(person or "")
    shown = explain_view.Shown(offline, found, used, note, names)
    click.echo(shown.json() if as_json else shown.text())


def assumed(offline: Offline, utc: int, armed: Iterable[str], lockdown: Iterable[str]) -> State:
    """The quiet site with what the command line assumes; raises ConfigError for what is not there."""
    site = offline.site
    areas = [known(area, "area", site.areas) for area in armed]
    if never := [area for area in areas if site.areas[area].arming is None]:
        raise ConfigError(f"area {never[0]!r} cannot be armed", code="never_armed")
    targets = [known(name, "door or area", (*site.doors, *site.areas, "all")) for name in lockdown]
    return quiet(site, utc, armed=areas, locked_down=[d for name in targets for d in doors_meant(site, name)])


class Asking:
    """One question about one door, for any card."""

    def __init__(self, offline: Offline, state: State, door: str, direction: Direction, utc: int) -> None:
        self._offline, self._state, self._utc = offline, state, utc
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
        people = self._offline.site.people
        extra = {**people.credentials, ASSUMED_CARD: Credential(ASSUMED_CARD, person)}
        return with_people(self._offline.site, replace(people, credentials=extra))

    def _with(self, site: Site, token: str, format: str | None) -> Explanation:
        reader, fits = self._reader(site, format)
        credential = site.people.credentials.get(token)
        holder = site.people.persons.get(credential.person) if credential and credential.person else None
        request = Request(self._door, self._direction, token if fits else None, reader)
        if not fits:
            request = replace(request, fault="bad_format")
        if pin_demanded(site, self._door, self._direction, self._utc) is not None:
            request = replace(request, pin="ok" if holder is not None and holder.has_pin else "wrong")
        return explained(site, self._state, request, self._utc, self._horizon)

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
    """The formats of the cards that a reader can tell."""
    return (FORMATS[name].identity for name in site.readers[reader].policy.formats)
