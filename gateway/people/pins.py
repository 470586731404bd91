"""The PIN service: checks PINs outside the loop, with the same work for every outcome."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from gateway.people.directory import Directory
from rules.model.errors import Unreachable
from rules.model.secret import Secret

_WORKERS = 2
_WAITING = 16  # checks that may be queued or running
_LIMIT = 3.0  # seconds a check may take, its queue included


class PinService:
    """A pool of two that answers `ok`, `duress`, `wrong` or `unavailable`. An async context manager."""

    def __init__(self, directory: Directory, *, waiting: int = _WAITING, limit: float = _LIMIT) -> None:
        self._directory = directory
        self._limit = limit
        self._room = threading.BoundedSemaphore(waiting)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="pin")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop what is queued; a running check ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def token(self, pin: Secret) -> str:
        """What a PIN that is a credential by itself is known by."""
        return self._directory.pin_token(pin)

    async def check(self, person: str | None, pin: Secret) -> str:
        """Check a PIN of a person; None is a dummy check. `unavailable`: overloaded, late, or no directory."""
        if not self._room.acquire(blocking=False):
            return "unavailable"
        work = self._pool.submit(self._directory.check_pin, person, pin)
        work.add_done_callback(lambda _: self._room.release())  # also a check nobody waits for any more takes room
        try:
            async with asyncio.timeout(self._limit):
                return await asyncio.wrap_future(work)
        except (TimeoutError, Unreachable):
            return "unavailable"
