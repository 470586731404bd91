"""The newest events in memory: what waits to be stored, and a little more, so that followers seldom read a disk."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

from gateway.journal.record import Sealed

KEPT = 4_096  # durable events kept
SEQ = attrgetter("seq")


class Window:
    """Every event after seq `base`, except those in declared gaps; in order."""

    def __init__(self, base: int) -> None:
        self.base = base
        self.last = base
        self._rows: list[Sealed] = []

    def extend(self, group: Sequence[Sealed]) -> None:
        self._rows.extend(group)
        self.last = group[-1].seq

    def read(self, after: int, upto: int, limit: int) -> list[Sealed] | None:
        """Up to `limit` events in `after` < seq <= `upto`; None where `after` is older than the window."""
        if after < self.base:
            return None
        start = bisect_right(self._rows, after, key=SEQ)
        page = self._rows[start : start + limit]
        return page if not page or page[-1].seq <= upto else page[: bisect_right(page, upto, key=SEQ)]

    def trim(self, durable: int) -> None:
        """Let go of the oldest durable events, when there are many enough to be worth it."""
        spare = bisect_right(self._rows, durable, key=SEQ) - KEPT
        if spare >= KEPT:
            self.base = self._rows[spare - 1].seq
            del self._rows[:spare]
