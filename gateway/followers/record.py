"""What a follower needs of the journal."""

from __future__ import annotations

from typing import Protocol

from gateway.journal.record import Sealed


class Record(Protocol):
    """One ordered stream over store, spool and memory; see `gateway.journal.journal.Journal`."""

    @property
    def durable(self) -> int:
        """The highest seq known durable."""

    async def read(self, after: int, limit: int = 500) -> list[Sealed]:
        """Up to `limit` events after seq `after`, in order."""

    async def changed(self, after: int) -> None:
        """Return when `read(after)` would return something."""

    async def cursor(self, name: str) -> int:
        """How far the follower has come; 0 if it never said."""

    def set_cursor(self, name: str, seq: int) -> None:
        """Remember it, soon on disk."""

    async def seq_of(self, stream: str, n: int) -> int:
        """The seq of event `n` of a stream, or of the first one after it; past the head if there is none."""
