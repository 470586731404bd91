"""Waiting for what a journal reports, with a limit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from gateway.journal.journal import Journal
from gateway.journal.record import Sealed

LIMIT = 15.0


class Watch:
    """Everything a journal reported."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.durable: list[int] = []
        self.levels: list[str] = []
        self.gaps: list[tuple[int, int]] = []
        self._news = asyncio.Event()
        journal.watch(self._on_durable, self._on_level, self._on_gap)

    def _on_durable(self, seq: int) -> None:
        self.durable.append(seq)
        self._news.set()

    def _on_level(self, level: str) -> None:
        self.levels.append(level)
        self._news.set()

    def _on_gap(self, first: int, last: int) -> None:
        self.gaps.append((first, last))
        self._news.set()

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not reached():
                self._news.clear()
                await self._news.wait()

    async def until_durable(self, seq: int) -> None:
        await self.until(lambda: self.journal.durable >= seq)

    async def until_level(self, level: str) -> None:
        await self.until(lambda: self.journal.level == level)


async def pages(journal: Journal, after: int = 0, limit: int = 500) -> AsyncIterator[list[Sealed]]:
    """All that can be read, a page at a time."""
    while rows := await journal.read(after, limit):
        yield rows
        after = rows[-1].seq


async def all_of(journal: Journal, after: int = 0, limit: int = 500) -> list[Sealed]:
    return [row async for page in pages(journal, after, limit) for row in page]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process's write lock on a segment."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def change(path: Path, statement: str, given: Sequence[object] = ()) -> None:
    """Tamper with a closed journal."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        assert other.execute(statement, given).rowcount != 0, statement
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
