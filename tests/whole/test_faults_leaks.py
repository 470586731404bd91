"""Twenty times pulled and plugged in: no descriptor and no task is left behind."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

from tests.whole.gatehouse import Gatehouse, until

ROUNDS = 20
LINES = ("north", "workshop", "io-east", "elk")
SLACK = 3
"""Descriptors and tasks that come and go at any moment: a poll under way, a thread's pipe."""


def descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def tasks() -> Counter[str]:
    return Counter(task.get_name() for task in asyncio.all_tasks() if not task.get_name().startswith("Task-"))


async def pull(house: Gatehouse) -> None:
    before = house.head
    await house.site.osdp.unplug("north")
    house.site.serial("workshop").unplug()
    house.site.serial("elk").unplug()
    await house.site.modules["east-io"].cut()
    for line in LINES:
        await house.event("LinkOffline", after=before, link=line)


async def plug(house: Gatehouse) -> None:
    before = house.head
    await house.site.osdp.replug("north")
    house.site.serial("workshop").replug()
    house.site.serial("elk").replug()
    await house.site.modules["east-io"].restore()
    for device in ("office-reader", "workshop-reader", "panel", "east-io"):
        await house.event("DeviceOnline", after=before, device=device)
    await house.online()


async def test_replugs_leave_nothing_behind(house: Gatehouse) -> None:
    await pull(house)
    await plug(house)
    open_before, tasks_before = descriptors(), tasks()
    for _ in range(ROUNDS - 1):
        await pull(house)
        await plug(house)
    await until("no descriptor more", lambda: descriptors() <= open_before + SLACK)
    await until("no task more", lambda: (tasks() - tasks_before).total() <= SLACK)
    assert set(tasks_before) >= {"core", "link north", "link workshop"}


async def test_broker_kills_leave_nothing_behind(house: Gatehouse) -> None:
    broker = house.site.broker

    async def once() -> None:
        failures = {link.id: link.counters["failures"] for link in house.app.dispatch.links}
        await broker.kill()
        await until("seen", lambda: house.app.dispatch.links[-1].counters["failures"] > failures["bus"])
        await broker.restart()
        await until("back", lambda: house.app.publisher.health()["cursor_lag"] == 0)
        async with house.console() as client, client.listening(client.topics.status) as queue, asyncio.timeout(20):
            while (message := await queue.get()) is None or b'"online"' not in message.payload:
                pass

    await once()
    open_before, tasks_before = descriptors(), tasks()
    for _ in range(3):
        await once()
    await until("no descriptor more", lambda: descriptors() <= open_before + SLACK)
    await until("no task more", lambda: (tasks() - tasks_before).total() <= SLACK)
