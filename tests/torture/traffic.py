"""People at every door at once, and who watches what comes of it."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from simulators.doors import SimDoor
from simulators.site import READERS, SimSite

BUSY = ("office-reader", "transfer-reader", "workshop-reader", "dock-reader", "front-reader", "lab-exit-reader")
"""Readers where a card is enough at any hour."""


@dataclass
class Traffic:
    """`run` walks until cancelled. badges: presented so far; pause: s between two acts, at most."""

    site: SimSite
    chance: random.Random
    pause: float = 0.15
    badges: int = 0
    _doors: list[SimDoor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._doors = [door for id, door in self.site.doors.items() if id != "gate"]

    async def run(self) -> None:
        guards = [person for person in self.site.people.values() if "security" in person.groups]
        while True:
            reader = self.chance.choice(BUSY)
            self.badges += 1
            await self.site.present(reader, self.chance.choice(guards).card)
            self._touch(self.site.doors[READERS[reader]])
            await asyncio.sleep(self.chance.uniform(0, self.pause))
            self._touch(self.chance.choice(self._doors))

    def _touch(self, door: SimDoor) -> None:
        """Pull at it, shut it, force it, or press its button."""
        match self.chance.randrange(5):
            case 0 | 1:
                door.pull()
            case 2:
                door.shut()
            case 3:
                door.force()
            case _:
                door.press_rex(self.chance.random() < 0.5)
