"""SIGKILL at random moments under traffic, and what must stand after each."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field

from gateway.bus.client import BusClient
from gateway.journal.record import Sealed
from simulators.site import SimSite
from tests.torture.check import chain_faults, order_faults, state_faults
from tests.torture.ear import ear, judge
from tests.torture.figures import Figures
from tests.torture.traffic import Traffic
from tests.whole.daemon import Daemon

IN_START = 0.2
"""Share of the kills that fall into the start, before the daemon says that it is ready."""

LONGEST_LIFE = 1.0  # s a daemon lives after it is ready, at most


@dataclass
class KillCampaign:
    """`await KillCampaign(site, daemon, chance).run(count)`. The daemon ends running and is left to the caller."""

    site: SimSite
    daemon: Daemon
    chance: random.Random
    figures: Figures = field(default_factory=lambda: Figures("daemon killed"))
    _seen: dict[int, bytes] = field(default_factory=dict)

    async def run(self, count: int, fold_every: int = 1) -> Figures:
        """count kills; fold_every: how often the state is folded three ways, which takes longer and longer."""
        traffic = Traffic(self.site, self.chance)
        async with self.daemon.console() as client, ear(client) as told, asyncio.TaskGroup() as tasks:
            walking = tasks.create_task(traffic.run(), name="traffic")
            counting = tasks.create_task(self._count(client), name="published")
            for number in range(count):
                await self._one(number % fold_every == 0)
            await self.daemon.start()
            walking.cancel()
            await judge(self.figures, client, told, await asyncio.to_thread(self.daemon.rows))
            counting.cancel()
        self.figures.badges = traffic.badges
        return self.figures

    async def _count(self, client: BusClient) -> None:
        """Events whose number came before: at least once is what MQTT promises."""
        newest = 0
        async with client.listening(client.topics.events("event")) as queue:
            while True:
                message = await queue.get()
                if message is not None:
                    n = json.loads(message.payload)["n"]
                    self.figures.again += n <= newest
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
        self.figures.runs += 1
        await self._judge(fold)

    async def _look(self) -> None:
        """What another process can read now must never be gone."""
        for row in await asyncio.to_thread(self.daemon.rows, max(self._seen, default=0)):
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
        self.figures.twice += len(rows) - len(there)
        self.figures.lost += sum(seq not in there for seq in self._seen)
        self.figures.changed += sum(there.get(seq, hash) != hash for seq, hash in self._seen.items())
