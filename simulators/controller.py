"""A door controller that does not decide: it reads a badge, asks over the bus, and works its own barrier."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Self

from gateway.bus.client import BusClient
from gateway.people.keys import load_private
from rules.model.errors import DoorwardError
from rules.model.secret import CardBits
from simulators.doors import SimDoor
from simulators.folder import DemoFolder

PATIENCE = 3.0  # s it waits for an answer; without one it denies


def wall_us() -> int:
    """us since 1970."""
    return time.time_ns() // 1000


class GateController:
    """`async with GateController(folder, url, door) as gate: await gate.swipe(card)`.

    answers: the latest answers; now: us since 1970, by which its requests are signed.
    """

    def __init__(self, folder: DemoFolder, url: str, door: SimDoor, now: Callable[[], int] = wall_us) -> None:
        key = load_private(folder.key_file("gate"))
        self._client = BusClient(url, "millbrook", "gw1", "gate", key, now=now)
        self._door = door
        self.answers: deque[str] = deque(maxlen=1000)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *failure: Any) -> None:
        await self._client.__aexit__(*failure)

    async def swipe(self, card: CardBits) -> bool:
        """Ask, and open the barrier if told so; True if it was."""
        args = {"reader": "gate", "bits": card.data.hex(), "length": card.length}
        try:
            reply = await self._client.request("decide", "gate", args, PATIENCE)
        except DoorwardError as error:
            self.answers.append(error.code)
            return False
        self.answers.append(reply.code)
        if reply.code == "granted":
            self._set(released=True)
            seconds = reply.body["release_time"] / 1e6
            asyncio.get_running_loop().call_later(seconds, self._lock)
        return reply.code == "granted"

    def _lock(self) -> None:
        self._set(released=False)

    def _set(self, *, released: bool) -> None:
        self._door.released = released
        self._door.lock_moved()
