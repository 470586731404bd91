"""The one arbiter of a line: whose turn it is, one command and its reply at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from drivers.osdp import codec
from drivers.osdp.health import Timing
from drivers.osdp.session import Session
from rules.model.driver import ByteStream, Emit, Receipt
from rules.model.errors import LinkError
from rules.model.signals import CardRead, PinEntered

CHUNK = 512
BUDGET = 4096  # bytes looked at while one reply is awaited
WRITE_LIMIT = 2.0  # s
SLOWEST = 9600  # what a line behind a network may run at
NETWORK_GAP = 0.08  # s; how much a network may tear a frame apart
SETTLE = 0.0005  # s; shorter waits are not worth a turn of the loop

Trace = Callable[[str, str, str], None]
"""(device, direction, summary of a frame without its contents)."""


def summary(packet: codec.Packet) -> str:
    """Address, sequence, security block type, ID and length: nothing of a card, a PIN or a key."""
    block = f" scs {packet.scb[0]:02X}" if packet.scb else ""
    return f"{packet.address:02X} seq {packet.sequence}{block} id {packet.body[0]:02X}, {len(packet.body)} bytes"


class Line:
    """Polls the sessions over an open stream. A character takes 10 bit times; baud 0: a network in between."""

    def __init__(
        self,
        sessions: tuple[Session, ...],
        stream: ByteStream,
        baud: int,
        timing: Timing,
        emit: Emit,
        trace: Trace | None = None,
    ) -> None:
        self._sessions = sessions
        self._stream = stream
        self._character = 10 / (baud or SLOWEST)
        self._gap = timing.gap + (self._character if baud else NETWORK_GAP)
        self._timing = timing
        self._emit = emit
        self._trace = trace
        self._parser = codec.Parser()
        self._wake = asyncio.Event()
        self._clock = asyncio.get_running_loop().time
        self._last_byte = 0.0
        self._probe_after = 0.0
        self._tasks = asyncio.TaskGroup()

    def wake(self) -> None:
        """Something new is to be sent."""
        self._wake.set()

    async def run(self) -> None:
        """Never returns; raises LinkError when the stream fails."""
        failure: BaseException | None = None
        try:
            async with self._tasks:
                await self._poll()
        except* LinkError as group:
            failure = group.exceptions[0]
        if failure is not None:
            raise failure

    async def _poll(self) -> None:
        now = self._clock()
        for session in self._sessions:
            session.open(now)
        while True:
            now = self._clock()
            for session in self._sessions:
                session.tick(now)
                self._publish(session)
            session, at = self._next(now)
            if at > now:
                await self._rest(at)
            else:
                await self._exchange(session)
                self._publish(session)

    def _next(self, now: float) -> tuple[Session, float]:
        """The session whose turn it is, and when: of those due by class, then by age; else the first due."""
        wishes = [(*self._wish(session), index) for index, session in enumerate(self._sessions)]
        ready = [wish for wish in wishes if wish[1] <= now]
        _, at, index = min(ready) if ready else min(wishes, key=lambda wish: wish[1])
        return self._sessions[index], at

    def _wish(self, session: Session) -> tuple[int, float]:
        rank, at = session.due()
        return rank, max(at, self._probe_after) if session.probing else at

    async def _rest(self, until: float) -> None:
        """Wait for `until` or for something new to send."""
        try:
            async with asyncio.timeout_at(until):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _publish(self, session: Session) -> None:
        """Emit; a card's reader is not polled again, for a while, before the card is durable."""
        for signal in session.standing.take():
            receipt, now = self._emit(signal), self._clock()
            if isinstance(signal, CardRead | PinEntered) and session.held_until <= now:
                session.held_until = now + self._timing.receipt
                self._tasks.create_task(self._release(session, receipt), name=f"{session.device} receipt")

    async def _release(self, session: Session, receipt: Receipt) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(session.held_until):
                await receipt
            session.held_until = 0.0
            self.wake()

    async def _exchange(self, session: Session) -> None:
        """One command and its reply, or its absence."""
        frame = session.begin(self._clock())
        await self._send(session, frame)
        sent = self._clock() + len(frame) * self._character
        if session.probing:
            self._probe_after = sent + self._timing.probe_spacing
        noise, bad = self._parser.noise, self._parser.bad_checks
        await self._listen(session, sent + session.window)
        session.counts.noise += self._parser.noise - noise
        session.counts.bad_checks += self._parser.bad_checks - bad

    async def _send(self, session: Session, frame: bytes) -> None:
        """Drop what strayed in, keep the line quiet for two characters, send."""
        self._parser.reset()
        session.counts.noise += self._stream.drop_input()
        quiet = self._last_byte + 2 * self._character - self._clock()
        if quiet > SETTLE:
            await asyncio.sleep(quiet)
        self._note(session, "->", frame)
        try:
            async with asyncio.timeout(WRITE_LIMIT):
                await self._stream.write(frame)
        except TimeoutError:
            raise LinkError("the line takes no more bytes", code="write_stalled", where=session.device) from None

    async def _listen(self, session: Session, deadline: float) -> None:
        """Read until the reply, the deadline, a pause inside a frame, or more bytes than any reply has."""
        bad, total, gap = self._parser.bad_checks, 0, self._gap
        while total < BUDGET:
            until = self._clock() + gap if self._parser.pending else deadline
            data = await self._read(until)
            total += len(data)
            packets = self._parser.feed(data) if data else self._parser.expire()
            if any(self._hear(session, packet) for packet in packets):
                return
            now = self._clock()
            garbled = self._parser.bad_checks > bad
            if garbled:
                deadline = min(deadline, now + gap)
            if not data and not self._parser.pending:
                self._failed(session, now, garbled=garbled)
                return
        session.counts.babble += 1
        self._failed(session, self._clock(), garbled=True)
        await asyncio.sleep(self._timing.busy)

    def _hear(self, session: Session, packet: codec.Packet) -> bool:
        if self._trace is not None:
            self._trace(session.device, "<-", summary(packet))
        return session.hear(packet, self._clock())

    def _failed(self, session: Session, now: float, *, garbled: bool) -> None:
        """A line that failed one reader may have broken another's session too."""
        session.silence(now, garbled=garbled)
        for other in self._sessions:
            other.troubled = True

    async def _read(self, until: float) -> bytes:
        """Some bytes, or none by `until`."""
        data = await self._read_by(until)
        if not data:
            # Where something else held up the loop until now, bytes that came in time are there, unseen: not every
            # reader keeps its reply for a repeated command, and one that does not loses its session and a card.
            await asyncio.sleep(0)
            data = await self._read_by(self._clock())
        if data:
            self._last_byte = self._clock()
        return data

    async def _read_by(self, until: float) -> bytes:
        try:
            async with asyncio.timeout_at(until):
                return await self._stream.read(CHUNK)
        except TimeoutError:
            return b""

    def _note(self, session: Session, direction: str, frame: bytes) -> None:
        packet = codec.decode(frame[1:]) if self._trace is not None else None
        if self._trace is not None and packet is not None:
            self._trace(session.device, direction, summary(packet))
