"""What an operator anywhere on the bus may ask about people: signed, answered, and done by the running gateway."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from gateway.cli.console import Console, json_flag, on_console
from gateway.cli.console import say as said
from gateway.cli.desk import Desk
from gateway.cli.offline import known
from gateway.cli.people_options import bad_statuses, one_of
from gateway.cli.people_view import SHORT
from gateway.cli.signed import ask
from gateway.people.persons import PERSON_ID
from rules.model.errors import ConfigError
from rules.people import CredentialStatus

_FOLDER = click.Path(file_okay=False, path_type=Path)
_CARD = re.compile(r"[0-9a-f]{8,64}")
_HINTS = {
    "unknown_person": lambda: "the gateway's directory has nobody of that id",
    "unknown_card": lambda: "`doorward people show WHO` prints the digits of a card",
    "nobody_there": lambda: "their place is not known, so that no passback binds them",
}

Find = Callable[[str], str]


def _on_people(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the Console, and what makes an id of a reference."""

    @click.option("--state", type=_FOLDER, envvar="DOORWARD_STATE", help="Folder of people.db, to look references up.")
    @click.option("--secrets", type=_FOLDER, envvar="DOORWARD_SECRETS", help="Folder of its two peppers.")
    @on_console
    @wraps(command)
    def with_people(console: Console, *args: Any, state: Path | None, secrets: Path | None, **kwargs: Any) -> None:
        command(console, lambda who: _id_of(who, state, secrets), *args, **kwargs)

    return with_people


def _id_of(who: str, state: Path | None, secrets: Path | None) -> str:
    """Requests are journalled, so that a reference never goes into one. Raises ConfigError."""
    if PERSON_ID.fullmatch(who):
        return who
    if state is None:
        raise ConfigError("the bus knows people by id: give the id (p-...), or --state", code="no_directory")
    with Desk(state, secrets).open() as directory:
        found = {one.ref: one.id for one in directory.records() if one.ref is not None}
    return found[known(who, "person", found)]


@click.command()
@click.argument("who")
@json_flag
@_on_people
def forgive(console: Console, find: Find, who: str, as_json: bool) -> None:
    """Forget where WHO is: passback does not bind them until they pass a door again. Of the running gateway.

    A whole area, or everybody, is forgiven by `doorward area forgive`.

    Example: doorward people forgive p-0c7650678cedeac1 --as amira --key amira.key
    """
    person = find(who)
    reply = ask(console, "forgive", person, _HINTS)
    said(as_json, {"request": reply.request, "person": person, "code": reply.code}, f"{person}: forgiven")


@click.group()
def remote() -> None:
    """Block and unblock through the bus, from where people.db is not at hand.

    Example: doorward people remote block p-0c7650678cedeac1 --as amira --key amira.key
    """


@remote.command()
@click.argument("who", required=False)
@click.option("--card", help="Block this card only: the first 8 or more digits of its token.")
@click.option("--status", type=click.Choice(bad_statuses), default="disabled", show_default=True, help="Of the card.")
@json_flag
@_on_people
def block(console: Console, find: Find, who: str | None, card: str | None, status: str, as_json: bool) -> None:
    """Deny a person, or one card, everything from the next badge on.

    Example: doorward people remote block p-0c7650678cedeac1 --as amira --key amira.key

    Example: doorward people remote block --card 3fa9c1d2e4b6 --status lost
    """
    if one_of(who, card):
        _edit(console, "person-block", {"person": find(who or "")}, "blocked", as_json)
    else:
        _edit(console, "card-block", {"card": _token(card or ""), "status": status}, status, as_json)


@remote.command()
@click.argument("who", required=False)
@click.option("--card", help="Unblock this card only.")
@json_flag
@_on_people
def unblock(console: Console, find: Find, who: str | None, card: str | None, as_json: bool) -> None:
    """Lift the block of a person, or make a card active again.

    Example: doorward people remote unblock p-0c7650678cedeac1 --as amira --key amira.key
    """
    if one_of(who, card):
        _edit(console, "person-unblock", {"person": find(who or "")}, "no longer blocked", as_json)
    else:
        active = CredentialStatus.ACTIVE.value
        _edit(console, "card-block", {"card": _token(card or ""), "status": active}, active, as_json)


def _token(card: str) -> str:
    """Nothing but digits of a token may go on the bus, and never the number of a card."""
    if not _CARD.fullmatch(card):
        raise ConfigError("a card is 8 or more digits of its token, 0-9 and a-f", code="bad_card")
    return card


def _edit(console: Console, verb: str, args: dict[str, str], done: str, as_json: bool) -> None:
    """args: the person or the card comes first, and is what the request names."""
    what, name = next(iter(args.items()))
    reply = ask(console, verb, name, _HINTS, args)
    shown = str(reply.body[what])[: SHORT if what == "card" else None]
    said(as_json, {"request": reply.request, **args, what: shown, "code": reply.code}, f"{shown}: {done}")
