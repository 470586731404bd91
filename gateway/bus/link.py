"""The gateway's end of the bus: signed requests in, answers and replays out, retained `status`.

It has the form of a driver (`run`, `execute`, `health`), so that a link owns it like any other.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.bus.cloudevents import event
from gateway.bus.connection import Connection, Incoming
from gateway.bus.envelope import Inbound, is_request_id, open_request
from gateway.bus.port import MqttTransport
from gateway.bus.rate import Bucket
from gateway.bus.terms import Will
from gateway.bus.together import together
from gateway.bus.topics import Topics
from gateway.journal.record import Sealed
from rules.model.canonical import canonical_bytes
from rules.model.commands import Answer, Command, ReplayStream
from rules.model.driver import Emit, Receipt
from rules.model.errors import CommandError, DoorwardError, LinkError
from rules.model.signals import CardPresented, CardRead, LinkFound, RequestReceived, SignalsLost

History = Callable[[str, int, int], Awaitable[list[Sealed]]]
"""(stream, after n, limit) -> durable events of the present epoch, in order of n."""

PAGE = 100  # events in one message of a replay
REPLAY_LIMIT = 10_000  # events in one answer; the asker asks again for more
OPEN = 1024  # requests waiting for their receipt: more than any receive window
LIFE = 10  # s a request lives at most
STATUS_PERIOD = 5.0  # s between looks at what `status` says


def offline_will(topics: Topics) -> Will:
    """What the broker says of us when we are gone; for the `will` of the link's transport."""
    return topics.status, canonical_bytes({"state": "offline"}), True


