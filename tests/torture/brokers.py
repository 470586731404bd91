"""The broker killed or frozen at random moments under traffic: every badge decided, every event told, in order."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from tests.torture.check import every_row
from tests.torture.ear import ear, judge
from tests.torture.figures import Figures
from tests.torture.traffic import Traffic
from tests.whole.gatehouse import Gatehouse

LONGEST_OUTAGE = 1.0  # s
FROZEN = 0.2
"""Share of outages in which the broker stands still instead of dying."""

DECISION = 10.0  # s for the last badges


@dataclass
class BrokerCampaign:
    """`await BrokerCampaign(house, chance).run(count)`."""

    house: Gatehouse
    chance: random.Random
    figures: Figures = field(default_factory=lambda: Figures("broker killed"))

    async def run(self, count: int) -> Figures:
        traffic = Traffic(self.house.site, self.chance)
        async with self.house.console() as client, ear(client) as told, asyncio.TaskGroup() as tasks:
            walking = tasks.create_task(traffic.run(), name="traffic")
            for _ in range(count):
                await self._outage()
            walking.cancel()
            await asyncio.wait({walking})
            await self._decided(traffic.badges)
            await judge(self.figures, client, told, await every_row(self.house.app.journal))
        self.figures.badges = traffic.badges
        self.figures.events = self.house.head
        return self.figures

    async def _outage(self) -> None:
        broker, length = self.house.site.broker, self.chance.uniform(0, LONGEST_OUTAGE)
        if self.chance.random() < FROZEN:
            broker.freeze()
            await asyncio.sleep(length)
            broker.thaw()
        else:
            await broker.kill()
            await asyncio.sleep(length)
            await broker.restart()
        await asyncio.sleep(self.chance.uniform(0, LONGEST_OUTAGE))
        self.figures.runs += 1

    async def _decided(self, badges: int) -> None:
        """Every badge has its decision: the lines were whole all the time."""
        missing = badges
        try:
            async with asyncio.timeout(DECISION):
                while missing := badges - await self._decisions():  # noqa: ASYNC110 - decisions set no event
                    await asyncio.sleep(0.05)
        except TimeoutError:
            self.figures.undecided = missing

    async def _decisions(self) -> int:
        rows = await every_row(self.house.app.journal)
        return sum(row.type in ("AccessGranted", "AccessDenied") for row in rows)
