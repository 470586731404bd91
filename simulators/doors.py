"""Doors as things of wood and steel: a lock that holds or not, a leaf that stands open or shut, and their wires."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from simulators.modbus_io import ModbusModule


@dataclass(slots=True)
class SimDoor:
    """One door. Point names are of `module`; contact opens with the leaf; the lock holds at `locked_level`.

    lock None: a controller of its own works it, and says so in `released`. unpowered: a call point cut its magnet;
    released_at: monotonic s at which the lock last let go.
    """

    id: str
    module: ModbusModule
    contact: str
    lock: str | None
    rex: str | None
    locked_level: bool = False
    is_open: bool = False
    released: bool = False
    unpowered: bool = False
    released_at: float = 0.0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def locked(self) -> bool:
        """True while the lock holds the leaf."""
        if self.lock is None or self.unpowered:
            return not (self.released or self.unpowered)
        return self.module.output(self.lock) is self.locked_level

    def lock_moved(self) -> None:
        """Its lock was worked."""
        if not self.locked:
            self.released_at = time.monotonic()
        self._moved.set()

    async def settles(self, *, locked: bool, limit: float = 2.0) -> bool:
        """True once its lock is so; False after `limit` s."""
        try:
            async with asyncio.timeout(limit):
                while self.locked is not locked:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    def pull(self) -> bool:
        """Pull at the handle from outside: it opens if the lock lets it."""
        if not self.locked:
            self._move(True)
        return self.is_open

    def push(self) -> None:
        """Leave by the inner handle, which works the latch by itself."""
        self._move(True)

    def force(self) -> None:
        """Open it with a crowbar."""
        self._move(True)

    def shut(self) -> None:
        self._move(False)

    def _move(self, is_open: bool) -> None:
        self.is_open = is_open
        self.module.set_input(self.contact, closed=not is_open)

    def press_rex(self, pressed: bool) -> None:
        if self.rex is not None:
            self.module.set_input(self.rex, closed=pressed)
