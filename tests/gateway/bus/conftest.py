"""A real Mosquitto, connections to it, and a gateway's bus link with a desk that collects what it hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.bus.client import BusClient
from gateway.bus.link import BusLink, offline_will
from gateway.bus.port import MqttTransport
from gateway.bus.topics import Topics
from gateway.journal.record import Sealed
from rules.model.commands import Answer, ReplayStream
from rules.model.errors import CommandError, LinkError
from rules.model.signals import CardPresented, CardRead, LinkFound, RequestReceived, Signal
from simulators.broker import MOSQUITTO, Broker

KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
GATE = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
TOPICS = Topics("hq", "gw")


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed")
    async with Broker.start(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def transport(broker: Broker) -> Callable[..., MqttTransport]:
    def build(client_id: str, **terms: Any) -> MqttTransport:
        return MqttTransport(broker.url, client_id=client_id, **terms)

    return build


class Desk:
    """The gateway's side of the bus: hears signals, answers requests, reconnects like a supervisor."""

    def __init__(self, url: str) -> None:
        self.heard: asyncio.Queue[Signal] = asyncio.Queue()
        self.receipts: list[asyncio.Future[int]] = []
        self.durable = True
        self.answering = True
        self.rows: list[Sealed] = []
        self.rules_hash = "abc"
        self.link = BusLink(
            MqttTransport(url, client_id="gw-bus", will=offline_will(TOPICS)),
            TOPICS,
            keys=self.keys,
            identify=self.identify,
            history=self.history,
            about=lambda: {"version": "1", "rules_hash": self.rules_hash, "head": {"epoch": 1, "n": 0}},
        )
        self._answers: asyncio.Queue[Answer | ReplayStream] = asyncio.Queue()
        self.found: list[str] = []

    def keys(self) -> Mapping[str, bytes]:
        return {"amira": KEY.public_key().public_bytes_raw(), "gate": GATE.public_key().public_bytes_raw()}

    def identify(self, read: CardRead) -> CardPresented:
        return CardPresented(read.reader, "f00d", "h10301", "07", read=read.read)

    async def history(self, stream: str, after: int, limit: int) -> list[Sealed]:
        return [row for row in self.rows if row.stream == stream and row.n > after][:limit]

    def emit(self, signal: Signal) -> Awaitable[int]:
        receipt: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if isinstance(signal, LinkFound):
            self.found.append(signal.link)
            return receipt
        self.heard.put_nowait(signal)
        self.receipts.append(receipt)
        if self.durable:
            receipt.set_result(1)
        if isinstance(signal, RequestReceived) and self.answering:
            self._answers.put_nowait(self._answer(signal))
        return receipt

    def _answer(self, request: RequestReceived) -> Answer | ReplayStream:
        if request.fault is None and request.verb == "replay":
            after = int(request.args.split('"after":')[1].split(",")[0].rstrip("}"))
            return ReplayStream(request.request, request.target, after, 1000)
        return Answer(request.request, request.fault is None, request.fault or "ok", request.args)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_running(), name="desk link")
            group.create_task(self._give_answers(), name="desk answers")

    async def _keep_running(self) -> None:
        while True:
            with suppress(LinkError):
                await self.link.run(self.emit)
            await asyncio.sleep(0.05)

    async def _give_answers(self) -> None:
        while True:
            answer = await self._answers.get()
            with suppress(CommandError):  # as the core's link does: a lost answer is asked for again
                await self.link.execute(answer)

    async def next(self) -> Any:
        async with asyncio.timeout(8):
            return await self.heard.get()


async def until(condition: Callable[[], object], limit: float = 8.0) -> None:
    """Return once the condition holds."""
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110 - there is no event for what a broker does
            await asyncio.sleep(0.005)


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
async def desk(broker: Broker) -> AsyncIterator[Desk]:
    found = Desk(broker.url)
    async with running(found.run()):
        await until(lambda: found.link._port is not None)
        yield found


@pytest.fixture
async def client(broker: Broker) -> AsyncIterator[BusClient]:
    async with BusClient(broker.url, "hq", "gw", "amira", KEY) as found:
        yield found
