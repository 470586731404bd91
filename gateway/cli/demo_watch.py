"""What a demo hears on the bus, as any console would: both event streams without a gap, and what is retained."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any

from gateway.bus.client import BusClient, Reply
from gateway.bus.stream import Event, EventStream

Hear = Callable[[Event], Any]

IMPATIENCE = 1.0  # s until a replay that nobody answered is asked for again: the gateway, too, may be reconnecting
QUIET = 0.4  # s without an event after which the bus is quiet


class Desk(BusClient):
    """A console that does not wait long for an answer, unless it says so."""

    async def request(self, verb: str, target: str, args: Mapping[str, Any], timeout: float = IMPATIENCE) -> Reply:
        return await super().request(verb, target, args, timeout)


class Watch:
    """streams: `event` and, as the demo's operator may, `silent`. heard: awaited with each event, in order."""

    def __init__(self, client: BusClient, heard: Hear, retained: Callable[[str, str, Mapping[str, Any]], None]) -> None:
        self._client = client
        self._heard = heard
        self._retained = retained
        self.streams = {name: EventStream(client, name, after=(1, 0)) for name in ("event", "silent")}
        self.online = asyncio.Event()
        self._news = asyncio.Event()

    @property
    def missed(self) -> int:
        return sum(stream.missed for stream in self.streams.values())

    @property
    def positions(self) -> dict[str, tuple[int, int]]:
        return {name: stream.position for name, stream in self.streams.items()}

    async def follow(self, stream: str) -> None:
        """For ever, from the daemon's first event on."""
        await self.online.wait()
        async with aclosing(self.streams[stream].follow()) as events:
            async for event in events:
                self._news.set()
                await self._heard(event)

    async def look(self) -> None:
        """For ever: `retained(noun, id, view)`; an empty view where nothing is retained any more."""
        topics = self._client.topics
        async with self._client.listening(f"{topics.prefix}#") as queue:
            while True:
                message = await queue.get()
                if message is None:
                    continue
                noun, _, ident = message.topic.removeprefix(topics.prefix).removeprefix("state/").partition("/")
                if message.topic.startswith(topics.prefix + "state/") or noun in ("status", "health"):
                    view = json.loads(message.payload) if message.payload else {}
                    self._retained(noun, ident, view)
                    if noun == "status" and view.get("state") == "online":
                        self.online.set()

    async def quiet(self, limit: float) -> None:
        """Until nothing came for QUIET s, but no longer than `limit`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while await self._came_within(QUIET):
                    pass

    async def _came_within(self, seconds: float) -> bool:
        self._news.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        return True
