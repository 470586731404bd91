"""The connection everything outbound shares: events, states, health."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.bus.connection import Connection
from gateway.bus.port import MqttTransport
from gateway.bus.together import together
from gateway.bus.topics import Topics
from gateway.followers.publisher import Publisher, Refusal
from gateway.followers.state_view import StateView
from rules.model.canonical import canonical_bytes
from rules.model.errors import CommandError

HEALTH_PERIOD = 5.0  # s


class Outbound:
    """transport: with a client id of its own; health: plain values, asked every 5 s."""

    def __init__(
        self,
        transport: MqttTransport,
        topics: Topics,
        publisher: Publisher,
        view: StateView,
        health: Callable[[], Mapping[str, Any]],
        on_refused: Refusal,
        *,
        period: float = HEALTH_PERIOD,
    ) -> None:
        # the state view must see what others left on its topics, and not its own words
        self._transport = replace(transport, no_local=True)
        self._topics = topics
        self._publisher = publisher
        self._view = view
        self._health = health
        self._on_refused = on_refused
        self._period = period

    async def run(self) -> None:
        """Connect and publish until the connection fails: raises LinkError. It never reconnects."""
        async with self._transport.messages() as port:
            await together(
                publisher=self._publisher.run(port),
                state_view=self._view.run(port),
                health=self._publish_health(port),
            )

    async def _publish_health(self, port: Connection) -> None:
        while True:
            payload = canonical_bytes(dict(self._health()))
            try:
                await port.publish(self._topics.health, payload, retain=True)
            except CommandError as error:
                self._on_refused(self._topics.health, error)
            await asyncio.sleep(self._period)