class BusLink:
    """keys: id -> raw Ed25519 public key of operators and controllers, asked anew for every request.

    identify: raw bits of a controller's badge to `CardPresented`. about: what retained `status` says besides
    its state (version, rules_hash, head of the event stream: never of the silent one).
    Floods are shed (all requests together, and unsigned ones more strictly) and reported as SignalsLost.
    """

    def __init__(
        self,
        transport: MqttTransport,
        topics: Topics,
        *,
        keys: Callable[[], Mapping[str, bytes]],
        identify: Callable[[CardRead], CardPresented],
        history: History,
        about: Callable[[], Mapping[str, Any]],
        link: str = "bus",
        clock: Callable[[], float] | None = None,
    ) -> None:
        # a request published with the retain flag must show it; a flood must not end the link; what was not
        # acknowledged must come again for as long as a request can be valid
        kept = max(transport.session_expiry, LIFE)
        self._transport = replace(transport, retain_as_published=True, lossless=False, session_expiry=kept)
        self._topics = topics
        self._keys = keys
        self._identify = identify
        self._history = history
        self._about = about
        self._link = link
        clock = clock or asyncio.get_running_loop().time
        self._all = Bucket(200, 400, clock)
        self._strangers = Bucket(20, 50, clock)
        self._shed = 0
        self._port: Connection | None = None
        self._counts = {"requests": 0, "faulty": 0, "shed": 0, "answers": 0, "replayed": 0}

    async def run(self, emit: Emit) -> None:
        """Serve requests until the link fails: raises LinkError. A request is acknowledged once durable."""
        open_requests: asyncio.Queue[tuple[Incoming, Receipt]] = asyncio.Queue(OPEN)
        async with self._transport.messages() as port:
            await port.subscribe(self._topics.requests)
            self._port = port
            emit(LinkFound(self._link))
            try:
                await together(
                    bus_read=self._read(port, emit, open_requests),
                    bus_ack=_acknowledge(open_requests),
                    bus_status=self._keep_status(port),
                    bus_shed=self._report_shed(emit),
                )
            finally:
                self._port = None

    @property
    def listening(self) -> bool:
        """True while requests are heard."""
        return self._port is not None

    async def execute(self, command: Command) -> None:
        """Answer or replay; raises CommandError. A request whose id was unreadable has nobody to answer."""
        port = self._port
        if port is None:
            raise CommandError("the bus is not connected", code="link_down", where=self._link)
        try:
            match command:
                case Answer():
                    await self._answer(port, command)
                case ReplayStream():
                    await self._answer(port, await self._replay(port, command))
                case _:
                    raise CommandError("not for the bus", code="bad_command", got=type(command).__name__)
        except LinkError as error:
            raise CommandError(error.message, code=error.code, where=error.where) from None

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        dropped = self._port.dropped if self._port else 0
        return {self._link: {**self._counts, "dropped": dropped}}

    # -- in

    async def _read(self, port: Connection, emit: Emit, waiting: asyncio.Queue[tuple[Incoming, Receipt]]) -> None:
        async for message in port.messages():
            receipt = self._accept(message, emit)
            if receipt is None:
                message.ack()
            elif message.qos > 0:
                waiting.put_nowait((message, receipt))

    def _accept(self, message: Incoming, emit: Emit) -> Receipt | None:
        if message.retained and not message.payload:
            return None  # somebody cleared a retained request: nothing was asked
        if not self._all.take():
            self._drop()
            return None
        inbound = open_request(
            message.payload,
            verb=self._topics.verb_of(message.topic),
            retained=message.retained,
            keys=self._keys(),
            audience=self._topics.gateway,
        )
        if inbound.signal.who is None and not self._strangers.take():
            self._drop()
            return None
        self._counts["requests"] += 1
        self._counts["faulty"] += inbound.signal.fault is not None
        return emit(self._identified(inbound))

    def _identified(self, inbound: Inbound) -> RequestReceived:
        if inbound.card is None:
            return inbound.signal
        return replace(inbound.signal, card=self._identify(inbound.card))

    def _drop(self) -> None:
        self._shed += 1
        self._counts["shed"] += 1

    async def _report_shed(self, emit: Emit) -> None:
        while True:
            await asyncio.sleep(1.0)
            if self._shed:
                count, self._shed = self._shed, 0
                emit(SignalsLost(self._link, count))

    # -- out

    async def _keep_status(self, port: Connection) -> None:
        """Say that we are online, and again when something but the head changed."""
        said: Mapping[str, Any] | None = None
        while True:
            about = self._about()
            lasting = {key: value for key, value in about.items() if key != "head"}
            if lasting != said:
                said = lasting
                await _try_publish(port, self._topics.status, {"state": "online", **about})
            await asyncio.sleep(STATUS_PERIOD)

    async def _answer(self, port: Connection, answer: Answer) -> None:
        if not is_request_id(answer.request):
            return
        plain = {
            "request": answer.request,
            "ok": answer.ok,
            "code": answer.code,
            "body": json.loads(answer.body),
        }
        self._counts["answers"] += 1
        await port.publish(self._topics.response(answer.request), canonical_bytes(plain))

    async def _replay(self, port: Connection, command: ReplayStream) -> Answer:
        """Publish the pages; returns the answer that ends them."""
        topic = self._topics.replay(command.stream, command.request)
        limit = max(0, min(command.limit, REPLAY_LIMIT))
        last, sent = command.after, 0
        while sent < limit:
            try:
                rows = await self._history(command.stream, last, min(PAGE, limit - sent))
            except DoorwardError as error:
                return Answer(command.request, False, error.code)
            if not rows:
                break
            events = [event(row, self._topics, durable=True) for row in rows]
            await port.publish(topic, canonical_bytes({"request": command.request, "events": events}))
            last, sent = rows[-1].n, sent + len(rows)
            self._counts["replayed"] += len(rows)
        body = {"count": sent, "last": last, "more": sent > 0 and sent == limit}
        return Answer(command.request, True, "ok", canonical_bytes(body).decode())


async def _acknowledge(waiting: asyncio.Queue[tuple[Incoming, Receipt]]) -> None:
    """Acknowledge in order, each once what followed from it is durable; reading goes on meanwhile."""
    while True:
        message, receipt = await waiting.get()
        await receipt
        message.ack()


async def _try_publish(port: Connection, topic: str, plain: Mapping[str, Any]) -> None:
    try:
        await port.publish(topic, canonical_bytes(dict(plain)), retain=True)
    except CommandError as error:  # without its status a gateway is not on the bus: say so and try again
        raise LinkError(error.message, code=error.code, where=topic) from None
