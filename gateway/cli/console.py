"""What the commands on a running gateway share: where its bus is, and who is asking."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.bus.client import BusClient, Reply
from gateway.bus.connection import Incoming
from gateway.bus.port import tls_context
from gateway.cli.demo_clock import DemoClock
from gateway.people.keys import load_private
from rules.model.errors import ConfigError, Unreachable

_FILE = click.Path(dir_okay=False, path_type=Path)
SETTINGS = "console.json"
"""File in a demo's folder that names its bus and a key."""

QUIET = 0.3  # s without another retained message, after which all have come
T = TypeVar("T")

json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@dataclass(frozen=True, slots=True)
class Console:
    """A way to one gateway's bus. key: file of the operator's private key, or None to look on only.

    clock: that of a demo, whose gateway has a wall clock of its own; None: ours.
    """

    bus: str
    site: str
    gateway: str
    operator: str
    key: Path | None
    ca: Path | None = None
    certificate: Path | None = None
    tls_key: Path | None = None
    clock: DemoClock | None = None

    def client(self) -> BusClient:
        private = load_private(self.key) if self.key else None
        tls = tls_context(self.ca, self.certificate, self.tls_key) if self.bus.startswith("mqtts:") else None
        now = _wall if self.clock is None else self.clock.us
        return BusClient(self.bus, self.site, self.gateway, self.operator, private, tls=tls, now=now)

    def ask(self, verb: str, target: str, args: Mapping[str, Any] | None = None) -> Reply:
        """One signed request and its answer; raises Refused or Unreachable."""

        async def asked(client: BusClient) -> Reply:
            if self.clock is not None:  # while it runs ahead, no request lives long enough
                await asyncio.sleep(self.clock.calm_in)
            return await client.request(verb, target, args or {})

        return self.run(asked)

    def states(self, noun: str, wait: float = 3.0) -> dict[str, dict[str, Any]]:
        """What is retained of a noun now, by id; raises Unreachable where no gateway is online within `wait` s."""

        async def retained(client: BusClient) -> dict[str, dict[str, Any]]:
            topics = client.topics
            async with client.listening(topics.state(noun, "#")) as states:  # comes before the status, asked for next
                await online(client, wait)
                found = await _until_quiet(states)
            return {topics.noun_of(m.topic)[1]: json.loads(m.payload) for m in found if m.payload}

        return self.run(retained)

    def run(self, work: Callable[[BusClient], Awaitable[T]]) -> T:
        """Work with a connected client. What it raises comes out as it is, not in the group of the client's tasks."""

        async def connected() -> T:
            async with self.client() as client:
                return await work(client)

        try:
            return asyncio.run(connected())
        except BaseExceptionGroup as failures:
            raise _only(failures) from None


def _only(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup) and len(failure.exceptions) == 1:
        failure = failure.exceptions[0]
    return failure


async def online(client: BusClient, wait: float) -> None:
    """Return once the gateway says that it is online; raises Unreachable."""
    where, known = f"{client.url} {client.topics.status}", "no gateway publishes there"
    try:
        async with client.listening(client.topics.status) as queue, asyncio.timeout(wait):
            while True:
                message = await queue.get()
                if message is not None and message.payload:
                    if json.loads(message.payload).get("state") == "online":
                        return
                    known = "the gateway is offline"
    except TimeoutError:
        raise Unreachable(known, code="no_gateway", where=where) from None


async def _until_quiet(queue: asyncio.Queue[Incoming | None]) -> list[Incoming]:
    """The retained messages on their way; what changes meanwhile is taken too, but not waited for."""
    found: list[Incoming] = []
    try:
        async with asyncio.timeout(QUIET) as limit:
            while True:
                message = await queue.get()
                if message is not None:
                    found.append(message)
                    if message.retained:
                        limit.reschedule(asyncio.get_running_loop().time() + QUIET)
    except TimeoutError:
        return found


def on_console(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that name the bus and the operator, and the Console as its first argument."""

    @click.option("--bus", envvar="DOORWARD_BUS", help="URL of the broker; or DOORWARD_BUS.")
    @click.option("--site", envvar="DOORWARD_SITE", help="Id of the site; or DOORWARD_SITE.")
    @click.option("--gateway", envvar="DOORWARD_GATEWAY", default="gw1", show_default=True)
    @click.option("--as", "operator", envvar="DOORWARD_OPERATOR", default="", help="Your operator id.")
    @click.option("--key", type=_FILE, envvar="DOORWARD_KEY", help="Your private key; or DOORWARD_KEY.")
    @click.option("--ca", type=_FILE, envvar="DOORWARD_CA", help="CA of the broker.")
    @click.option("--certificate", type=_FILE, envvar="DOORWARD_CERTIFICATE", help="Your TLS certificate.")
    @click.option("--tls-key", type=_FILE, envvar="DOORWARD_TLS_KEY", help="Its key.")
    @click.option(
        "--demo",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="DOORWARD_DEMO",
        help="Folder of a running demo: its bus, and a key of its.",
    )
    @wraps(command)
    def with_console(*args: Any, demo: Path | None, **kwargs: Any) -> None:
        names = ("bus", "site", "gateway", "operator", "key", "ca", "certificate", "tls_key")
        given = {name: kwargs.pop(name) for name in names}
        command(_console(given, demo), *args, **kwargs)

    return with_console


def _wall() -> int:
    """us since 1970."""
    return time.time_ns() // 1000


def _console(given: dict[str, Any], demo: Path | None) -> Console:
    if demo is not None:
        settings = _settings(demo / SETTINGS)
        given = {**given, **settings, "key": Path(settings["key"]), "clock": _clock(demo)}
    if not given["bus"] or not given["site"]:
        raise ConfigError("which gateway? give --bus and --site, or --demo FOLDER", code="no_gateway_named")
    return Console(**given)


def _settings(path: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Unreachable("no demo runs there", code="no_demo", where=str(path.parent)) from error
    return found


def _clock(demo: Path) -> DemoClock | None:
    try:
        return DemoClock.open(demo)
    except (OSError, ValueError):
        return None


def say(as_json: bool, plain: Mapping[str, Any], text: str) -> None:
    """One result, for a script or a person."""
    click.echo(json.dumps(plain, sort_keys=True) if as_json else text)
