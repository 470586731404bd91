"""`doorward swipe`: a badge at a simulated reader, through the simulator's own control socket, never the bus."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path

import click

from gateway.cli.console import json_flag, say
from rules.model.errors import Refused, Unreachable

SOCKET = "control.sock"
"""File in a demo's folder."""

LIMIT = 10.0  # s


@click.command()
@click.argument("person")
@click.argument("reader")
@click.option("--pin", help="Digits to enter afterwards, for a demo person only.")
@click.option("--open/--no-open", "opens", default=True, help="Whether they then walk through.")
@click.option(
    "--demo",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="DOORWARD_DEMO",
    required=True,
    help="Folder of the running demo; or DOORWARD_DEMO.",
)
@json_flag
def swipe(person: str, reader: str, pin: str | None, opens: bool, demo: Path, as_json: bool) -> None:
    """Hold the card of PERSON (their reference, or `unknown`) to READER of a running demo.

    Example: doorward swipe E1001 lobby-reader --demo /tmp/doorward-demo
    """
    asked = {"do": "swipe", "person": person, "reader": reader, "pin": pin, "open": opens}
    answer = tell(demo, asked)
    say(as_json, answer, f"{person} at {reader}: {answer.get('said', 'done')}")


def tell(demo: Path, asked: Mapping[str, object]) -> dict[str, object]:
    """One line of JSON to the simulator, one back. Raises Unreachable or Refused."""
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(LIMIT)
        try:
            channel.connect(str(demo / SOCKET))
            channel.sendall(json.dumps(asked).encode() + b"\n")
            answer = json.loads(channel.makefile().readline() or "{}")
        except OSError as error:
            raise Unreachable("no demo answers there", code="no_demo", where=str(demo), got=str(error)) from error
    if not answer.get("ok"):
        raise Refused(str(answer.get("error", "the simulator said nothing")), code="simulator", where=str(demo))
    found: dict[str, object] = answer
    return found
