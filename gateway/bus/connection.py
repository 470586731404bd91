"""One open MQTT 5 connection: aiomqtt's life cycle, with acknowledgement, refusal and loss handled here.

aiomqtt 2.5 on paho 2.2 acknowledges QoS 1 on arrival, drops the PUBACK's reason code, and lets calls in
flight wait their whole timeout when the link goes. So acknowledgement is manual, and the callbacks for
messages, PUBACK and SUBACK are ours. No lock is held anywhere: paho calls `on_publish` under the lock that
`publish` takes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import aiomqtt
from paho.mqtt.client import Client as Paho
from paho.mqtt.client import ConnectFlags, MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway.bus.terms import Terms
from rules.model.errors import CommandError, LinkError

REFUSED = 0x80  # MQTT 5, 2.4: reason codes from here on are failures; 0x10 (no matching subscribers) is not
WITH_WILL = 0x04  # MQTT 5, 3.14.2.1: disconnect with will message


class Incoming:
    """One message as it arrived; see `rules.model.driver.Message`. QoS 0 has nothing to acknowledge."""

    __slots__ = ("_connection", "acked", "mid", "payload", "qos", "retained", "topic")

    def __init__(self, connection: Connection, message: MQTTMessage) -> None:
        self._connection = connection
        self.topic = message.topic
        self.payload = bytes(message.payload)
        self.retained = bool(message.retain)
        self.qos = message.qos
        self.mid = message.mid
        self.acked = False

    def ack(self) -> None:
        self.acked = True
        self._connection.flush_acks()


class Connection:
    """A `rules.model.driver.MessagePort` on an aiomqtt client, and `send` for a window of publishes."""

    def __init__(self, where: str, terms: Terms, client: aiomqtt.Client) -> None:
        self.where = where
        self.dropped = 0
        self._terms = terms
        self._client = client
        self._paho: Paho = client._client
        self._loop = asyncio.get_running_loop()
        self._reason: str | None = None
        self._sent: dict[int, tuple[asyncio.Future[None], float]] = {}
        self._subscribing: dict[int, asyncio.Future[None]] = {}
        self._inbox: deque[Incoming] = deque()
        self._unacked: deque[Incoming] = deque()
        self._arrived = asyncio.Event()
        self._watch: asyncio.TimerHandle | None = None
        self._server_window = terms.in_flight
        self._hook()
        self._window = asyncio.Semaphore(terms.in_flight)

    def _hook(self) -> None:
        self._paho.manual_ack_set(True)
        self._paho.max_inflight_messages_set(0xFFFF)  # the window below is the one that counts
        self._paho.connect_timeout = self._terms.connect_limit
        self._paho.on_connect = self._on_connect
        self._paho.on_message = self._on_message
        self._paho.on_publish = self._on_publish
        self._paho.on_subscribe = self._on_subscribe

    # -- life

    def opened(self) -> None:
        """Call once the client is entered: from here on a loss ends every call."""
        self._window = asyncio.Semaphore(min(self._terms.in_flight, self._server_window))
        if self._paho.socket() is None:
            raise LinkError("the broker closed at once", code="link_lost", where=self.where)
        self._client._disconnected.add_done_callback(self._on_lost)

    def closed(self) -> None:
        """End every call and free the socket; may be called twice."""
        self.fail("closed")
        if self._watch is not None:
            self._watch.cancel()
        # paho keeps its socket, and aiomqtt its reader, after a failed or timed-out connection
        self._paho._sock_close()

    async def goodbye(self, limit: float) -> None:
        """Disconnect in order; the will, if any, is published all the same, since it says `offline`."""
        if self._reason is not None:
            return
        code = WITH_WILL if self._terms.will else 0
        self._paho.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=code))
        await asyncio.wait({self._client._disconnected}, timeout=limit)

    def fail(self, reason: str) -> None:
        """Mark the link lost: calls in flight raise LinkError, `messages` ends once its backlog is read."""
        if self._reason is not None:
            return
        self._reason = reason
        waiting = [future for future, _ in self._sent.values()] + list(self._subscribing.values())
        self._sent.clear()
        self._subscribing.clear()
        for future in waiting:
            self._window.release()
            _settle(future, self._error())
        self._arrived.set()

    def _error(self) -> LinkError:
        return LinkError(self._reason or "lost", code="link_lost", where=self.where)

    def _on_lost(self, lost: asyncio.Future[None]) -> None:
        cause = None if lost.cancelled() else lost.exception()
        self.fail(str(cause) if cause else "disconnected")

    def _on_connect(
        self, paho: Paho, data: Any, flags: ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        # paho ignores the broker's Receive Maximum; exceeding it is a protocol error (MQTT 5, 3.2.2.3.3)
        self._server_window = getattr(properties, "ReceiveMaximum", self._terms.in_flight)
        self._client._on_connect(paho, data, flags, code, properties)

    # -- out

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """See `MessagePort.publish`."""
        await (await self.send(topic, payload, retain=retain))

    async def send(self, topic: str, payload: bytes, *, retain: bool = False) -> asyncio.Future[None]:
        """Send as soon as the window allows, in the order of the calls; the future is the PUBACK."""
        await self._window.acquire()
        if self._reason is not None:
            self._window.release()
            raise self._error()
        try:
            info = self._paho.publish(topic, payload, qos=1, retain=retain)
        except ValueError as error:
            self._window.release()
            raise CommandError(str(error), code="bad_topic", where=self.where, got=topic) from None
        return self._await_puback(info.mid, int(info.rc))

    def _await_puback(self, mid: int, rc: int) -> asyncio.Future[None]:
        if rc != 0:
            self._window.release()
            self.fail(f"publish failed ({rc})")
            raise self._error()
        future: asyncio.Future[None] = self._loop.create_future()
        self._sent[mid] = (future, self._loop.time() + self._terms.answer_limit)
        if self._watch is None:
            self._watch = self._loop.call_later(self._terms.answer_limit, self._check_age)
        return future

    def _check_age(self) -> None:
        """A stalled broker shows only in progress: look at the oldest publish without its PUBACK."""
        self._watch = None
        if not self._sent:
            return
        due = next(iter(self._sent.values()))[1]
        if due <= self._loop.time():
            self.fail("no acknowledgement in time")
        else:
            self._watch = self._loop.call_at(due, self._check_age)

    def _on_publish(self, paho: Paho, data: Any, mid: int, code: ReasonCode, properties: Properties) -> None:
        future, _ = self._sent.pop(mid, (None, 0.0))
        if future is None:
            return
        self._window.release()
        _settle(future, _refusal(code, self.where, "publish") if code.value >= REFUSED else None)

    # -- in

    async def subscribe(self, topic_filter: str) -> None:
        """See `MessagePort.subscribe`."""
        terms = self._terms
        options = SubscribeOptions(qos=1, noLocal=terms.no_local, retainAsPublished=terms.retain_as_published)
        if self._reason is not None:
            raise self._error()
        rc, mid = self._paho.subscribe(topic_filter, options=options)
        if rc != 0 or mid is None:
            raise LinkError(f"subscribe failed ({int(rc)})", code="link_lost", where=self.where)
        future = self._subscribing[mid] = self._loop.create_future()
        try:
            async with asyncio.timeout(terms.answer_limit):
                await future
        except TimeoutError:
            self.fail("no SUBACK in time")
            raise self._error() from None

    def unsubscribe(self, topic_filter: str) -> None:
        """Ask the broker to stop; nothing waits for it."""
        if self._reason is None:
            self._paho.unsubscribe(topic_filter)

    async def messages(self) -> AsyncIterator[Incoming]:
        """See `MessagePort.messages`. What had arrived before a loss is still handed out."""
        while True:
            while self._inbox:
                yield self._inbox.popleft()
            if self._reason is not None:
                raise self._error()
            self._arrived.clear()
            await self._arrived.wait()

    def flush_acks(self) -> None:
        """Acknowledge in order of arrival (MQTT 5, 4.6), as far as everything before is acknowledged."""
        while self._unacked and self._unacked[0].acked:
            message = self._unacked.popleft()
            if self._reason is None:
                self._paho.ack(message.mid, 1)

    def _on_subscribe(
        self, paho: Paho, data: Any, mid: int, codes: list[ReasonCode], properties: Properties | None
    ) -> None:
        future = self._subscribing.pop(mid, None)
        if future is None:
            return
        refused = [code for code in codes if code.value >= REFUSED]
        error = LinkError(str(refused[0]), code="subscribe_refused", where=self.where) if refused else None
        _settle(future, error)

    def _on_message(self, paho: Paho, data: Any, raw: MQTTMessage) -> None:
        try:
            message = Incoming(self, raw)
        except UnicodeDecodeError:  # a topic the broker should not have let through
            self.dropped += 1
            self._paho.ack(raw.mid, raw.qos)
            return
        if message.qos > 0:
            self._unacked.append(message)
        elif len(self._inbox) >= self._terms.backlog:
            self._overflow()
            return
        self._inbox.append(message)
        self._arrived.set()

    def _overflow(self) -> None:
        self.dropped += 1
        if self._terms.lossless:
            self.fail("more messages than are being read")


def _refusal(code: ReasonCode, where: str, what: str) -> CommandError:
    name = str(code)
    return CommandError(
        f"{what} refused: {name}", code=name.lower().replace(" ", "_"), where=where, got=hex(code.value)
    )


def _settle(future: asyncio.Future[None], error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
        future.exception()  # one that nobody awaits any more is no news
