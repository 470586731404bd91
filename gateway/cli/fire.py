"""`doorward fire`: the signed reset after a fire."""

from __future__ import annotations

import click

from gateway.cli.console import Console, json_flag, on_console, say


@click.group()
def fire() -> None:
    """Fire inputs."""


@fire.command()
@click.argument("input_id", metavar="FIRE")
@json_flag
@on_console
def reset(console: Console, input_id: str, as_json: bool) -> None:
    """End the release of a FIRE input whose input is normal again: its doors go back to their modes.

    Example: doorward fire reset panel
    """
    reply = console.ask("fire-reset", input_id)
    say(as_json, {"fire": input_id, "code": reply.code}, f"{input_id}: reset")
