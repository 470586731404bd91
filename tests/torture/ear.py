"""A console that stays: it hears every event of the bus from the record's first, each once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from gateway.bus.client import BusClient
from gateway.bus.stream import EventStream
from gateway.journal.record import Sealed
from rules.model.errors import Unreachable
from tests.torture.figures import Figures


@dataclass
class Ear:
    """heard: CloudEvents in the order they came; missed: what no replay could bring."""

    stream: EventStream
    heard: list[dict[str, Any]] = field(default_factory=list)

    @property
    def missed(self) -> int:
        return self.stream.missed

    @property
    def durable(self) -> list[dict[str, Any]]:
        """What counts: an event that was not durable when it was heard comes again."""
        return [one for one in self.heard if one["durable"]]

    async def listen(self) -> None:
        """For ever: that nobody answered for a minute, while a gateway was killed again and again, is no end."""
        while True:
            with suppress(Unreachable):
                async with aclosing(self.stream.follow()) as events:
                    async for one in events:
                        self.heard.append(dict(one))

    async def reaches(self, n: int, limit: float) -> None:
        """Wait until it has heard event `n`. Raises TimeoutError."""
        async with asyncio.timeout(limit):
            while not self.heard or self.heard[-1]["n"] < n:  # noqa: ASYNC110 - what is heard sets no event
                await asyncio.sleep(0.02)

    def count(self, type: str, **data: Any) -> int:
        """Events of a type (`access_granted`) with these data."""
        named = f"doorward.{type}.v1"
        return sum(one["type"] == named and data.items() <= one["data"].items() for one in self.heard)


@asynccontextmanager
async def ear(client: BusClient, epoch: int = 1) -> AsyncIterator[Ear]:
    """Listen while inside."""
    found = Ear(EventStream(client, after=(epoch, 0)))
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(found.listen(), name="ear")
        yield found
        task.cancel()


async def judge(figures: Figures, client: BusClient, told: Ear, rows: list[Sealed], limit: float = 60.0) -> None:
    """What the console that stayed heard, and what one hears that comes now, against what is on record by now."""
    head = max(row.n for row in rows if row.stream == "event")
    await told.reaches(head, limit)
    figures.compare(rows, told.durable, told.missed)
    async with ear(client) as late:
        await late.reaches(head, limit)
        figures.compare(rows, late.durable)
