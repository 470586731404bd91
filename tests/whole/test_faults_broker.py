"""The broker killed, emptied, frozen: doors notice nothing, and the bus has everything in order afterwards."""

from __future__ import annotations

import asyncio
import json

from gateway.bus.client import BusClient
from simulators.site import READERS
from tests.torture.check import every_row
from tests.torture.ear import Ear, ear, judge
from tests.torture.figures import Figures
from tests.whole.gatehouse import LIMIT, Gatehouse, until

BUSY = ("office-reader", "transfer-reader", "workshop-reader", "dock-reader")


async def walk(house: Gatehouse) -> None:
    """A guard goes through every door where a card is enough."""
    guard = house.somebody("security")
    for reader in BUSY:
        door, before = house.site.doors[READERS[reader]], house.head
        await house.site.present(reader, guard.card)
        await house.released(door)
        assert door.pull()
        await house.event("AccessTaken", after=before, door=door.id)
        door.shut()
        assert await door.settles(locked=True, limit=LIMIT)


async def everything_published(house: Gatehouse, client: BusClient, told: Ear) -> None:
    """Each event of the audience stream once, in order, and the same as in the journal; to a late console, too."""
    found = Figures("broker")
    await judge(found, client, told, await every_row(house.app.journal))
    assert found.clean, found
    assert found.gaps == 0, told.stream.refused


async def test_killed_and_back_twice(house: Gatehouse) -> None:
    async with house.console() as client, ear(client) as told:
        for _ in range(2):
            await house.site.broker.kill()
            await walk(house)
            await house.site.broker.restart()
            await walk(house)
        await everything_published(house, client, told)
    assert told.count("access_granted") == 4 * len(BUSY)


async def test_a_broker_that_came_back_empty_is_told_how_things_are(house: Gatehouse) -> None:
    """Retained states go with the broker; a console that comes later still sees doors and the gateway."""
    await house.site.broker.kill()
    house.site.doors["office-door"].force()
    await until("forced", lambda: house.door("office-door")["forced"])
    await house.site.broker.restart()
    async with house.console() as client, client.listening(client.topics.state("door", "office-door")) as queue:
        async with asyncio.timeout(20):
            while (message := await queue.get()) is None or not json.loads(message.payload)["forced"]:
                pass
    assert (house.alarm("door-forced.office-door") or {})["active"]


async def test_frozen_and_thawed(house: Gatehouse) -> None:
    async with house.console() as client, ear(client) as told:
        house.site.broker.freeze()
        try:
            await walk(house)
            await walk(house)
        finally:
            house.site.broker.thaw()
        await walk(house)
        await everything_published(house, client, told)
    assert told.count("access_granted") == 3 * len(BUSY)


async def test_requests_are_answered_once_the_gateway_says_it_is_back(house: Gatehouse) -> None:
    await house.site.broker.kill()
    await house.site.broker.restart()
    async with house.console() as client, client.listening(client.topics.status) as queue:
        async with asyncio.timeout(20):
            while (message := await queue.get()) is None or json.loads(message.payload)["state"] != "online":
                pass
        await client.request("lockdown", "workshop", {}, timeout=20)
        assert house.door("dock")["mode"] == "locked_down"
        await client.request("lockdown-end", "workshop", {}, timeout=20)
