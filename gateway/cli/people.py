"""`doorward people`: the desk's work on the directory. Names are shown here and nowhere else."""

from __future__ import annotations

import sys
from zoneinfo import ZoneInfo

import click

from gateway.cli import people_bulk, people_lists, people_remote, people_sync, people_visits
from gateway.cli import people_view as view
from gateway.cli.desk import Desk, actor, on_desk
from gateway.cli.people_options import attribute, bad_statuses, card_number, json_flag, moment, one_of, say, zone_option
from gateway.people.persons import NewPerson
from rules.credential import FORMATS
from rules.model.secret import Secret
from rules.people import CredentialStatus

_formats = sorted(name for name, layout in FORMATS.items() if layout.identity == name)


@click.group()
def people() -> None:
    """The people and their cards. WHO is an id (p-...) or the reference of your own records."""


for command in (
    people_sync.sync,
    people_sync.import_,
    people_bulk.suspend,
    people_bulk.resume,
    people_visits.visitor,
    people_visits.extend,
    people_visits.visitors_,
    people_lists.dormant,
    people_lists.shared,
    people_remote.forgive,
    people_remote.remote,
):
    people.add_command(command)


@people.command()
@click.argument("name")
@click.option("--ref", help="Reference in your own records.")
@click.option("--group", "groups", multiple=True, help="May be given several times.")
@click.option("--attribute", "attributes", multiple=True, metavar="KEY=VALUE", help="May be given several times.")
@click.option("--from", "begins", metavar="DATE", help="First day, or moment.")
@click.option("--until", "ends", metavar="DATE", help="Last day, or moment.")
@zone_option
@click.option("--extended", is_flag=True, help="Doors stay open longer.")
@json_flag
@on_desk
def add(
    desk: Desk,
    name: str,
    ref: str | None,
    groups: tuple[str, ...],
    attributes: tuple[str, ...],
    begins: str | None,
    ends: str | None,
    zone: ZoneInfo,
    extended: bool,
    as_json: bool,
) -> None:
    """Add a person and print the new id.

    Example: doorward people add "Amira Haddad" --ref E1001 --group staff --attribute company=acme
    """
    new = NewPerson(
        name=name,
        ref=ref,
        groups=frozenset(groups),
        attributes=tuple(attribute(text) for text in attributes),
        begins=moment(begins, zone, "--from"),
        ends=moment(ends, zone, "--until"),
        extended=extended,
    )
    with desk.open(create=True) as directory:
        say(as_json, person=directory.add(actor(), new))


@people.command()
@click.argument("who", required=False)
@click.option("--card", help="Block this card only: the first 8 or more digits of its token (see show).")
@click.option("--status", type=click.Choice(bad_statuses), default="disabled", show_default=True, help="Of the card.")
@json_flag
@on_desk
def block(desk: Desk, who: str | None, card: str | None, status: str, as_json: bool) -> None:
    """Deny a person, or one card, everything from the next badge on.

    Example: doorward people block E1001

    Example: doorward people block --card 3fa9c1d2e4b6 --status lost
    """
    with desk.open() as directory:
        if one_of(who, card):
            say(as_json, person=directory.block(actor(), who or ""))
        else:
            say(as_json, card=directory.set_card_status(actor(), card or "", CredentialStatus(status)))


@people.command()
@click.argument("who", required=False)
@click.option("--card", help="Unblock this card only.")
@json_flag
@on_desk
def unblock(desk: Desk, who: str | None, card: str | None, as_json: bool) -> None:
    """Lift the block of a person, or make a card active again. A suspension is lifted by `resume`.

    Example: doorward people unblock E1001
    """
    with desk.open() as directory:
        if one_of(who, card):
            say(as_json, person=directory.unblock(actor(), who or ""))
        else:
            say(as_json, card=directory.set_card_status(actor(), card or "", CredentialStatus.ACTIVE))


@people.command()
@click.argument("who")
@click.option("--format", "format_", type=click.Choice(_formats), required=True)
@click.option("--facility", help="Facility code, where the format has one.")
@click.option("--number", prompt="Card number", help="Decimal, or hexadecimal with 0x; asked for when left out.")
@json_flag
@on_desk
def assign(desk: Desk, who: str, format_: str, facility: str | None, number: str, as_json: bool) -> None:
    """Give a person a card. Only a keyed hash of its number and the last two digits are kept.

    Example: doorward people assign E1001 --format h10301 --facility 12
    """
    place = None if facility is None else card_number(facility, "--facility")
    with desk.open() as directory:
        token = directory.assign(actor(), who, format_, place, card_number(number, "--number"))
    say(as_json, card=token[: view.SHORT])


@people.command()
@click.argument("card")
@json_flag
@on_desk
def unassign(desk: Desk, card: str, as_json: bool) -> None:
    """Take a card back. CARD is the first 8 or more digits of its token (see show).

    Example: doorward people unassign 3fa9c1d2e4b6
    """
    with desk.open() as directory:
        say(as_json, card=directory.unassign(actor(), card)[: view.SHORT])


@people.command()
@click.argument("who")
@click.option("--duress", is_flag=True, help="Set the second PIN, which also raises the silent alarm.")
@click.option("--alone", is_flag=True, help="The PIN that opens by itself, without a card, where a rule says so.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the PIN from the first line of standard input.")
@click.option("--clear", is_flag=True, help="Take away the PIN and its duress PIN.")
@json_flag
@on_desk
def pin(desk: Desk, who: str, duress: bool, alone: bool, from_stdin: bool, clear: bool, as_json: bool) -> None:
    """Set a person's PIN: asked for without echo, never an argument. An earlier one opens no more.

    Example: doorward people pin E1001 --duress

    Example: doorward people pin E1001 --alone --duress
    """
    with desk.open() as directory:
        ident = directory.record(who).id
        if clear:
            (directory.clear_pin_alone if alone else directory.clear_pin)(actor(), ident)
        else:
            set_ = directory.set_pin_alone if alone else directory.set_pin
            if warning := set_(actor(), ident, _pin(from_stdin), duress=duress):
                click.echo(f"warning: {warning}", err=True)
    say(as_json, person=ident)


def _pin(from_stdin: bool) -> Secret:
    if from_stdin:
        return Secret(sys.stdin.readline().strip())
    return Secret(click.prompt("PIN", hide_input=True, confirmation_prompt=True))


@people.command(name="list")
@click.option("--group", help="Only this group.")
@json_flag
@on_desk
def list_(desk: Desk, group: str | None, as_json: bool) -> None:
    """List the people.

    Example: doorward people list --group staff
    """
    with desk.open() as directory:
        found = [one for one in directory.records() if group is None or group in one.groups]
    if as_json:
        view.print_json([view.person(one) for one in found])
    else:
        view.print_people(found)


@people.command()
@click.argument("who")
@json_flag
@on_desk
def show(desk: Desk, who: str, as_json: bool) -> None:
    """Show a person with cards and the log of changes.

    Example: doorward people show E1001
    """
    with desk.open() as directory:
        one = directory.record(who)
        log = directory.changes_of(one.id)
    if as_json:
        view.print_json({**view.person(one), "changes": [view.change(line) for line in log]})
    else:
        view.print_person(one, log)


@people.command()
@click.argument("who")
@click.confirmation_option(prompt="Erase this person for good?")
@json_flag
@on_desk
def remove(desk: Desk, who: str, as_json: bool) -> None:
    """Erase a person; the cards stay known, unassigned, and the journal keeps a random id.

    Example: doorward people remove E1001 --yes
    """
    with desk.open() as directory:
        say(as_json, person=directory.remove(actor(), who))
