"""The port against a real Mosquitto: manual acknowledgement, refusals, a link that drops in flight."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.bus.connection import Connection, Incoming
from gateway.bus.port import MqttTransport, check_url
from rules.model.errors import CommandError, ConfigError, LinkError
from rules.model.secret import Secret
from simulators.broker import Broker

LIMIT = 8.0
Build = Callable[..., MqttTransport]


async def take(messages: AsyncIterator[Incoming]) -> Incoming:
    async with asyncio.timeout(LIMIT):
        return await anext(messages)


async def cut(port: Connection) -> None:
    """Break the TCP connection under MQTT, as a pulled cable does."""
    sock = port._paho.socket()
    assert sock is not None
    sock.shutdown(2)
    async with asyncio.timeout(LIMIT):
        with pytest.raises(LinkError):
            async for _ in port.messages():
                pass


async def test_a_message_not_acknowledged_comes_again(transport: Build) -> None:
    reader = transport("reader", session_expiry=60)
    async with transport("writer").messages() as out:
        async with reader.messages() as first:
            await first.subscribe("a/#")
            await out.publish("a/1", b"one")
            await out.publish("a/2", b"two")
            inbox = first.messages()
            one, two = await take(inbox), await take(inbox)
            assert (one.payload, two.payload) == (b"one", b"two")
            one.ack()
            await first.publish("sync", b"")  # written after the acknowledgement
            await cut(first)
        async with reader.messages() as second:
            again = await take(second.messages())
            assert again.payload == b"two"
            again.ack()


async def test_acknowledgements_go_out_in_order_of_arrival(transport: Build) -> None:
    reader = transport("reader", session_expiry=60)
    async with transport("writer").messages() as out:
        async with reader.messages() as first:
            await first.subscribe("a")
            await out.publish("a", b"one")
            await out.publish("a", b"two")
            inbox = first.messages()
            await take(inbox)
            (await take(inbox)).ack()  # the later one: must wait for the earlier one
            await first.publish("sync", b"")
            await cut(first)
        async with reader.messages() as second:
            inbox = second.messages()
            assert [(await take(inbox)).payload, (await take(inbox)).payload] == [b"one", b"two"]


async def test_the_receive_window_bounds_what_is_open(transport: Build) -> None:
    async with (
        transport("writer").messages() as out,
        transport("reader", receive_maximum=3).messages() as port,
    ):
        await port.subscribe("a")
        for i in range(10):
            await out.publish("a", bytes([i]))
        inbox = port.messages()
        got = [await take(inbox) for _ in range(3)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await anext(inbox)
        got[0].ack()
        inbox = port.messages()
        assert (await take(inbox)).payload == b"\x03"


async def test_a_publish_refused_by_the_acl_raises(tmp_path: Path) -> None:
    acl = "user eve\ntopic readwrite allowed/#\n"
    async with Broker.start(tmp_path, acl=acl, users={"eve": "s3cret"}) as broker:
        eve = MqttTransport(broker.url, client_id="eve", username="eve", password=Secret("s3cret"))
        assert "s3cret" not in repr(eve)
        async with eve.messages() as port:
            await port.publish("allowed/x", b"1")
            with pytest.raises(CommandError) as refused:
                await port.publish("forbidden/x", b"1")
            assert refused.value.code == "not_authorized"
            await port.publish("allowed/x", b"nobody listens and that is fine")
        wrong = MqttTransport(broker.url, client_id="eve", username="eve", password=Secret("no"))
        with pytest.raises(LinkError) as denied:
            async with wrong.messages():
                pass
        assert "s3cret" not in str(denied.value)


async def test_a_publish_in_flight_fails_as_soon_as_the_broker_dies(broker: Broker, transport: Build) -> None:
    async with transport("writer", answer_limit=60.0).messages() as port:
        await port.publish("a", b"0")
        broker.freeze()
        flights = [await port.send("a", b"x" * 100) for _ in range(5)]
        await broker.kill()
        async with asyncio.timeout(LIMIT):  # far below the 60 s it may wait for an answer
            results = await asyncio.gather(*flights, return_exceptions=True)
        assert all(isinstance(r, LinkError) for r in results)
        with pytest.raises(LinkError):
            await port.publish("a", b"later")


async def test_a_frozen_broker_is_noticed(broker: Broker, transport: Build) -> None:
    async with transport("writer", answer_limit=1.0).messages() as port:
        broker.freeze()
        with pytest.raises(LinkError):
            async with asyncio.timeout(LIMIT):
                await port.publish("a", b"x")
    with pytest.raises(LinkError):
        async with asyncio.timeout(LIMIT), transport("late", connect_limit=0.5).messages():
            pass


async def test_a_keepalive_without_answer_ends_the_link(broker: Broker, transport: Build) -> None:
    async with transport("reader", keepalive=1).messages() as port:
        broker.freeze()
        with pytest.raises(LinkError):
            async with asyncio.timeout(LIMIT):
                await anext(port.messages())


async def test_many_publishes_share_a_small_window_and_keep_their_order(transport: Build) -> None:
    async with (
        transport("reader", receive_maximum=5).messages() as inbound,
        transport("writer", in_flight=4).messages() as out,
    ):
        await inbound.subscribe("a")
        async with asyncio.TaskGroup() as group:
            for i in range(300):
                group.create_task(out.publish("a", str(i).encode()), name=f"publish {i}")
            inbox = inbound.messages()
            for i in range(300):
                message = await take(inbox)
                assert message.payload == str(i).encode()
                message.ack()


async def test_publishing_from_an_answer_does_not_deadlock(transport: Build) -> None:
    async with transport("writer", in_flight=2).messages() as port:
        done = asyncio.Event()
        second: list[asyncio.Task[None]] = []

        def publish_again(_: object) -> None:
            second.append(asyncio.get_running_loop().create_task(port.publish("a", b"2"), name="second"))
            done.set()

        (await port.send("a", b"1")).add_done_callback(publish_again)
        async with asyncio.timeout(LIMIT):
            await done.wait()
            await second[0]


async def test_the_will_is_published_on_leaving_and_on_loss(transport: Build) -> None:
    will = ("status", b"offline", True)
    async with transport("watcher").messages() as watcher:
        await watcher.subscribe("status")
        inbox = watcher.messages()
        async with transport("gateway", will=will).messages() as port:
            await port.publish("status", b"online", retain=True)
            assert (await take(inbox)).payload == b"online"
        assert (await take(inbox)).payload == b"offline"
        async with transport("gateway", will=will).messages() as port:
            await cut(port)
        assert (await take(inbox)).payload == b"offline"


async def publish_until_it_fails(port: Connection) -> Exception:
    try:
        while True:
            await port.publish("tick", b"")
    except LinkError as error:
        return error


async def test_a_flood_of_unacknowledgeable_messages_is_shed_or_ends_the_link(transport: Build) -> None:
    async with (
        transport("a", backlog=2).messages() as strict,
        transport("b", backlog=2, lossless=False).messages() as lax,
        transport("w").messages() as out,
    ):
        await strict.subscribe("a")
        await lax.subscribe("a")
        for _ in range(20):
            out._paho.publish("a", b"x", qos=0)
        async with asyncio.timeout(LIMIT):
            assert isinstance(await publish_until_it_fails(strict), LinkError)
        await out.publish("b", b"")
        async with asyncio.timeout(LIMIT):
            while not lax.dropped:
                await lax.publish("tick", b"")


async def test_leaving_a_cancelled_connection_frees_it(broker: Broker, transport: Build) -> None:
    broker.freeze()

    async def connect() -> None:
        async with transport("x", connect_limit=30.0).messages():
            raise AssertionError("a frozen broker answered")

    task = asyncio.create_task(connect(), name="connect")
    await asyncio.wait({task}, timeout=0.2)
    task.cancel()
    async with asyncio.timeout(LIMIT):
        await asyncio.wait({task})
    assert task.cancelled()


async def test_nobody_there_is_a_link_error(broker: Broker, transport: Build) -> None:
    await broker.kill()
    with pytest.raises(LinkError):
        async with transport("x").messages():
            pass


async def test_a_wildcard_or_a_byte_stream_is_refused(transport: Build) -> None:
    port = transport("x")
    with pytest.raises(LinkError):
        port.stream()
    async with port.messages() as open_port:
        with pytest.raises(CommandError):
            await open_port.publish("a/#", b"")
        await open_port.publish("a", b"the window slot was given back")


@pytest.mark.parametrize(
    "url", ["mqtt://192.0.2.1", "http://x", "mqtt://u:p@127.0.0.1", "mqtt://", "mqtt://broker.example:1883"]
)
def test_urls_that_would_be_unsafe_are_refused(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        MqttTransport(url, client_id="x")
    assert "u:p" not in str(refused.value)


def test_tls_is_on_for_mqtts() -> None:
    assert check_url("mqtts://broker.example").hostname == "broker.example"
    tls = MqttTransport("mqtts://broker.example", client_id="x").tls
    assert tls is not None
    assert tls.check_hostname
    assert tls.verify_mode is ssl.CERT_REQUIRED
