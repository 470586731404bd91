"""What a driver says, kept and waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rules.model.driver import Driver, Receipt
from rules.model.signals import Signal

LIMIT = 5.0  # s that any wait in these tests may take


class Recorder:
    """An Emit. `until` waits for a signal, each emission being matched once and in order."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []
        self._seen = 0
        self._more = asyncio.Event()

    def __call__(self, signal: Signal) -> Receipt:
        self.signals.append(signal)
        self._more.set()
        receipt: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        receipt.set_result(len(self.signals))
        return receipt

    async def until(self, wanted: Signal) -> list[Signal]:
        """Wait for `wanted`; returns what came since the last wait, it included."""
        try:
            async with asyncio.timeout(LIMIT):
                while wanted not in self.signals[self._seen :]:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"no {wanted} in {self.signals[self._seen :]}") from None
        start, self._seen = self._seen, self.signals.index(wanted, self._seen) + 1
        return self.signals[start : self._seen]


@asynccontextmanager
async def running(driver: Driver, emit: Recorder) -> AsyncIterator[asyncio.Task[None]]:
    """A driver's `run` as a task, ended with the block."""
    task = asyncio.create_task(driver.run(emit), name="link")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=LIMIT)
        assert task.done()
        if not task.cancelled():
            task.exception()
