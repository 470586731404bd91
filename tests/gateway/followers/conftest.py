"""A real journal, a real broker, and a source of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.journal.chain import Chain
from gateway.journal.journal import Journal
from rules.model.canonical import canonical_bytes
from simulators.broker import MOSQUITTO, Broker


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed")
    async with Broker.start(tmp_path / "broker") as running:
        yield running


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with Journal.open(tmp_path / "journal", gateway="gw") as found:
        yield found


class Source:
    """Journals one event after the other."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.chain = Chain("gw", journal.head)

    async def add(self, count: int = 1, stream: str = "event", door: str = "front") -> None:
        """Append `count` events and wait until they are durable."""
        for _ in range(count):
            body = {
                "type": "DoorForced",
                "v": 1,
                "class": "door",
                "t": 1,
                "utc": 1_800_000_000_000_000,
                "clock": "ok",
                "data": {"door": door},
                "signal": {"point": "hidden"},
                "stamp": {"entropy": "hidden"},
            }
            row = self.chain.seal(
                canonical_bytes(body), stream=stream, cls="door", type="DoorForced", t=1, utc=body["utc"], first=True
            )
            self._journal.append([row])
        await self._journal.changed(self.chain.head.seq - 1)


@pytest.fixture
def source(journal: Journal) -> Source:
    return Source(journal)


@asynccontextmanager
async def running(coroutine: Any) -> AsyncIterator[asyncio.Task[None]]:
    """A loop that runs while the test does."""
    task = asyncio.create_task(coroutine, name="under test")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


@pytest.fixture
def background() -> Callable[[Any], Any]:
    return running
