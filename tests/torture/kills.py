"""SIGKILL at random moments under traffic, and what must stand after each."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any

from gateway.bus.client import BusClient
from gateway.bus.cloudevents import event
from gateway.bus.stream import EventStream
from gateway.bus.topics import Topics
from gateway.journal.record import Sealed
from simulators.site import SimSite
from tests.torture.check import chain_faults, order_faults, state_faults
from tests.torture.traffic import Traffic
from tests.whole.daemon import EPOCH, Daemon

IN_START = 0.2
"""Share of the kills that fall into the start, before the daemon says that it is ready."""

LONGEST_LIFE = 1.5  # s a daemon lives after it is ready, at most
SETTLING = 60.0  # s the bus may take at the end to have everything


@dataclass
class Figures:
    """lost: events that were seen, in the file or on the bus, and are gone; changed: come back as others."""

    kills: int = 0
    badges: int = 0
    events: int = 0
    lost: int = 0
    changed: int = 0
    duplicates: int = 0
    published_again: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.changed or self.duplicates or self.faults)


@dataclass
class KillCampaign:
    """`await KillCampaign(site, daemon, chance).run(count)`. The daemon ends running and is left to the caller."""

    site: SimSite
    daemon: Daemon
    chance: random.Random
    figures: Figures = field(default_factory=Figures)
    _seen: dict[int, bytes] = field(default_factory=dict)
    _heard: list[dict[str, Any]] = field(default_factory=list)

    async def run(self, count: int, state_every: int = 1) -> Figures:
        """count kills; state_every: how often the state is folded three ways, which takes longer and longer."""
        traffic = Traffic(self.site, self.chance)
        async with self.daemon.console() as client, asyncio.TaskGroup() as tasks:
            stream = EventStream(client, after=(EPOCH, 0))
            busy = [
                tasks.create_task(traffic.run(), name="traffic"),
                tasks.create_task(self._listen(stream), name="bus"),
                tasks.create_task(self._count(client), name="raw bus"),
            ]
            for number in range(count):
                await self._one(number % state_every == 0)
            await self.daemon.start()
            busy[0].cancel()
            await self._settle()
            for task in busy:
                task.cancel()
        self.figures.badges = traffic.badges
        self.figures.lost += stream.missed
        return self.figures

    async def _listen(self, stream: EventStream) -> None:
        async for heard in stream.follow():
            self._heard.append(dict(heard))

    async def _count(self, client: BusClient) -> None:
        """Events whose number came before: at least once is what MQTT promises."""
        newest = 0
        async with client.listening(client.topics.events("event")) as queue:
            while True:
                message = await queue.get()
                if message is not None:
                    n = json.loads(message.payload)["n"]
                    self.figures.published_again += n <= newest
                    newest = max(n, newest)

    async def _one(self, fold: bool) -> None:
        if self.chance.random() < IN_START:
            await self.daemon.spawn()
            await asyncio.sleep(self.chance.uniform(0.1, LONGEST_LIFE))
        else:
            await self.daemon.start()
            await asyncio.sleep(self.chance.uniform(0, LONGEST_LIFE))
        await self._look()
        await self.daemon.kill()
        self.figures.kills += 1
        await self._judge(fold)

    async def _look(self) -> None:
        """What another process can read now must never be gone."""
        known = max(self._seen, default=0)
        for row in await asyncio.to_thread(self.daemon.rows, known):
            self._seen[row.seq] = row.hash

    async def _judge(self, fold: bool) -> None:
        rows = await asyncio.to_thread(self.daemon.rows)
        self._compare(rows)
        if rows:
            self.figures.faults += await asyncio.to_thread(chain_faults, self.daemon.folder.state)
            self.figures.faults += order_faults(rows)
        if rows and fold:
            self.figures.faults += await state_faults(self.daemon.folder.state)

    def _compare(self, rows: list[Sealed]) -> None:
        there = {row.seq: row.hash for row in rows}
        self.figures.events = len(rows)
        self.figures.duplicates += len(rows) - len(there)
        self.figures.lost += sum(seq not in there for seq in self._seen)
        self.figures.changed += sum(there.get(seq, hash) != hash for seq, hash in self._seen.items())

    async def _settle(self) -> None:
        """The bus brings everything, each once, in order, as the journal has it; then it stops in order."""
        async with asyncio.timeout(SETTLING):
            while True:
                rows = [row for row in await asyncio.to_thread(self.daemon.rows) if row.stream == "event"]
                if self._heard and self._heard[-1]["n"] >= rows[-1].n - 5:
                    break
                await asyncio.sleep(0.1)
        self._compare_heard(rows)

    def _compare_heard(self, rows: list[Sealed]) -> None:
        topics = Topics("millbrook", "gw1")
        said = {row.n: _plain(event(row, topics, durable=True)) for row in rows}
        heard = [found["n"] for found in self._heard]
        self.figures.duplicates += len(heard) - len(set(heard))
        self.figures.lost += len(set(range(1, len(heard) + 1)) - set(heard))
        self.figures.faults += [] if heard == sorted(heard) else ["the bus was out of order"]
        wrong = [found["n"] for found in self._heard if said.get(found["n"], _plain(found)) != _plain(found)]
        self.figures.changed += len(wrong)


def _plain(found: Any) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key != "durable"}
