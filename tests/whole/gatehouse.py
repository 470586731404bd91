"""A whole gateway on the simulated site, in one process: what whole-gateway tests drive and look at."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.secrets import Secrets
from gateway.app import App, Options
from gateway.bus.client import BusClient
from gateway.clock import Sources
from gateway.discover import drivers
from gateway.link import Link
from gateway.people.keys import load_private
from gateway.reload.candidate import Source
from gateway.reload.start import folder_or_last
from rules.view import view
from simulators.doors import SimDoor
from simulators.folder import Cardholder, DemoFolder
from simulators.site import SimSite

LIMIT = 10.0
"""Seconds anything may take before a test gives up waiting."""


async def until(what: str, condition: Callable[[], Any], limit: float = LIMIT) -> Any:
    """Wait for a condition, looking every few milliseconds; the last value of it. Fails with `what`."""
    try:
        async with asyncio.timeout(limit):
            while not (found := condition()):  # noqa: ASYNC110 - steel, wires and brokers set no event
                await asyncio.sleep(0.005)
            return found
    except TimeoutError:
        raise AssertionError(f"did not happen within {limit} s: {what}") from None


@dataclass
class Gatehouse:
    """The site and the daemon that serves it. `start` and `stop` may be called again and again on one journal."""

    site: SimSite
    options: dict[str, Any] = field(default_factory=dict)
    app: App = field(init=False)
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load the configuration as it is on disk, or else the last one, and run the daemon."""
        folder, known = self.site.folder, drivers()
        source = self.options.get("source") or Source(folder.config, Secrets(folder.secrets), known)
        configuration, fell_back = folder_or_last(source, folder.state, time.time_ns() // 1000)
        started = asyncio.Event()
        options = Options(folder.state, started=lambda app: started.set(), fell_back=fell_back, **self.options)
        self.app = App(configuration, known, options)
        self._task = asyncio.get_running_loop().create_task(self.app.run(), name="daemon")
        waiting = asyncio.ensure_future(started.wait())
        await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            waiting.cancel()
            await self._task

    async def stop(self) -> None:
        """Stop in order and wait for the end."""
        if self._task is not None:
            self.app.stop()
            done, _ = await asyncio.wait({self._task}, timeout=LIMIT)
            assert done, f"the daemon does not stop: {[t.get_name() for t in asyncio.all_tasks() if t.cancelling()]}"
            await self._task
            self._task = None

    async def online(self, *devices: str) -> None:
        """Wait until these devices, or every wired one, are online."""
        wanted = devices or tuple(d for d in self.app.core.site.devices if d not in self.site.sensors)
        await until(f"online: {wanted}", lambda: all(self.device(d)["status"] == "online" for d in wanted), 20)
        await until("requests are heard", lambda: any(getattr(x.driver, "listening", False) for x in self.links))

    # -- looking ------------------------------------------------------------------------------------------------

    def door(self, id: str) -> dict[str, Any]:
        return view(self.app.core.site, self.app.core.state, "door", id) or {}

    def device(self, id: str) -> dict[str, Any]:
        return view(self.app.core.site, self.app.core.state, "device", id) or {}

    def area(self, id: str) -> dict[str, Any]:
        return view(self.app.core.site, self.app.core.state, "area", id) or {}

    def alarm(self, id: str) -> dict[str, Any] | None:
        return view(self.app.core.site, self.app.core.state, "alarm", id)

    async def journal(self, after: int = 0) -> list[dict[str, Any]]:
        """Every durable event after a seq, as its stored envelope with `seq`."""
        found: list[dict[str, Any]] = []
        while rows := await self.app.journal.read(after, 1000):
            found += [{"seq": row.seq, **json.loads(row.body)} for row in rows]
            after = rows[-1].seq
        return found

    async def event(self, type: str, *, after: int = 0, limit: float = LIMIT, **data: Any) -> dict[str, Any]:
        """Wait for a durable event of a type with these data; the first after a seq."""
        try:
            async with asyncio.timeout(limit):
                while True:
                    for event in await self.journal(after):
                        if event["type"] == type and data.items() <= event["data"].items():
                            return event
                    await self.app.journal.changed(max(after, self.app.journal.durable))
        except TimeoutError:
            tail = [(e["seq"], e["type"], e["data"]) for e in await self.journal(after)]
            raise AssertionError(f"no {type} {data} within {limit} s; there was {tail}") from None

    @property
    def links(self) -> tuple[Link, ...]:
        return self.app.dispatch.links

    @property
    def head(self) -> int:
        return self.app.core.head

    # -- acting -------------------------------------------------------------------------------------------------

    def somebody(self, group: str, *, company: str = "millbrook") -> Cardholder:
        """The first person of a group."""
        return next(p for p in self.site.people.values() if group in p.groups and p.company == company)

    async def released(self, door: SimDoor) -> None:
        """Wait until the lock lets go, as the door itself feels it. Fails with what the record says of why not."""
        try:
            await until(f"{door.id} released", lambda: not door.locked)
        except AssertionError as error:
            tail = [(e["seq"], e["type"], e["data"]) for e in (await self.journal())[-15:]]
            raise AssertionError(f"{error}; the last events: {tail}") from None

    def console(self) -> BusClient:
        """A client that may ask, as the demo's supervisor."""
        key = load_private(self.site.folder.key_file("amira"))
        return BusClient(self.site.broker.url, "millbrook", "gw1", "amira", key, now=self.app.core.clock.utc)


@asynccontextmanager
async def gatehouse(root: Path, *, sources: Sources | None = None, **options: Any) -> AsyncIterator[Gatehouse]:
    """The site is up and every wired device online; both are gone afterwards."""
    wall = (sources or Sources()).wall
    async with SimSite(DemoFolder(root), now=lambda: wall() // 1000) as site:
        for number in range(1, 17):
            site.panel.zone(number, "normal")
        house = Gatehouse(site, {"sources": sources, **options})
        await house.start()
        try:
            await house.online()
            yield house
        finally:
            await house.stop()
