"""A core on a real journal, with the clocks in the test's hands and the wires' end in a list."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.clock import Clock, Sources
from gateway.core import Core
from gateway.journal.chain import Chain
from gateway.journal.journal import Journal
from rules import snapshot
from rules.model.canonical import canonical_bytes
from rules.model.commands import Order
from rules.model.points import Sensed
from rules.model.signals import DeviceFound, GatewayBegan, InputChanged, JournalGapFound, JournalStateChanged, Signal
from rules.site import Site
from rules.state import State
from tests.rules.builder import MONDAY
from tests.rules.builder import site as small_site

PEPPER = b"pepper-of-the-tests"
LIMIT = 10.0


@dataclass
class Hands:
    """Both clocks, moved by hand; us."""

    mono: int = 5_000_000_000
    wall: int = MONDAY

    @property
    def sources(self) -> Sources:
        return Sources(lambda: self.mono * 1000, lambda: self.wall * 1000)

    def go(self, seconds: float) -> None:
        self.mono += int(seconds * 1e6)
        self.wall += int(seconds * 1e6)


@dataclass
class Room:
    core: Core
    journal: Journal
    hands: Hands
    orders: list[Order] = field(default_factory=list)

    def say(self, *signals: Signal, link: str = "io-link") -> None:
        """Emit them and let the core have its turn."""
        emit = self.core.emit(link)
        for signal in signals:
            emit(signal)
        self.core.turn()

    def begin(self) -> None:
        """Every device found, every input at rest."""
        self.say(GatewayBegan("1", True), link="gateway")
        for point, found in self.core.site.inputs.items():
            self.say(InputChanged(point, _AT_REST[found.active]))
        for device in self.core.site.devices:
            self.say(DeviceFound(device))
        self.orders.clear()

    def wait(self, seconds: float) -> None:
        self.hands.go(seconds)
        self.core.turn()

    def picture(self) -> bytes:
        return canonical_bytes(snapshot.dump(self.core.state))

    def commands(self, kind: type[Any]) -> list[Any]:
        return [o.command for o in self.orders if isinstance(o.command, kind)]

    async def durable(self) -> None:
        """Wait until everything sealed is on disk."""
        async with asyncio.timeout(LIMIT):
            await self.journal.changed(self.core.head - 1)

    async def events(self, after: int = 0) -> list[dict[str, Any]]:
        """What the disk holds, as envelopes; without notes of its own slowness, which a busy machine adds."""
        if self.core.head > after:
            await self.durable()
        found: list[dict[str, Any]] = []
        while rows := await self.journal.read(after, 1_000):
            found += [json.loads(row.body) for row in rows if row.type != "RecordedLate"]
            after = rows[-1].seq
        return found

    async def names(self, after: int = 0) -> list[str]:
        return [event["type"] for event in await self.events(after)]


_AT_REST = {Sensed.OPEN: Sensed.CLOSED, Sensed.CLOSED: Sensed.OPEN, None: Sensed.NORMAL}


@asynccontextmanager
async def room(
    folder: Path, site: Site | None = None, *, watched: bool = True, hands: Hands | None = None
) -> AsyncIterator[Room]:
    """watched False: the core never hears that anything became durable, as with a disk that hangs."""
    hands = hands or Hands()
    async with Journal.open(folder, gateway="gw1") as journal:
        orders: list[Order] = []
        core = Core(
            site=site or small_site(),
            state=State(),
            clock=Clock(journal.head.t, journal.head.utc, hands.sources),
            chain=Chain("gw1", journal.head),
            append=journal.append,
            dispatch=lambda order, deadline: orders.append(order),
            pepper=PEPPER,
        )
        made = Room(core, journal, hands, orders)
        if watched:
            journal.watch(
                core.durable,
                lambda level: _drop(core.say(JournalStateChanged(level))),
                lambda first, last: _drop(core.say(JournalGapFound(first, last))),
            )
        try:
            yield made
        finally:
            core._gate.close()


def _drop(receipt: object) -> None:
    """Nobody waits for it."""
