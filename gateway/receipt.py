"""What `emit` returns: awaiting it means that what followed from the signal is durable."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Generator


class Durability:
    """How far the record is durable, and who waits for more."""

    def __init__(self) -> None:
        self.seq = 0
        self._waiting: deque[tuple[int, asyncio.Future[int]]] = deque()

    def reached(self, seq: int) -> None:
        """The record is durable up to `seq`."""
        self.seq = max(self.seq, seq)
        waiting, self._waiting = self._waiting, deque()
        for wanted, future in waiting:
            self.wait(wanted, future)

    def wait(self, seq: int, future: asyncio.Future[int]) -> None:
        """Resolve `future` once `seq` is durable; one that nobody awaits any more is forgotten."""
        if future.done():
            return
        if seq <= self.seq:
            future.set_result(self.seq)
        else:
            self._waiting.append((seq, future))


class Receipt:
    """Of one signal, or of several that became one. Cheap where nobody awaits it; each who does may give up alone."""

    __slots__ = ("_durability", "_futures", "_head")

    def __init__(self, durability: Durability) -> None:
        self._durability = durability
        self._head: int | None = None
        self._futures: list[asyncio.Future[int]] = []

    def stepped(self, head: int) -> None:
        """The signal's step is done and the record's head is `head`."""
        self._head = head
        for future in self._futures:
            self._durability.wait(head, future)
        self._futures.clear()

    def __await__(self) -> Generator[None, None, int]:
        if self._head is not None and self._head <= self._durability.seq:
            return self._head
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if self._head is None:
            self._futures.append(future)
        else:
            self._durability.wait(self._head, future)
        return (yield from future)
