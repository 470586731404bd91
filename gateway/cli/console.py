"""What the commands on a running gateway share: where its bus is, and who is asking."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from gateway.bus.client import BusClient, Reply
from gateway.bus.port import tls_context
from gateway.cli.demo_clock import DemoClock
from gateway.people.keys import load_private
from rules.model.errors import ConfigError, Unreachable

_FILE = click.Path(dir_okay=False, path_type=Path)
SETTINGS = "console.json"
"""File in a demo's folder that names its bus and a key."""

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

        async def asked() -> Reply:
            async with self.client() as client:
                if self.clock is not None:  # while it runs ahead, no request lives long enough
                    await asyncio.sleep(self.clock.calm_in)
                return await client.request(verb, target, args or {})

        return asyncio.run(asked())

    def states(self, noun: str, wait: float = 3.0) -> dict[str, dict[str, Any]]:
        """What is retained of a noun now, by id; raises Unreachable where the gateway publishes nothing."""
        return asyncio.run(self._states(noun, wait))

    async def _states(self, noun: str, wait: float) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        async with self.client() as client, client.listening(f"{client.topics.prefix}#") as queue:
            status = client.topics.status
            seen_status = False
            try:
                async with asyncio.timeout(wait) as limit:
                    while True:
                        message = await queue.get()
                        if message is None or not message.payload:
                            continue
                        limit.reschedule(asyncio.get_running_loop().time() + 0.3)
                        seen_status = seen_status or message.topic == status
                        if message.topic.startswith(client.topics.state(noun, "")):
                            found[client.topics.noun_of(message.topic)[1]] = json.loads(message.payload)
            except TimeoutError:
                pass
        if not seen_status:
            raise Unreachable("no gateway publishes there", code="no_gateway", where=f"{self.bus} {self.site}")
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
