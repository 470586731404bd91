"""The other end of the bus, for the command line, controllers and tests: signed requests, events in order."""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.bus.connection import Connection, Incoming
from gateway.bus.envelope import LIFE_LIMIT, new_request_id, sign
from gateway.bus.port import MqttTransport
from gateway.bus.topics import Topics
from rules.model.errors import CommandError, LinkError, Refused, Unreachable
from rules.model.secret import Secret

RETRY = (0.1, 2.0)  # s between attempts to connect: first, longest
BACKLOG = 10_000  # messages waiting for their reader; beyond it they are dropped, and show as a gap


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request, and for a replay the events that came before it."""

    request: str
    code: str
    body: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Inbox:
    """What arrives on a filter; None says that the connection is new and something may be missing."""

    topic_filter: str
    queue: asyncio.Queue[Incoming | None]


class BusClient:
    """`async with BusClient(url, site, gateway, operator, key) as client`. Reconnects by itself.

    key: without it only events can be read. now: us since 1970, for the requests' validity.
    """

    def __init__(
        self,
        url: str,
        site: str,
        gateway: str,
        operator: str = "",
        key: Ed25519PrivateKey | None = None,
        *,
        username: str | None = None,
        password: Secret | None = None,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self.topics = Topics(site, gateway)
        self.url = url
        self._operator = operator
        self._key = key
        self._now = now
        self._transport = MqttTransport(
            url,
            client_id=f"doorward-client-{secrets.token_hex(8)}",
            username=username,
            password=password,
            tls=tls,
            lossless=False,
        )
        self._group = asyncio.TaskGroup()
        self._keeper: asyncio.Task[None] | None = None
        self._port: Connection | None = None
        self._connected = asyncio.Event()
        self._why = "not connected yet"
        self._waiting: dict[str, asyncio.Queue[Incoming | None]] = {}
        self._inboxes: list[Inbox] = []

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._keeper = self._group.create_task(self._keep(), name="bus-client")
        return self

    async def __aexit__(self, *failure: Any) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
        await self._group.__aexit__(*failure)

    @property
    def can_ask(self) -> bool:
        """True with a key to sign requests."""
        return self._key is not None

    async def request(self, verb: str, target: str, args: Mapping[str, Any], timeout: float = 5.0) -> Reply:
        """Ask and await the answer. Raises Refused (with the gateway's code) or Unreachable."""
        key = self._key
        if key is None:
            raise Refused("a request needs an operator's key", code="no_key")
        try:
            async with asyncio.timeout(timeout):
                port = await self._open_port()
                request = new_request_id()
                payload = sign(
                    key,
                    verb=verb,
                    target=target,
                    args=args,
                    key_id=self._operator,
                    audience=self.topics.gateway,
                    issued=self._now(),
                    life=min(LIFE_LIMIT, int(timeout * 1_000_000)),
                    request=request,
                )
                return await self._exchange(port, request, verb, payload, str(args.get("stream", "event")))
        except TimeoutError:
            why = "no answer in time" if self._port else self._why
            raise Unreachable(why, code="no_answer", where=self.url, got=verb) from None
        except LinkError as error:
            raise Unreachable(error.message, code=error.code, where=self.url) from None
        except CommandError as error:
            raise Refused(error.message, code=error.code, where=self.url) from None

    @asynccontextmanager
    async def listening(self, topic_filter: str) -> AsyncIterator[asyncio.Queue[Incoming | None]]:
        """A queue of what arrives on a filter, over reconnections; begins with None once connected."""
        inbox = Inbox(topic_filter, asyncio.Queue(BACKLOG))
        self._inboxes.append(inbox)
        try:
            if self._port is not None:
                await self._listen_at_once(self._port, inbox)
            yield inbox.queue
        finally:
            self._inboxes.remove(inbox)

    async def _exchange(self, port: Connection, request: str, verb: str, payload: bytes, stream: str) -> Reply:
        topics = [self.topics.response(request)]
        if verb == "replay" and stream != "event":
            topics.append(self.topics.replay(stream, request))
        queue = self._waiting[request] = asyncio.Queue(BACKLOG)
        try:
            for topic in topics:
                await port.subscribe(topic)
            await port.publish(self.topics.request(verb), payload)
            return await self._reply(request, queue)
        finally:
            del self._waiting[request]
            for topic in topics:
                port.unsubscribe(topic)

    async def _reply(self, request: str, queue: asyncio.Queue[Incoming | None]) -> Reply:
        events: list[Mapping[str, Any]] = []
        while True:
            message = await queue.get()
            if message is None:
                raise LinkError(self._why, code="link_lost", where=self.url)
            plain = json.loads(message.payload)
            if "events" in plain:
                events.extend(plain["events"])
            elif plain["ok"]:
                return Reply(request, plain["code"], plain["body"], tuple(events))
            else:
                raise Refused(f"refused: {plain['code']}", code=plain["code"], where=self.topics.gateway)

    async def _open_port(self) -> Connection:
        while self._port is None:
            await self._connected.wait()
        return self._port

    async def _keep(self) -> None:
        """Stay connected."""
        pause = RETRY[0]
        while True:
            try:
                async with self._transport.messages() as port:
                    pause = RETRY[0]
                    await self._serve(port)
            except (LinkError, CommandError) as error:
                self._why = error.message
            self._lose()
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY[1])

    async def _serve(self, port: Connection) -> None:
        heard: list[Inbox] = []
        # readers come and go meanwhile
        while left := [inbox for inbox in self._inboxes if inbox not in heard]:
            await self._listen(port, left[0])
            heard.append(left[0])
        self._port = port
        self._connected.set()
        async for message in port.messages():
            self._route(message)
            message.ack()

    async def _listen_at_once(self, port: Connection, inbox: Inbox) -> None:
        """Where the link fails over it, the next one will have it; a refusal is the reader's to know."""
        try:
            await self._listen(port, inbox)
        except LinkError as error:
            if error.code == "subscribe_refused":
                raise

    async def _listen(self, port: Connection, inbox: Inbox) -> None:
        await port.subscribe(inbox.topic_filter)
        _put(inbox.queue, None)

    def _lose(self) -> None:
        self._port = None
        self._connected.clear()
        for queue in self._waiting.values():
            _put(queue, None)

    def _route(self, message: Incoming) -> None:
        rest = message.topic.removeprefix(self.topics.prefix)
        kind, _, request = rest.removeprefix("silent/").partition("/")
        if kind == "response":
            if request in self._waiting:
                _put(self._waiting[request], message)
            return
        for inbox in self._inboxes:
            if message.topic.startswith(inbox.topic_filter.rstrip("#+")):
                _put(inbox.queue, message)


def _put(queue: asyncio.Queue[Incoming | None], item: Incoming | None) -> None:
    """A full queue drops: what is missing then is found by its number."""
    if not queue.full():
        queue.put_nowait(item)
