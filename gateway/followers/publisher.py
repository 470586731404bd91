"""The journal's follower that publishes every event, at least once and in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

from gateway.bus.cloudevents import event_bytes, event_topic
from gateway.bus.connection import Connection
from gateway.bus.topics import Topics
from gateway.followers.record import Record
from gateway.journal.record import Sealed
from rules.model.errors import CommandError

WINDOW = 32  # events sent and not yet acknowledged
READ = 256  # events read at a time
PAUSE = (1.0, 30.0)  # s before a refused event is tried again: first, longest

Refusal = Callable[[str, CommandError], None]
"""Called with the topic the broker refused: an alarm."""


class Publisher:
    """Publishes from its cursor on; the cursor follows the PUBACKs, in order.

    An event the broker refuses holds back all later ones: it is reported and tried again, never skipped.
    """

    def __init__(self, journal: Record, topics: Topics, on_refused: Refusal, *, name: str = "mqtt") -> None:
        self._journal = journal
        self._topics = topics
        self._on_refused = on_refused
        self._name = name
        self._window = WINDOW
        self._pause = PAUSE[0]
        self._after = 0
        self._counts = {"published": 0, "refused": 0}

    async def run(self, port: Connection) -> None:
        """Follow the journal for ever; raises LinkError when the connection is gone."""
        self._after = await self._journal.cursor(self._name)
        while True:
            rows = await self._journal.read(self._after, READ)
            if not rows:
                await self._journal.changed(self._after)
            elif await self._publish(port, rows):
                self._pause = PAUSE[0]
                self._window = WINDOW
            else:
                await asyncio.sleep(self._pause)
                self._pause = min(self._pause * 2, PAUSE[1])
                self._window = 1  # until the refused one is through, nothing overtakes it

    def health(self) -> Mapping[str, int]:
        return {**self._counts, "cursor_lag": max(0, self._journal.durable - self._after)}

    async def _publish(self, port: Connection, rows: list[Sealed]) -> bool:
        """Send rows with a window; False when one was refused: go back to it."""
        flights: deque[tuple[Sealed, asyncio.Future[None]]] = deque()
        for row in rows:
            if len(flights) >= self._window and not await self._landed(*flights.popleft()):
                return False
            flights.append((row, await self._send(port, row)))
        while flights:
            if not await self._landed(*flights.popleft()):
                return False
        return True

    async def _send(self, port: Connection, row: Sealed) -> asyncio.Future[None]:
        payload = event_bytes(row, self._topics, durable=row.seq <= self._journal.durable)
        return await port.send(event_topic(row, self._topics), payload)

    async def _landed(self, row: Sealed, flight: asyncio.Future[None]) -> bool:
        try:
            await flight
        except CommandError as error:
            self._counts["refused"] += 1
            self._on_refused(event_topic(row, self._topics), error)
            return False
        self._counts["published"] += 1
        self._after = row.seq
        self._journal.set_cursor(self._name, row.seq)
        return True
