"""Turns on a line: the urgent first, and no turn lost to a cancellation."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from drivers.modbus.slots import Slots


async def test_commands_go_before_polls_that_waited_longer() -> None:
    slots = Slots()
    order: list[str] = []

    async def take(name: str, *, urgent: bool) -> None:
        async with slots.slot(urgent=urgent):
            order.append(name)

    async with asyncio.TaskGroup() as group, slots.slot(urgent=False):
        for name, urgent in (("poll 1", False), ("poll 2", False), ("command 1", True), ("command 2", True)):
            group.create_task(take(name, urgent=urgent))
        await asyncio.sleep(0)  # all of them are waiting now
    assert order == ["command 1", "command 2", "poll 1", "poll 2"]


async def test_a_cancelled_turn_goes_to_the_next() -> None:
    """Cancelled while waiting, and cancelled at the very moment when it was granted."""
    slots = Slots()
    order: list[str] = []

    async def take(name: str) -> None:
        async with slots.slot(urgent=True):
            order.append(name)

    async with asyncio.timeout(2), asyncio.TaskGroup() as group:
        async with slots.slot(urgent=False):
            tasks = [group.create_task(take(name)) for name in ("waiting", "granted", "last")]
            await asyncio.sleep(0)
            tasks[0].cancel()
        tasks[1].cancel()  # its turn has just been granted; it has not run yet
    assert order == ["last"]
    async with asyncio.timeout(1), slots.slot(urgent=False):
        order.append("free again")
    assert order == ["last", "free again"]


async def test_one_at_a_time() -> None:
    slots = Slots()
    spans: list[tuple[int, int]] = []

    async def take(urgent: bool) -> None:
        async with slots.slot(urgent=urgent):
            began = len(spans)
            await asyncio.sleep(0)
            spans.append((began, len(spans)))

    async with asyncio.TaskGroup() as group:
        for n in range(20):
            group.create_task(take(n % 3 == 0))
    assert len(spans) == 20
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
