"""Commands on their way to one reader."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from rules.model.errors import CommandError

LIMIT = 32


@dataclass(slots=True, eq=False)
class Job:
    """One command. `done` ends with the reader's answer; a cancelled one is never sent."""

    body: bytes = field(repr=False)
    urgent: bool
    since: float
    done: asyncio.Future[None]
    tries: int = 0

    @property
    def cancelled(self) -> bool:
        return self.done.done()

    def confirm(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def fail(self, where: str, message: str, code: str, got: str = "") -> None:
        if not self.done.done():
            self.done.set_exception(CommandError(message, code=code, where=where, got=got))


class Jobs:
    """The queue of one reader: outputs before feedback, each in order."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._urgent: deque[Job] = deque()
        self._others: deque[Job] = deque()

    def add(self, job: Job) -> None:
        """Raises CommandError if too many wait."""
        self._prune()
        if len(self._urgent) + len(self._others) >= LIMIT:
            raise CommandError("too many commands wait", code="queue_full", where=self._device)
        (self._urgent if job.urgent else self._others).append(job)

    def put_back(self, job: Job) -> None:
        """The session was lost under it: it goes first once the reader is back."""
        (self._urgent if job.urgent else self._others).appendleft(job)

    def first(self) -> Job | None:
        """The next to be sent; stays in the queue."""
        self._prune()
        queue = self._urgent or self._others
        return queue[0] if queue else None

    def take(self) -> Job | None:
        self._prune()
        queue = self._urgent or self._others
        return queue.popleft() if queue else None

    def fail_all(self, message: str, code: str) -> None:
        for job in (*self._urgent, *self._others):
            job.fail(self._device, message, code)
        self._urgent.clear()
        self._others.clear()

    def _prune(self) -> None:
        """Cancelled jobs at the head go; those behind follow when they come up."""
        for queue in (self._urgent, self._others):
            while queue and queue[0].cancelled:
                queue.popleft()
