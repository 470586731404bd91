"""`doorward area`: look at areas, arm and disarm them, forgive who is there."""

from __future__ import annotations

import json

import click
from rich.console import Console as Screen
from rich.table import Table

from config.problem import suggestion
from gateway.cli.console import Console, json_flag, on_console, say
from gateway.cli.signed import ask


@click.group()
def area() -> None:
    """Areas: list, arm, disarm, forgive."""


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


@area.command()
@click.argument("target", metavar="AREA|all")
@json_flag
@on_console
def forgive(console: Console, target: str, as_json: bool) -> None:
    """Forget that anybody is in AREA, or anywhere: passback does not bind them until they pass a door again.

    One person is forgiven by `doorward people forgive`.

    Example: doorward area forgive lab --as amira --key amira.key
    """
    reply = ask(console, "forgive", target, {"nobody_there": lambda: _why_nobody(console, target)})
    say(as_json, {"request": reply.request, "area": target, "code": reply.code}, f"{target}: forgiven")


def _why_nobody(console: Console, target: str) -> str:
    """Only to whoever named an area that is not there does it matter which there are."""
    areas = console.states("area") if target != "all" else {target: {}}
    if target in areas:
        return "nobody is there, as far as is known"
    return f"no area {target!r}{suggestion(target, areas)}"
