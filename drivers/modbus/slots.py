"""Turns on a line: commands before polls, each in order of arrival."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_Turn = asyncio.Future[None]


class Slots:
    """A lock with two classes of waiters. Cancelling a waiter gives up its turn, even one just granted."""

    def __init__(self) -> None:
        self._busy = False
        self._urgent: deque[_Turn] = deque()
        self._patient: deque[_Turn] = deque()

    @asynccontextmanager
    async def slot(self, *, urgent: bool) -> AsyncIterator[None]:
        """Have the line for one exchange."""
        await self._take(self._urgent if urgent else self._patient)
        try:
            yield
        finally:
            self._hand_over()

    async def _take(self, waiting: deque[_Turn]) -> None:
        if not self._busy:
            self._busy = True
            return
        turn: _Turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._hand_over()
            raise

    def _hand_over(self) -> None:
        for waiting in (self._urgent, self._patient):
            while waiting:
                turn = waiting.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self._busy = False
