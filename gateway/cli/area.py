"""`doorward area`: look at areas, arm and disarm them."""

from __future__ import annotations

import json

import click
from rich.console import Console as Screen
from rich.table import Table

from gateway.cli.console import Console, json_flag, on_console, say


@click.group()
def area() -> None:
    """Areas: list, arm, disarm."""


@area.command(name="list")
@json_flag
@on_console
def list_(console: Console, as_json: bool) -> None:
    """Every area as it is now.

    Example: doorward area list --json
    """
    areas = console.states("area")
    if as_json:
        click.echo(json.dumps(areas, sort_keys=True))
        return
    shown = Table("area", "status", "by", "zones not normal")
    for name, view in sorted(areas.items()):
        awake = ", ".join(f"{zone} {state}" for zone, state in view["zones"].items() if state != "normal")
        shown.add_row(name, view["status"], view["by"], awake)
    Screen().print(shown)


@area.command()
@click.argument("area_id", metavar="AREA")
@json_flag
@on_console
def arm(console: Console, area_id: str, as_json: bool) -> None:
    """Arm AREA: its exit delay begins.

    Example: doorward area arm office
    """
    reply = console.ask("arm", area_id)
    say(as_json, {"area": area_id, "code": reply.code, **reply.body}, f"{area_id}: arming")


@area.command()
@click.argument("area_id", metavar="AREA")
@json_flag
@on_console
def disarm(console: Console, area_id: str, as_json: bool) -> None:
    """Disarm AREA.

    Example: doorward area disarm office
    """
    reply = console.ask("disarm", area_id)
    say(as_json, {"area": area_id, "code": reply.code}, f"{area_id}: disarmed")
