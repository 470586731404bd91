"""`doorward alarms`: what wants attention, and attending to it."""

from __future__ import annotations

import json

import click
from rich.console import Console as Screen
from rich.table import Table

from gateway.cli.console import Console, json_flag, on_console, say


@click.group()
def alarms() -> None:
    """Alarms: list, acknowledge, reset. Three different acts: seeing, taking over, ending."""


@alarms.command(name="list")
@json_flag
@on_console
def list_(console: Console, as_json: bool) -> None:
    """Every alarm that is not normal, most urgent first.

    Example: doorward alarms list
    """
    found = console.states("alarm")
    if as_json:
        click.echo(json.dumps(found, sort_keys=True))
        return
    shown = Table("alarm", "priority", "state", "active", "times")
    for name, view in sorted(found.items(), key=lambda item: (item[1]["priority"], item[0])):
        shown.add_row(name, str(view["priority"]), view["state"], str(view["active"]).lower(), str(view["count"]))
    Screen().print(shown if found else "no alarms")


@alarms.command()
@click.argument("alarm")
@json_flag
@on_console
def acknowledge(console: Console, alarm: str, as_json: bool) -> None:
    """Take ALARM over: covers what happened until now, not what comes after.

    Example: doorward alarms acknowledge door-forced.front
    """
    reply = console.ask("acknowledge", alarm)
    say(as_json, {"alarm": alarm, "code": reply.code}, f"{alarm}: acknowledged")


@alarms.command()
@click.argument("alarm")
@json_flag
@on_console
def reset(console: Console, alarm: str, as_json: bool) -> None:
    """End a latched ALARM whose cause is gone and which was acknowledged.

    Example: doorward alarms reset door-forced.front
    """
    reply = console.ask("reset", alarm)
    say(as_json, {"alarm": alarm, "code": reply.code}, f"{alarm}: reset")
