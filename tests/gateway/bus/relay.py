"""A wire to a broker that a test can cut, and hold back what comes from the broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Relay:
    """`async with Relay.to(broker.port) as relay`. While held, a new connection gets its CONNACK and no more.

    asked: bytes that the client sent after its CONNECT, on the connection that is open now.
    """

    target: int
    port: int = 0
    asked: int = 0
    flow: asyncio.Event = field(default_factory=asyncio.Event)
    _open: list[asyncio.StreamWriter] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int) -> AsyncIterator[Relay]:
        relay = cls(port)
        relay.flow.set()
        server = await asyncio.start_server(relay._join, "127.0.0.1", 0)
        relay.port = server.sockets[0].getsockname()[1]
        try:
            yield relay
        finally:
            relay.flow.set()
            server.close()
            relay.cut()

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """End what is connected; a new connection is taken at once."""
        for writer in self._open:
            writer.close()
        self._open.clear()
        self.asked = -1

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        self._open += [writer, back]
        self.asked = -1
        async with asyncio.TaskGroup() as group:
            group.create_task(self._up(reader, back), name="to the broker")
            group.create_task(self._down(there, writer), name="from the broker")

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await _some(reader):
            self.asked = self.asked + len(data) if self.asked >= 0 else 0  # the first is the CONNECT
            writer.write(data)
        writer.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await _some(reader))  # the CONNACK: nothing else was asked for yet
        while data := await _some(reader):
            await self.flow.wait()
            writer.write(data)
        writer.close()


async def _some(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(4096)
    except ConnectionError:
        return b""
