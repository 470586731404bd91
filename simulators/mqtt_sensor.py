"""A zigbee2mqtt sensor as its bridge publishes it: state JSON, availability with a last will."""

from __future__ import annotations

import asyncio
import json
import socket
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiomqtt


class MqttSensor:
    """`async with MqttSensor(url, name, kind) as sensor: await sensor.say(contact=False)`.

    kind: `contact` or `motion`. Each has a connection of its own, so that its last will is its own.
    """

    def __init__(self, url: str, name: str, kind: str, *, base: str = "zigbee2mqtt", retain: bool = True) -> None:
        parts = urlsplit(url)
        self.topic = f"{base}/{name}"
        self.availability = f"{self.topic}/availability"
        self._retain = retain
        self._state: dict[str, Any] = {"battery": 87, "linkquality": 120, "tamper": False, "battery_low": False}
        self._state["contact" if kind == "contact" else "occupancy"] = kind == "contact"
        self._client = aiomqtt.Client(
            parts.hostname or "127.0.0.1",
            parts.port or 1883,
            protocol=aiomqtt.ProtocolVersion.V5,
            will=aiomqtt.Will(self.availability, b'{"state":"offline"}', 1, True),
            keepalive=5,
            timeout=5,
        )

    async def __aenter__(self) -> Self:
        """Connect and say that it is there; its state is said by `say`."""
        await self._client.__aenter__()
        self._client._disconnected.add_done_callback(_seen)
        await self._client.publish(self.availability, b'{"state":"online"}', 1, True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave in order, having said so."""
        if not self._client._disconnected.done():
            await self._client.publish(self.availability, b'{"state":"offline"}', 1, True)
            await self._client.__aexit__(kind, error, trace)

    async def say(self, **values: Any) -> None:
        """Publish the state with some values changed, e.g. `contact=False` or `occupancy=True`."""
        self._state |= values
        await self._client.publish(self.topic, json.dumps(self._state), 1, self._retain)

    async def garble(self, payload: bytes) -> None:
        """Publish something else as its state."""
        await self._client.publish(self.topic, payload, 1, False)

    async def vanish(self) -> None:
        """Cut the connection, as a power failure does: the broker publishes the will."""
        sock = self._client._client.socket()
        if isinstance(sock, socket.socket):
            sock.shutdown(socket.SHUT_RDWR)
        lost = self._client._disconnected
        await asyncio.wait({lost}, timeout=5)
        if lost.done():
            lost.exception()


def _seen(lost: asyncio.Future[None]) -> None:
    """A broker that dies is part of the play: its error is looked at, so that nobody reports it as forgotten."""
    if not lost.cancelled():
        lost.exception()
