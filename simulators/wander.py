"""People walking about when the scenario is over: a lively site, hour after hour."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

from rules.model.errors import DoorwardError
from simulators.acts import Actor
from simulators.site import READERS, SimSite
from simulators.visit import walk_through

PACE = 0.8
"""Seconds between two people, on average."""

# group -> readers its people use, the likely ones more than once
HAUNTS: dict[str, tuple[str, ...]] = {
    "staff": ("front-reader", "front-reader", "staff-reader", "office-reader", "gate"),
    "engineers": ("front-reader", "workshop-reader", "transfer-reader", "office-reader", "gate"),
    "lab": ("front-reader", "lab-reader", "lab-exit-reader", "office-reader"),
    "contractors": ("front-reader", "workshop-reader", "dock-reader"),
    "cleaners": ("front-reader", "office-reader"),
    "security": tuple(READERS),
}


class Wanderers:
    """Somebody goes somewhere, again and again; at most one person stands at a door."""

    def __init__(self, site: SimSite, actor: Actor, chance: random.Random | None = None) -> None:
        self._site = site
        self._actor = actor
        self._chance = chance or random.Random()
        self._busy: set[str] = set()

    async def stroll(self, seconds: float) -> None:
        """For so long, then wait until everybody is through."""
        until = asyncio.get_running_loop().time() + seconds
        async with asyncio.TaskGroup() as people:
            while asyncio.get_running_loop().time() < until:
                person, reader = self._somebody()
                if READERS[reader] not in self._busy:
                    people.create_task(self._go(person, reader), name=f"{person} at {reader}")
                await asyncio.sleep(self._chance.uniform(0.5, 1.5) * PACE)

    def _somebody(self) -> tuple[str, str]:
        if self._chance.random() < 0.03:
            return "unknown", self._chance.choice(tuple(READERS))
        person = self._chance.choice(tuple(self._site.people.values()))
        haunts = [reader for group in sorted(person.groups) for reader in HAUNTS.get(group, ())]
        return person.id, self._chance.choice(haunts or ["front-reader"])

    async def _go(self, person: str, reader: str) -> None:
        door = READERS[reader]
        self._busy.add(door)
        try:
            with suppress(DoorwardError, TimeoutError, ValueError):  # a reader that is off the line for a moment
                if (await self._actor.present(person, reader)).granted:
                    await walk_through(self._site, reader)
        finally:
            self._busy.discard(door)
