"""The hand-off from the loop to the writer, and what happens when it is full: a declared gap."""

from __future__ import annotations

from collections.abc import Sequence
from queue import Empty, SimpleQueue

from gateway.journal.batch import Batch
from gateway.journal.record import Gap, Head, Sealed

RING = 100_000  # events that may wait in memory
ROOM = 90_000  # a gap ends when no more than this many wait
BATCH = 5_000  # events a transaction may hold


class Inbox:
    """Events waiting for the writer. `put`, `stored` and `flush` in the loop, `take` in the writer's thread.

    When RING events wait, new ones are dropped, a whole group at a time, into one growing gap; the gap takes its
    place in the queue when there is room again. n: last number per stream before the first event.
    """

    def __init__(self, head: Head) -> None:
        self.waiting = 0
        self.dropped = 0
        self._n = dict(head.n)
        self._gap: Gap | None = None
        self._queue: SimpleQueue[Sequence[Sealed] | Gap | None] = SimpleQueue()

    def put(self, group: Sequence[Sealed]) -> bool:
        """False if the group fell into a gap."""
        self._n.update({row.stream: row.n for row in group})
        self.flush()
        if self._gap is not None or self.waiting + len(group) > RING:
            self._drop(group)
            return False
        self.waiting += len(group)
        self._queue.put(group)
        return True

    def _drop(self, group: Sequence[Sealed]) -> None:
        last = group[-1]
        first = self._gap.first if self._gap is not None else group[0].seq
        self._gap = Gap(last.epoch, first, last.seq, last.hash, dict(self._n))
        self.dropped += len(group)

    def stored(self, count: int) -> None:
        """`count` events wait no longer."""
        self.waiting -= count
        self.flush()

    def flush(self, *, force: bool = False) -> None:
        """Close the open gap if there is room again, or by force at the end."""
        if self._gap is not None and (force or self.waiting <= ROOM):
            self._queue.put(self._gap)
            self._gap = None

    def wake(self) -> None:
        """Make `take` return."""
        self._queue.put(None)

    def take(self, limit: float) -> Batch:
        """All that waits, up to BATCH events; waits up to `limit` s for the first."""
        batch = Batch()
        try:
            item = self._queue.get(timeout=limit)
            while True:
                if isinstance(item, Gap):
                    batch.gaps.append(item)
                elif item is not None:
                    batch.rows.extend(item)
                if len(batch.rows) >= BATCH:
                    return batch
                item = self._queue.get_nowait()
        except Empty:
            return batch
