"""Modbus door I/O modules on real ports: pymodbus's own server over TCP, or over a pty line for RTU.

    async with ModbusModule("moxa-e1212", "tcp://127.0.0.1:0") as io:
        io.outputs_changed = lambda point, on: ...
        io.set_input("in1", closed=True)

    async with SerialBus(path) as bus, ModbusModule("adam-4055", bus, unit=1) as io: ...

No task runs while nothing is asked.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import urlsplit

from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.transport import ModbusProtocol

from simulators.modbus_board import Board, write_coil_pdu
from simulators.pty import PtyLine

_FRAME_SILENCE = 0.01  # s after which a new frame begins on a serial bus


class SerialBus:
    """An RTU line at `path` with any number of modules; `line.unplug()` and `line.replug()` as a cable."""

    def __init__(self, path: Path | str) -> None:
        self.line = PtyLine(path, self._hear)
        self._modules: dict[int, ModbusProtocol] = {}
        self._speaker: ModbusProtocol | None = None
        self._heard_at = 0.0

    @property
    def url(self) -> str:
        """The path to open."""
        return str(self.line.path)

    def attach(self, unit: int, module: ModbusProtocol | None) -> None:
        """Put a module on the bus, or (None) take it off."""
        if module is None:
            self._modules.pop(unit, None)
        else:
            self._modules[unit] = module

    def answer(self, data: bytes) -> None:
        """A module's reply; what comes next is a new request."""
        self._speaker = None
        self.line.write(data)

    def _hear(self, data: bytes) -> None:
        """A request goes to the unit that it begins with; nobody answers for an absent one."""
        now = asyncio.get_running_loop().time()
        if self._speaker is None or now - self._heard_at > _FRAME_SILENCE:
            self._speaker = self._modules.get(data[0])
        self._heard_at = now
        if self._speaker is not None:
            self._speaker.data_received(data)

    async def __aenter__(self) -> Self:
        self.line.replug()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.line.unplug()


class _BusTransport(asyncio.Transport):
    """What pymodbus's server writes to on a serial bus."""

    def __init__(self, bus: SerialBus) -> None:
        super().__init__()
        self._bus = bus

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self._bus.answer(bytes(data))

    def close(self) -> None:
        """The line stays; only the module leaves it."""


class ModbusModule(Board):
    """A module served at `endpoint`: `tcp://host:port` (port 0: any, then kept), or a `SerialBus`."""

    def __init__(self, model: str, endpoint: str | SerialBus, unit: int = 1, *, silence: float = 5.0) -> None:
        super().__init__(model, unit, silence=silence)
        self._endpoint = endpoint
        self._port = (urlsplit(endpoint).port or 0) if isinstance(endpoint, str) else 0
        self._server: ModbusTcpServer | ModbusSerialServer | None = None

    @property
    def url(self) -> str:
        """What a client connects to."""
        if isinstance(self._endpoint, SerialBus):
            return self._endpoint.url
        return f"tcp://{urlsplit(self._endpoint).hostname}:{self._port}"

    async def restore(self) -> None:
        """Serve (again), on the same port or line."""
        if self._server is not None:
            return
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # it prints its traffic for a client that went away
        pdus = [write_coil_pdu(self)]
        if isinstance(self._endpoint, SerialBus):
            serial = ModbusSerialServer(self.device(), port=self._endpoint.url, custom_pdu=pdus)
            handler = serial.handle_new_connection()
            handler.connection_made(_BusTransport(self._endpoint))
            self._endpoint.attach(self.unit, handler)
            self._server = serial
            return
        host = urlsplit(self._endpoint).hostname or "127.0.0.1"
        tcp = ModbusTcpServer(self.device(), address=(host, self._port), custom_pdu=pdus)
        await tcp.serve_forever(background=True)
        listener = cast(asyncio.Server, tcp.transport)
        self._port = listener.sockets[0].getsockname()[1]
        self._server = tcp

    async def cut(self, *, power: bool = False) -> None:
        """Off the network or the line; with `power`, its supply fails too and the relays fall."""
        if power:
            self.drop_outputs()
        if isinstance(self._endpoint, SerialBus):
            self._endpoint.attach(self.unit, None)
        server, self._server = self._server, None
        if server is not None:
            await server.shutdown()  # type: ignore[no-untyped-call]

    async def __aenter__(self) -> Self:
        await self.restore()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()
        self.stop()
