"""The bus link over a real Mosquitto: requests in, answers out, replay, status, floods."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.bus.client import BusClient
from gateway.bus.envelope import sign
from gateway.bus.port import MqttTransport
from gateway.bus.topics import Topics
from gateway.journal.chain import Chain, beginning
from gateway.journal.record import Sealed
from rules.model.canonical import canonical_bytes
from rules.model.commands import Answer, SetOutput
from rules.model.errors import CommandError, Refused, Unreachable
from rules.model.signals import RequestReceived, SignalsLost
from simulators.broker import Broker

TOPICS = Topics("hq", "gw")
KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
GATE = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
LIMIT = 8.0


def rows(count: int, stream: str = "event") -> list[Sealed]:
    chain = Chain("gw", beginning("gw", 1))
    body = {"type": "DoorForced", "v": 1, "class": "door", "t": 1, "utc": 1, "clock": "ok", "data": {"door": "a"}}
    return [
        chain.seal(canonical_bytes(body), stream=stream, cls="door", type="DoorForced", t=1, utc=1, first=True)
        for _ in range(count)
    ]


def signed(**changes: Any) -> bytes:
    terms: dict[str, Any] = {
        "verb": "open",
        "target": "front",
        "args": {},
        "key_id": "amira",
        "audience": "gw",
        "issued": time.time_ns() // 1000,
    }
    return sign(changes.pop("key", KEY), **(terms | changes))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110 - there is no event for what a broker does
            await asyncio.sleep(0.005)


async def test_a_request_is_heard_and_answered(desk: Any, client: BusClient) -> None:
    reply = await client.request("open", "front", {"for": 5})
    heard = await desk.next()
    assert (heard.who, heard.verb, heard.target, heard.fault) == ("amira", "open", "front", None)
    assert heard.request == reply.request
    assert (reply.code, reply.body) == ("ok", {"for": 5})


async def test_a_forged_request_is_refused_with_its_reason(desk: Any, broker: Broker) -> None:
    async with BusClient(broker.url, "hq", "gw", "amira", GATE) as forger:
        with pytest.raises(Refused) as refused:
            await forger.request("open", "front", {})
    assert refused.value.code == "bad_signature"
    assert (await desk.next()).who is None


async def test_a_badge_arrives_identified_and_its_bits_nowhere(desk: Any, broker: Broker) -> None:
    async with BusClient(broker.url, "hq", "gw", "gate", GATE) as controller:
        await controller.request("decide", "", {"bits": "2006ec0c86", "length": 37, "reader": "gate"})
    heard = await desk.next()
    assert heard.card.token == "f00d"
    assert heard.card.read == heard.request
    assert "2006ec" not in repr(heard)


async def test_a_request_published_with_the_retain_flag_is_refused_live_and_later(desk: Any, broker: Broker) -> None:
    async with MqttTransport(broker.url, client_id="w").messages() as port:
        await port.publish(TOPICS.request("open"), signed(), retain=True)
        assert (await desk.next()).fault == "retained"
    desk.link._port.fail("cut by the test")  # a new connection gets it again
    assert (await desk.next()).fault == "retained"
    async with MqttTransport(broker.url, client_id="w").messages() as port:
        await port.publish(TOPICS.request("open"), b"", retain=True)  # clearing it asks nothing
        await port.publish(TOPICS.request("close"), b"junk")
        heard = await desk.next()
        assert (heard.fault, heard.verb, heard.request) == ("malformed", "close", "")


async def test_a_request_is_acknowledged_only_once_it_is_durable(desk: Any, broker: Broker) -> None:
    desk.durable = desk.answering = False
    async with MqttTransport(broker.url, client_id="w").messages() as port:
        await port.publish(TOPICS.request("open"), signed(request="request-1"))
        assert (await desk.next()).request == "request-1"
        await desk.link.execute(Answer("request-0", True, "ok"))  # a wrong acknowledgement would be out by now
        desk.link._port._paho.socket().shutdown(2)  # before the receipt: it must come again
        assert (await desk.next()).request == "request-1"
        desk.receipts[-1].set_result(1)
        desk.durable = True
        await port.publish(TOPICS.request("open"), signed(request="request-2"))
        assert (await desk.next()).request == "request-2"
        await desk.link.execute(Answer("request-0", True, "ok"))  # written after the acknowledgements
        desk.link._port._paho.socket().shutdown(2)
        await until(lambda: desk.link._port is None)
        await until(lambda: desk.link._port is not None)
        await port.publish(TOPICS.request("open"), signed(request="request-3"))
        assert (await desk.next()).request == "request-3"


async def test_a_slow_journal_does_not_stop_the_reading(desk: Any, broker: Broker) -> None:
    desk.durable = desk.answering = False
    async with MqttTransport(broker.url, client_id="w").messages() as port:
        for i in range(20):
            await port.publish(TOPICS.request("open"), signed(request=f"request-{i}"))
        assert [(await desk.next()).request for _ in range(20)] == [f"request-{i}" for i in range(20)]


async def test_a_flood_of_strangers_is_shed_and_reported(desk: Any, broker: Broker) -> None:
    desk.answering = False
    async with MqttTransport(broker.url, client_id="w").messages() as port:
        flights = [await port.send(TOPICS.request("open"), b"junk %d" % i) for i in range(300)]
        await asyncio.gather(*flights)
        heard: list[RequestReceived] = []
        while not isinstance(signal := await desk.next(), SignalsLost):
            heard.append(signal)
        assert signal.link == "bus"
        assert len(heard) < 150
        assert signal.count > 150
        await port.publish(TOPICS.request("open"), signed(request="request-1"))
        while (signal := await desk.next()) and getattr(signal, "request", "") != "request-1":
            pass


async def test_a_replay_comes_in_pages_and_ends_with_an_answer(desk: Any, client: BusClient) -> None:
    desk.rows = rows(250)
    reply = await client.request("replay", "event", {"stream": "event", "after": 7, "limit": 1000})
    assert [event["n"] for event in reply.events] == list(range(8, 251))
    assert reply.events[0]["id"] == "gw/1/event/8"
    assert reply.events[0]["subject"] == "a"
    assert reply.body == {"count": 243, "last": 250, "more": False}


async def test_a_silent_replay_stays_under_silent(desk: Any, client: BusClient, broker: Broker) -> None:
    desk.rows = rows(3, "silent")
    async with BusClient(broker.url, "hq", "gw") as other, other.listening(TOPICS.prefix + "#") as everything:
        assert await everything.get() is None
        seen: list[str] = []
        route = other._route
        other._route = lambda message: (seen.append(message.topic + message.payload.decode()), route(message))[1]  # type: ignore[method-assign,assignment,func-returns-value]
        reply = await client.request("replay", "silent", {"stream": "silent", "after": 0, "limit": 9})
        assert [event["n"] for event in reply.events] == [1, 2, 3]
        await until(lambda: any("/response/" in text and '"count":3' in text for text in seen))
    with_events = [text for text in seen if '"events"' in text]
    assert with_events
    assert all(text.startswith(TOPICS.prefix + "silent/") for text in with_events)


async def test_status_is_retained_and_the_will_says_offline(desk: Any, broker: Broker) -> None:
    async with MqttTransport(broker.url, client_id="w").messages() as port:
        await port.subscribe(TOPICS.status)
        inbox = port.messages()
        async with asyncio.timeout(LIMIT):
            first = await anext(inbox)
            assert json.loads(first.payload)["state"] == "online"
            assert json.loads(first.payload)["rules_hash"] == "abc"
            assert first.retained
            desk.link._port._paho.socket().shutdown(2)
            assert json.loads((await anext(inbox)).payload) == {"state": "offline"}
            assert json.loads((await anext(inbox)).payload)["state"] == "online"


async def test_what_the_bus_cannot_do_is_a_command_error(desk: Any, broker: Broker) -> None:
    await desk.link.execute(Answer("", True, "ok"))  # nobody to answer
    await desk.link.execute(Answer("a/b/#+", True, "ok"))  # never a topic
    with pytest.raises(CommandError):
        await desk.link.execute(SetOutput("x.out1", True))
    await broker.kill()
    with pytest.raises(CommandError):
        await desk.link.execute(Answer("request-1", True, "ok"))


async def test_a_gateway_that_is_not_there_is_unreachable(broker: Broker) -> None:
    async with BusClient(broker.url, "hq", "gw", "amira", KEY) as client:
        with pytest.raises(Unreachable):
            await client.request("open", "front", {}, timeout=0.3)
        with pytest.raises(Refused):
            await BusClient(broker.url, "hq", "gw").request("open", "front", {})
