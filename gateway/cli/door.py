"""`doorward door`: look at doors, and ask for one to be opened, locked, unlocked or locked down."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console as Screen
from rich.table import Table

from gateway.cli.console import Console, json_flag, on_console, say


@click.group()
def door() -> None:
    """Doors: list them, open one, lock down, release."""


@door.command(name="list")
@json_flag
@on_console
def list_(console: Console, as_json: bool) -> None:
    """Every door as it is now.

    Example: doorward door list --demo /tmp/doorward-demo
    """
    doors = console.states("door")
    if as_json:
        click.echo(json.dumps(doors, sort_keys=True))
    else:
        Screen().print(table(doors))


def table(doors: dict[str, dict[str, Any]]) -> Table:
    """The doors' views as a table."""
    shown = Table("door", "position", "lock", "mode", "alarm")
    for name, view in sorted(doors.items()):
        alarm = "FORCED" if view["forced"] else "held open" if view["held"] else ""
        shown.add_row(name, view["position"], view["lock"], view["mode"], alarm)
    return shown


def _verb(name: str, verb: str, done: str, help_text: str, *, argument: str = "DOOR") -> None:
    """Add one command that asks one thing of one door, area, or all."""

    @door.command(name=name, help=help_text)
    @click.argument("target", metavar=argument)
    @json_flag
    @on_console
    def command(console: Console, target: str, as_json: bool) -> None:
        reply = console.ask(verb, target)
        say(
            as_json, {"request": reply.request, "verb": verb, "target": target, "code": reply.code}, f"{target}: {done}"
        )


_verb("open", "open", "released once", "Release DOOR once, for its release time.\n\nExample: doorward door open front")
_verb("unlock", "unlock", "held unlocked", "Hold DOOR unlocked until `auto`.\n\nExample: doorward door unlock front")
_verb("lock", "lock", "held locked", "Hold DOOR locked against its schedule.\n\nExample: doorward door lock front")
_verb("auto", "auto", "follows its schedule", "Let DOOR follow its schedule.\n\nExample: doorward door auto front")
_verb("block", "block", "blocked", "Deny every card at DOOR.\n\nExample: doorward door block front")
_verb("unblock", "unblock", "no longer blocked", "End `block`.\n\nExample: doorward door unblock front")
_verb(
    "lockdown",
    "lockdown",
    "locked down",
    "Deny entry by a door, by every door of an area, or by `all`. Exit stays free.\n\n"
    "Example: doorward door lockdown all",
    argument="DOOR|AREA|all",
)
_verb(
    "release",
    "lockdown-end",
    "lockdown ended",
    "End a lockdown.\n\nExample: doorward door release all",
    argument="DOOR|AREA|all",
)
