"""`doorward tail`: live events from the bus, in order, gaps filled."""

from __future__ import annotations

import json
from contextlib import aclosing, suppress

import click
from rich.console import Console as Screen

from gateway.bus.client import BusClient
from gateway.bus.stream import Event, EventStream
from gateway.cli.console import Console, json_flag, on_console, online

PATIENCE = 5.0  # s within which the gateway must be online


@click.command()
@click.option("--stream", type=click.Choice(["event", "silent"]), default="event", show_default=True)
@click.option("--count", "-n", type=click.IntRange(1), help="End after so many events.")
@json_flag
@on_console
def tail(console: Console, stream: str, count: int | None, as_json: bool) -> None:
    """Follow the gateway's events until Ctrl-C. With a key, what was missed is asked for again.

    Example: doorward tail --demo /tmp/doorward-demo
    """

    async def follow(client: BusClient) -> None:
        await online(client, PATIENCE)
        await _follow(EventStream(client, stream), count, as_json)

    with suppress(KeyboardInterrupt):
        console.run(follow)


async def _follow(stream: EventStream, count: int | None, as_json: bool) -> None:
    screen, seen = Screen(), 0
    async with aclosing(stream.follow()) as events:
        async for event in events:
            if as_json:
                click.echo(json.dumps(event, sort_keys=True))
            else:
                screen.print(line(event), highlight=False, soft_wrap=True)
            seen += 1
            if count is not None and seen >= count:
                return


_COLOURS = {"access_denied": "yellow", "alarm_raised": "bold red", "access_granted": "green", "door_forced": "red"}


def line(event: Event) -> str:
    """One event as one line for a person."""
    name = str(event["type"]).split(".")[1]
    colour = _COLOURS.get(name, "default")
    skip = {"token", "rules_hash", "people_rev", "also_failed", "nonce"}
    data = " ".join(f"{k}={v}" for k, v in event["data"].items() if k not in skip and v not in (None, "", []))
    return f"[dim]{event['time'][11:23]}[/dim] [{colour}]{name:<20}[/{colour}] {data}".replace("[]", "")
