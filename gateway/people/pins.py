"""The PIN service: checks and identifies PINs outside the loop, with the same work for every outcome."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from gateway.people.directory import Directory
from rules.model.errors import Unreachable
from rules.model.secret import Secret

T = TypeVar("T")

_WORKERS = 2
_WAITING = 16  # checks that may be queued or running
_LIMIT = 3.0  # seconds a check may take, its queue included


class PinService:
    """A pool of two that says of a PIN `ok`, `duress`, `wrong` or `unavailable`, or whose it is. An async context
    manager."""

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

    async def check(self, person: str | None, pin: Secret) -> str:
        """Check a PIN of a person; None is a dummy check. `unavailable`: overloaded, late, or no directory."""
        return await self._ask(partial(self._directory.check_pin, person, pin)) or "unavailable"

    async def identify(self, pin: Secret) -> tuple[str, bool]:
        """The token that a PIN opens by where it is a credential by itself; True: as its duress PIN.

        Where the directory does not answer a PIN stands for itself: doors go on, and a duress PIN is nobody's.
        """
        question = partial(self._directory.identify_pin, pin)
        return await self._ask(question) or (self._directory.pin_token(pin), False)

    async def _ask(self, question: Callable[[], T]) -> T | None:
        if not self._room.acquire(blocking=False):
            return None
        work = self._pool.submit(question)
        work.add_done_callback(lambda _: self._room.release())  # also a check nobody waits for any more takes room
        try:
            async with asyncio.timeout(self._limit):
                return await asyncio.wrap_future(work)
        except (TimeoutError, Unreachable):
            return None
