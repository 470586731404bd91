"""A client whose connection goes at the worst moment: every listener hears again, and is told of the break."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from gateway.bus.client import BusClient
from gateway.bus.connection import Incoming
from gateway.bus.port import MqttTransport
from simulators.broker import Broker
from tests.gateway.bus.conftest import TOPICS, until
from tests.gateway.bus.relay import Relay

LIMIT = 15.0
Build = Callable[..., MqttTransport]


async def told(queue: asyncio.Queue[Incoming | None], transport: Build, topic: str) -> bool:
    """The listener hears that its connection is new, and then what is published."""
    async with asyncio.timeout(LIMIT), transport("writer").messages() as port:
        if await queue.get() is not None:
            return False
        await port.publish(topic, b"news")
        message = await queue.get()
    return message is not None and (message.topic, message.payload) == (topic, b"news")


async def test_a_listener_that_leaves_during_a_reconnection_costs_no_other_its_ears(
    broker: Broker, transport: Build
) -> None:
    async with Relay.to(broker.port) as relay, BusClient(relay.url, "hq", "gw") as client, AsyncExitStack() as first:
        await first.enter_async_context(client.listening(TOPICS.status))
        async with client.listening(TOPICS.health) as queue:
            assert await asyncio.wait_for(queue.get(), LIMIT) is None
            relay.flow.clear()
            relay.cut()
            await until(lambda: relay.asked > 0, LIMIT)  # it asks for the first one's topic, and waits
            await first.aclose()
            relay.flow.set()
            assert await told(queue, transport, TOPICS.health)


async def test_a_listener_that_comes_as_the_connection_goes_is_heard_on_the_next(
    broker: Broker, transport: Build
) -> None:
    async with (
        Relay.to(broker.port) as relay,
        BusClient(relay.url, "hq", "gw") as client,
        client.listening(TOPICS.status) as queue,
    ):
        assert await asyncio.wait_for(queue.get(), LIMIT) is None
        before = relay.asked
        relay.flow.clear()
        coming = asyncio.create_task(_heard(client, transport), name="coming")
        await until(lambda: relay.asked > before, LIMIT)
        relay.cut()
        relay.flow.set()
        assert await asyncio.wait_for(coming, 2 * LIMIT)


async def _heard(client: BusClient, transport: Build) -> bool:
    async with client.listening(TOPICS.health) as queue:
        return await told(queue, transport, TOPICS.health)
