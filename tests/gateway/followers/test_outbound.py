"""Publisher, state view and health over a real Mosquitto and a real journal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.bus.client import BusClient
from gateway.bus.cloudevents import event_bytes, event_topic
from gateway.bus.history import history_of
from gateway.bus.link import BusLink, History
from gateway.bus.port import MqttTransport
from gateway.bus.stream import EventStream
from gateway.bus.topics import Topics
from gateway.followers.outbound import Outbound
from gateway.followers.publisher import Publisher
from gateway.followers.state_view import StateView
from gateway.journal.journal import Journal
from gateway.journal.record import Sealed
from rules.model.commands import Answer, ReplayStream
from rules.model.errors import CommandError, DoorwardError, LinkError
from rules.model.secret import Secret
from rules.model.signals import CardPresented, LinkFound, RequestReceived, Signal
from simulators.broker import Broker

TOPICS = Topics("hq", "gw")
KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
LIMIT = 15.0


class Followers:
    """Everything outbound, kept running, and what it complained of."""

    def __init__(self, url: str, journal: Journal, **terms: Any) -> None:
        self.refused: list[tuple[str, str]] = []
        self.views: dict[tuple[str, str], Mapping[str, Any] | None] = {("door", "front"): {"position": "closed"}}
        publisher = Publisher(journal, TOPICS, self.on_refused)
        publisher._pause = 0.05
        view = StateView(
            journal,
            TOPICS,
            render=lambda noun, ident: self.views[noun, ident],
            everything=lambda: list(self.views),
            touched=self.touched,
            on_refused=self.on_refused,
        )
        transport = MqttTransport(url, client_id="gw-out", **terms)
        self.publisher = publisher
        self.outbound = Outbound(transport, TOPICS, publisher, view, lambda: {"load": 1}, self.on_refused, period=0.2)

    def on_refused(self, topic: str, error: CommandError) -> None:
        self.refused.append((topic, error.code))

    def touched(self, row: Sealed) -> Iterable[tuple[str, str]]:
        return [("door", json.loads(row.body)["data"]["door"])]

    async def run(self) -> None:
        while True:
            with suppress(LinkError):
                await self.outbound.run()
            await asyncio.sleep(0.05)


class Answering:
    """A bus link that answers replays from the journal."""

    def __init__(self, url: str, journal: Journal, history: History | None = None) -> None:
        self.asked = 0
        self._orders: asyncio.Queue[Answer | ReplayStream] = asyncio.Queue()
        self.link = BusLink(
            MqttTransport(url, client_id="gw-bus"),
            TOPICS,
            keys=lambda: {"amira": KEY.public_key().public_bytes_raw()},
            identify=lambda read: CardPresented(read.reader, None, "", ""),
            history=history or history_of(journal),
            about=dict,
        )

    def emit(self, signal: Signal) -> asyncio.Future[int]:
        receipt: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        receipt.set_result(1)
        if isinstance(signal, LinkFound):
            return receipt
        assert isinstance(signal, RequestReceived)
        assert signal.fault is None
        self.asked += 1
        args = json.loads(signal.args)
        self._orders.put_nowait(ReplayStream(signal.request, signal.target, args["after"], args["limit"]))
        return receipt

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep(), name="link")
            group.create_task(self._answer(), name="answers")

    async def _keep(self) -> None:
        while True:
            with suppress(LinkError):
                await self.link.run(self.emit)
            await asyncio.sleep(0.05)

    async def _answer(self) -> None:
        while True:
            order = await self._orders.get()
            with suppress(CommandError):
                await self.link.execute(order)


async def read_until(stream: EventStream, n: int) -> list[Mapping[str, Any]]:
    found = []
    async with asyncio.timeout(LIMIT):
        async for event in stream.follow():
            found.append(event)
            if event["n"] == n:
                return found
    raise AssertionError("the stream ended")


async def test_an_event_is_published_as_a_cloudevent_without_its_private_parts(
    broker: Broker, journal: Journal, source: Any, background: Callable[..., Any]
) -> None:
    async with MqttTransport(broker.url, client_id="r").messages() as port:
        await port.subscribe(TOPICS.events("event"))
        async with background(Followers(broker.url, journal).run()), asyncio.timeout(LIMIT):
            await source.add()
            message = await anext(port.messages())
    assert message.topic == "doorward/v1/hq/gw/event/door/door_forced"
    assert json.loads(message.payload) == {
        "specversion": "1.0",
        "id": "gw/1/event/1",
        "source": "/doorward/v1/hq/gw",
        "type": "doorward.door_forced.v1",
        "time": "2027-01-15T08:00:00.000000Z",
        "datacontenttype": "application/json",
        "subject": "front",
        "data": {"door": "front"},
        "stream": "event",
        "n": 1,
        "epoch": 1,
        "clock": "ok",
        "durable": True,
    }


async def test_a_broker_killed_twice_loses_nothing_and_keeps_the_order(
    broker: Broker, journal: Journal, source: Any, background: Callable[..., Any]
) -> None:
    followers, answering = Followers(broker.url, journal), Answering(broker.url, journal)
    async with (
        background(followers.run()),
        background(answering.run()),
        BusClient(broker.url, "hq", "gw", "amira", KEY) as client,
    ):
        stream = EventStream(client, after=(1, 0))
        reading = asyncio.create_task(read_until(stream, 400), name="reader")
        for _ in range(2):
            await source.add(100)
            await broker.kill()
            await source.add(50)
            await broker.restart()
            await source.add(50)
        got = await reading
        assert [event["n"] for event in got] == list(range(1, 401))
        assert stream.missed == 0
        async with asyncio.timeout(LIMIT):  # the reader may be ahead, by replay
            while await journal.cursor("mqtt") < 400:  # noqa: ASYNC110 - no event for it
                await asyncio.sleep(0.01)


async def test_the_publisher_goes_on_from_its_cursor_after_a_restart(
    broker: Broker, journal: Journal, source: Any, background: Callable[..., Any]
) -> None:
    async with MqttTransport(broker.url, client_id="r").messages() as port:
        await port.subscribe(TOPICS.events("event"))
        inbox = port.messages()
        for first in (1, 4):
            async with background(Followers(broker.url, journal).run()), asyncio.timeout(LIMIT):
                await source.add(3)
                got = [json.loads((await anext(inbox)).payload)["n"] for _ in range(3)]
                while await journal.cursor("mqtt") < first + 2:  # noqa: ASYNC110 - no event for it
                    await asyncio.sleep(0.01)
            assert got == [first, first + 1, first + 2]


async def test_a_refused_event_is_reported_and_holds_back_the_later_ones(
    tmp_path: Path, journal: Journal, source: Any, background: Callable[..., Any]
) -> None:
    acl = (
        "user gw\ntopic readwrite doorward/v1/hq/gw/event/#\ntopic readwrite doorward/v1/hq/gw/state/#\n"
        "topic write doorward/v1/hq/gw/health\n"
    )
    users = {"gw": "pw"}
    async with Broker.start(tmp_path / "b", acl=acl, users=users) as broker:
        followers = Followers(broker.url, journal, username="gw", password=Secret("pw"))
        await source.add(2)
        await source.add(1, stream="silent")
        await source.add(2)
        async with background(followers.run()), asyncio.timeout(LIMIT):
            while len(followers.refused) < 3:  # noqa: ASYNC110 - no event for it
                await asyncio.sleep(0.01)
            assert followers.refused[0] == ("doorward/v1/hq/gw/silent/door/door_forced", "not_authorized")
            assert await journal.cursor("mqtt") == 2
            broker.acl = acl.replace("event/#", "#", 1)
            await broker.restart()
            while await journal.cursor("mqtt") < 5:  # noqa: ASYNC110 - no event for it
                await asyncio.sleep(0.01)


async def test_states_are_retained_follow_events_and_stale_ones_are_cleared(
    broker: Broker, journal: Journal, source: Any, background: Callable[..., Any]
) -> None:
    async with MqttTransport(broker.url, client_id="old").messages() as port:
        for noun in (("alarm", "front.forced"), ("alarm", "gone"), ("area", "gone")):
            await port.publish(TOPICS.state(*noun), b'{"state":"old"}', retain=True)
    followers = Followers(broker.url, journal)
    followers.views["alarm", "front.forced"] = None
    async with MqttTransport(broker.url, client_id="r", retain_as_published=True).messages() as port:
        await port.subscribe(TOPICS.states)
        inbox = port.messages()
        retained: dict[str, bytes] = {}
        async with background(followers.run()), asyncio.timeout(LIMIT):
            while len(retained) < 4 or any(b"old" in payload for payload in retained.values()):
                message = await anext(inbox)
                retained[message.topic] = message.payload
            assert {t for t, p in retained.items() if p} == {TOPICS.state("door", "front")}
            followers.views["door", "front"] = {"position": "open"}
            await source.add()
            while b"open" not in retained[TOPICS.state("door", "front")]:
                message = await anext(inbox)
                retained[message.topic] = message.payload
            await broker.restart()
    new = MqttTransport(broker.url, client_id="new")
    async with background(followers.run()), asyncio.timeout(LIMIT), new.messages() as port:
        await port.subscribe(TOPICS.states)
        assert json.loads((await anext(port.messages())).payload) == {"position": "open"}


async def test_health_is_retained_and_repeated(
    broker: Broker, journal: Journal, background: Callable[..., Any]
) -> None:
    async with (
        background(Followers(broker.url, journal).run()),
        MqttTransport(broker.url, client_id="r").messages() as port,
        asyncio.timeout(LIMIT),
    ):
        await port.subscribe(TOPICS.health)
        inbox = port.messages()
        assert [json.loads((await anext(inbox)).payload) for _ in range(2)] == [{"load": 1}, {"load": 1}]


async def test_a_reader_fills_a_gap_by_replay_and_drops_what_it_knows(
    broker: Broker, journal: Journal, source: Any, background: Callable[..., Any]
) -> None:
    answering = Answering(broker.url, journal)
    await source.add(5)
    await source.add(1, stream="silent")
    await source.add(5)
    rows = await journal.read(0)
    async with (
        background(answering.run()),
        BusClient(broker.url, "hq", "gw", "amira", KEY) as client,
        MqttTransport(broker.url, client_id="w").messages() as port,
    ):
        stream = EventStream(client)
        reading = asyncio.create_task(read_until(stream, 10), name="reader")
        async with asyncio.timeout(LIMIT):
            while not client._inboxes or client._port is None or client._inboxes[0].queue.qsize():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        by_n = {row.n: row for row in rows if row.stream == "event"}
        for n in (2, 3, 2, 9, 4, 10, 10):
            await port.publish(event_topic(by_n[n], TOPICS), event_bytes(by_n[n], TOPICS, durable=True))
        got = await reading
    assert [event["n"] for event in got] == list(range(2, 11))
    assert answering.asked == 1
    assert stream.missed == 0


async def test_a_record_that_answers_badly_for_a_moment_costs_no_event(
    broker: Broker, journal: Journal, source: Any, background: Callable[..., Any]
) -> None:
    """A read that fails, and one that ends too early: the gap is asked for again, and not counted as lost."""
    await source.add(6)
    rows, true, calls = await journal.read(0), history_of(journal), 0

    async def history(stream: str, after: int, limit: int) -> list[Sealed]:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise DoorwardError("cannot be read", code="journal_unreadable")
        return [] if calls in (1, 3) else await true(stream, after, limit)

    async with (
        background(Answering(broker.url, journal, history).run()),
        BusClient(broker.url, "hq", "gw", "amira", KEY) as client,
        MqttTransport(broker.url, client_id="w").messages() as port,
    ):
        stream = EventStream(client, after=(1, 2))
        reading = asyncio.create_task(read_until(stream, 6), name="reader")
        async with asyncio.timeout(LIMIT):
            while calls < 1:  # noqa: ASYNC110 - no event for it
                await asyncio.sleep(0.01)
        await port.publish(event_topic(rows[5], TOPICS), event_bytes(rows[5], TOPICS, durable=True))
        got = await reading
    assert [event["n"] for event in got] == [3, 4, 5, 6]
    assert (stream.missed, stream.refused) == (0, "journal_unreadable")


async def test_what_is_not_durable_is_passed_on_and_does_not_count(
    broker: Broker, journal: Journal, source: Any, background: Callable[..., Any]
) -> None:
    """After a crash in an outage of the disk the same numbers are given to other events: none may be taken for old."""
    answering = Answering(broker.url, journal)
    await source.add(6)
    rows = await journal.read(0)
    async with (
        background(answering.run()),
        BusClient(broker.url, "hq", "gw", "amira", KEY) as client,
        MqttTransport(broker.url, client_id="w").messages() as port,
    ):
        stream = EventStream(client, after=(1, 2))
        reading = asyncio.create_task(read_until(stream, 6), name="reader")
        async with asyncio.timeout(LIMIT):
            while not client._inboxes or client._port is None or client._inboxes[0].queue.qsize():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        for n, durable in ((3, True), (4, False), (5, False), (6, True)):
            row = rows[n - 1]
            await port.publish(event_topic(row, TOPICS), event_bytes(row, TOPICS, durable=durable))
        got = await reading
    assert [event["n"] for event in got if event["durable"]] == [3, 4, 5, 6]
    assert stream.position == (1, 6)
    assert stream.missed == 0


async def test_a_reader_without_a_key_counts_what_it_missed(
    broker: Broker, journal: Journal, source: Any, background: Callable[..., Any]
) -> None:
    await source.add(9)
    rows = {row.n: row for row in await journal.read(0)}
    async with (
        BusClient(broker.url, "hq", "gw") as client,
        MqttTransport(broker.url, client_id="w").messages() as port,
    ):
        stream = EventStream(client)
        reading = asyncio.create_task(read_until(stream, 9), name="reader")
        async with asyncio.timeout(LIMIT):
            while not client._inboxes or client._port is None or client._inboxes[0].queue.qsize():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        for n in (1, 4, 9):
            await port.publish(event_topic(rows[n], TOPICS), event_bytes(rows[n], TOPICS, durable=True))
        assert [event["n"] for event in await reading] == [1, 4, 9]
    assert stream.missed == 6
    assert stream.position == (1, 9)


async def test_history_finds_a_sparse_stream_by_its_numbers(journal: Journal, source: Any) -> None:
    for _ in range(3):
        await source.add(4)
        await source.add(1, stream="silent")
    history = history_of(journal)
    assert [row.n for row in await history("silent", 0, 10)] == [1, 2, 3]
    assert [row.n for row in await history("silent", 2, 10)] == [3]
    assert [row.n for row in await history("event", 5, 4)] == [6, 7, 8, 9]
    assert await history("event", 12, 4) == []
