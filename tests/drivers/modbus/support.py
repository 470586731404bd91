"""A driver at work and the things it may meet: a module that follows its table, and one that misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from pymodbus.framer.rtu import FramerRTU

from drivers.modbus import Config, Driver
from rules.model.driver import ByteStream, Device, MessagePort
from rules.model.errors import LinkError
from rules.model.signals import DeviceFound, Signal
from simulators.pty import PtyLine

LIMIT = 8.0  # s, after which a test gives up
PAUSE = 0.005


class Endpoint:
    """The transport of a link, of which this driver uses the address only."""

    def __init__(self, url: str, baud: int = 0) -> None:
        self.url = url
        self.baud = baud

    def stream(self) -> AbstractAsyncContextManager[ByteStream]:
        raise AssertionError("not this driver's way")

    def messages(self) -> AbstractAsyncContextManager[MessagePort]:
        raise AssertionError("not this driver's way")


async def until(check: Callable[[], object], limit: float = LIMIT) -> None:
    """Wait for the thing, with a limit."""
    async with asyncio.timeout(limit):
        while not check():  # noqa: ASYNC110 - what is waited for lies behind a wire and has no event
            await asyncio.sleep(PAUSE)


def device(name: str, model: str = "generic", **config: object) -> Device:
    """A device with its validated Config."""
    return Device(name, Config.model_validate({"model": model, **config}), {})


class Rig:
    """A driver run as the gateway runs it: again after each LinkError. Keeps its signals and its failures."""

    def __init__(self, url: str, *devices: Device, baud: int = 0) -> None:
        self.driver = Driver("link", devices, Endpoint(url, baud))
        self.signals: list[Signal] = []
        self.failures: list[LinkError] = []
        self.reconnects = True

    def emit(self, signal: Signal) -> Awaitable[int]:
        self.signals.append(signal)
        receipt = asyncio.get_running_loop().create_future()
        receipt.set_result(len(self.signals))
        return receipt

    async def _keep_running(self) -> None:
        while True:
            try:
                await self.driver.run(self.emit)
            except LinkError as failure:
                self.failures.append(failure)
            if not self.reconnects:
                return
            await asyncio.sleep(0.02)

    @asynccontextmanager
    async def running(self, *, found: bool = True) -> AsyncIterator[Rig]:
        """The driver at work, by default from the moment when all its devices were found."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self._keep_running(), name="rig")
            if found:
                await until(lambda: self.count(DeviceFound) >= len(self.driver.health()))
            yield self
            task.cancel()

    def count(self, kind: type[Signal]) -> int:
        return sum(isinstance(signal, kind) for signal in self.signals)

    async def saw(self, signal: Signal, times: int = 1) -> None:
        """Wait for a signal."""
        await until(lambda: self.signals.count(signal) >= times)

    def counter(self, name: str, counter: str) -> int:
        return int(self.driver.health()[name].get(counter, 0))

    async def polled(self, name: str, times: int) -> None:
        """Wait for this many more polls."""
        now = self.counter(name, "polls")
        await until(lambda: self.counter(name, "polls") >= now + times)


def bits(values: Sequence[bool]) -> bytes:
    number = sum(on << n for n, on in enumerate(values))
    return number.to_bytes((len(values) + 7) // 8, "little")


class Tiny:
    """Eight inputs, eight coils: what a module answers, as PDU bytes in and out. As an ADAM: all are coils."""

    def __init__(self, *, adam: bool = False) -> None:
        self.adam = adam
        self.inputs = [False] * 8
        self.coils = [False] * 8
        self.requests: list[bytes] = []

    def reply(self, pdu: bytes) -> bytes:
        self.requests.append(pdu)
        if pdu[0] == 5:
            self.coils[pdu[2] % 16] = pdu[3] == 0xFF
            return pdu
        if pdu[0] == 3:
            return b"\x83\x02"
        about_inputs = pdu[2] < 16 if self.adam else pdu[0] == 2
        data = bits(self.inputs if about_inputs else self.coils)
        return bytes((pdu[0], len(data))) + data


Fault = Callable[[bytes, bytes], Iterable[bytes | float]]
"""Request and right reply, both whole frames -> what is sent instead; a number is a delay in s before the rest."""


def honest(request: bytes, reply: bytes) -> Iterable[bytes | float]:
    return [reply]


def mute(request: bytes, reply: bytes) -> Iterable[bytes | float]:
    return []


def exception_2(request: bytes, reply: bytes) -> Iterable[bytes | float]:
    """A Modbus TCP refusal: illegal data address."""
    return [reply[:4] + b"\0\x03" + reply[6:7] + bytes((reply[7] | 0x80, 2))]


class TcpModule(Tiny):
    """A Modbus TCP server that sends what `fault` makes of its replies."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: Fault = honest
        self.connections = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._serving = 0

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Its url."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            self.hang_up()
            await until(lambda: not self._serving)

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._serving += 1
        self._writers.append(writer)
        try:
            while True:
                header = await reader.readexactly(6)
                body = await reader.readexactly(int.from_bytes(header[4:6], "big"))
                pdu = self.reply(body[1:])
                reply = header[:4] + (1 + len(pdu)).to_bytes(2, "big") + body[:1] + pdu
                for part in self.fault(header + body, reply):
                    if isinstance(part, bytes):
                        writer.write(part)
                    else:
                        await asyncio.sleep(part)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
        finally:
            self._serving -= 1


def rtu(unit: int, pdu: bytes) -> bytes:
    frame = bytes((unit,)) + pdu
    return frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big")


class RtuModule(Tiny):
    """Units on a pty line that send what their `fault` makes of their replies. All requests are 8 bytes long.

    A unit answers in the order in which it was asked, as any does that has one processor.
    """

    def __init__(self, path: Path, *units: int, adam: bool = False) -> None:
        super().__init__(adam=adam)
        self.line = PtyLine(path, self._hear)
        self.faults: dict[int, Fault] = dict.fromkeys(units, honest)
        self.asked: list[int] = []
        self._buffer = b""
        self._answered_at: dict[int, float] = {}

    def _hear(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 8:
            frame, self._buffer = self._buffer[:8], self._buffer[8:]
            self._answer(frame)

    def _answer(self, frame: bytes) -> None:
        unit, loop = frame[0], asyncio.get_running_loop()
        self.asked.append(unit)
        if unit not in self.faults:
            return
        at = loop.time()
        for part in self.faults[unit](frame, rtu(unit, self.reply(frame[1:-2]))):
            if isinstance(part, bytes):
                at = max(at, self._answered_at.get(unit, 0.0) + 1e-6)
                self._answered_at[unit] = at
                loop.call_at(at, self.line.write, part)
            else:
                at += part
