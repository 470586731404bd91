"""Retained `state/<noun>/<id>`: what is so now, for whoever looks, corrected after every event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.bus.connection import Connection
from gateway.bus.together import together
from gateway.bus.topics import Topics
from gateway.followers.publisher import Refusal
from gateway.followers.record import Record
from gateway.journal.record import Sealed
from rules.model.canonical import canonical_bytes
from rules.model.errors import CommandError

READ = 256

Noun = tuple[str, str]
"""(`door`, `area`, `device` or `alarm`; id)."""


class StateView:
    """render: the present view of a noun, or None where nothing is to be retained (an alarm back to normal).

    everything: all nouns there are; touched: those an event changed. The connection has `no_local`, so that what
    comes in on `state/#` is what an earlier run, or a stranger, left behind.
    """

    def __init__(
        self,
        journal: Record,
        topics: Topics,
        *,
        render: Callable[[str, str], Mapping[str, Any] | None],
        everything: Callable[[], Iterable[Noun]],
        touched: Callable[[Sealed], Iterable[Noun]],
        on_refused: Refusal,
    ) -> None:
        self._journal = journal
        self._topics = topics
        self._render = render
        self._everything = everything
        self._touched = touched
        self._on_refused = on_refused

    async def run(self, port: Connection) -> None:
        """Publish all, then what events touch, for ever; raises LinkError when the connection is gone."""
        after = self._journal.durable
        await port.subscribe(self._topics.states)
        await self._publish(port, self._everything())
        await together(view_follow=self._follow(port, after), view_clear=self._clear(port))

    async def _follow(self, port: Connection, after: int) -> None:
        while True:
            rows = await self._journal.read(after, READ)
            if not rows:
                await self._journal.changed(after)
                continue
            await self._publish(port, (noun for row in rows for noun in self._touched(row)))
            after = rows[-1].seq

    async def _clear(self, port: Connection) -> None:
        """Correct what is retained of nouns that are gone or normal."""
        async for message in port.messages():
            message.ack()
            noun = self._topics.noun_of(message.topic)
            if message.payload and (noun not in set(self._everything()) or self._render(*noun) is None):
                await port.publish(message.topic, b"", retain=True)

    async def _publish(self, port: Connection, nouns: Iterable[Noun]) -> None:
        """Publish each once; a view the broker refuses is reported and comes again with its next change."""
        flights: list[tuple[str, asyncio.Future[None]]] = []
        for noun in dict.fromkeys(nouns):
            view = self._render(*noun)
            topic = self._topics.state(*noun)
            payload = b"" if view is None else canonical_bytes(dict(view))
            flights.append((topic, await port.send(topic, payload, retain=True)))
        for topic, flight in flights:
            try:
                await flight
            except CommandError as error:
                self._on_refused(topic, error)
