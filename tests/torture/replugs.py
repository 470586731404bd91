"""Cables pulled and plugged in again, one at a time: how long until the device is back, and what is left behind."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from simulators.site import OSDP
from tests.torture.check import chain_faults, every_row, order_faults
from tests.torture.figures import Figures
from tests.whole.gatehouse import Gatehouse, until

GOAL = 2.0
"""s within which a device that answers again must be back; what takes longer counts as a fault."""

LIMIT = 30.0  # s
PAUSE = 1.0  # s a cable stays out, at most
SLACK = 4
"""Descriptors that come and go at any moment."""

PLAIN = {"workshop": "workshop-reader", "dock": "dock-reader", "io-lab": "lab-io", "elk": "panel"}
NETWORK = {"io-east": "east-io", "io-west": "west-io"}
Act = Callable[[], Awaitable[object]]


@dataclass
class ReplugCampaign:
    """`await ReplugCampaign(house, chance).run(count)`."""

    house: Gatehouse
    chance: random.Random
    figures: Figures = field(default_factory=lambda: Figures("cable replugged"))

    async def run(self, count: int) -> Figures:
        for line in (*OSDP, *PLAIN, *NETWORK):  # each once, so that everything there is has been opened
            await self._one(line)
        before = _descriptors()
        for _ in range(count):
            await self._one(self.chance.choice((*OSDP, *PLAIN, *NETWORK)))
            self.figures.runs += 1
        await self._judge(before)
        return self.figures

    async def _one(self, line: str) -> None:
        devices, pull, plug = self._cable(line)
        await pull()
        await until(f"{line} gone", lambda: self._status(devices) == {"offline"}, LIMIT)
        await asyncio.sleep(self.chance.uniform(0, PAUSE))
        await plug()
        began = time.monotonic()
        await until(f"{line} back", lambda: self._status(devices) == {"online"}, LIMIT)
        self.figures.back.append(time.monotonic() - began)

    def _status(self, devices: tuple[str, ...]) -> set[str]:
        return {self.house.device(device)["status"] for device in devices}

    def _cable(self, line: str) -> tuple[tuple[str, ...], Act, Act]:
        """(devices, pull, plug) of a line."""
        site = self.house.site
        if line in OSDP:
            devices = tuple(reader for reader, _, _ in OSDP[line])
            return devices, lambda: site.osdp.unplug(line), lambda: site.osdp.replug(line)
        if line in NETWORK:
            module = site.modules[NETWORK[line]]
            return (NETWORK[line],), module.cut, module.restore
        cable = site.serial(line)
        return (PLAIN[line],), lambda: _at_once(cable.unplug), lambda: _at_once(cable.replug)

    async def _judge(self, before: int) -> None:
        faults = self.figures.faults
        faults += [f"back only after {s:.1f} s" for s in self.figures.back if s > GOAL]
        left = _descriptors() - before
        if left > SLACK:
            faults.append(f"{left} descriptors left open")
        rows = await every_row(self.house.app.journal)
        self.figures.events = len(rows)
        faults += order_faults(rows) + chain_faults(self.house.site.folder.state)
        moved = {"DoorForced", "AccessGranted", "DoorOpened"} & {row.type for row in rows}
        faults += [f"{type} though nobody was there" for type in sorted(moved)]


async def _at_once(act: Callable[[], None]) -> None:
    act()


def _descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])
