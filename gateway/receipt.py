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
        for _ in range(len(self._waiting)):
            wanted, future = self._waiting.popleft()
            if wanted <= self.seq:
                if not future.done():
                    future.set_result(self.seq)
            else:
                self._waiting.append((wanted, future))

    def wait(self, seq: int, future: asyncio.Future[int]) -> None:
        """Resolve `future` once `seq` is durable."""
        if seq <= self.seq:
            future.set_result(self.seq)
        else:
            self._waiting.append((seq, future))


class Receipt:
    """Of one signal. Cheap where nobody awaits it."""

    __slots__ = ("_durability", "_future", "_head")

    def __init__(self, durability: Durability) -> None:
        self._durability = durability
        self._head: int | None = None
        self._future: asyncio.Future[int] | None = None

    def stepped(self, head: int) -> None:
        """The signal's step is done and the record's head is `head`."""
        self._head = head
        if self._future is not None:
            self._durability.wait(head, self._future)

    def __await__(self) -> Generator[None, None, int]:
        if self._head is not None and self._head <= self._durability.seq:
            return self._head
        if self._future is None:
            self._future = asyncio.get_running_loop().create_future()
            if self._head is not None:
                self._durability.wait(self._head, self._future)
        return (yield from self._future)
