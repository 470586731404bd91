"""Notices changes of the directory within 0.1 s, whoever made them, without ever holding up the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection

from gateway.people import load
from gateway.people.directory import Directory
from rules.model.errors import Unreachable
from rules.people import NOBODY, People

_PERIOD = 0.05
_LIMIT = 60.0  # seconds for one look, a whole large table included


class Watcher:
    """Compares the directory with what was last seen of it. Blocks: one thread at a time."""

    def __init__(self, directory: Directory, seen: People) -> None:
        self._store = directory.store
        self._seen = seen
        self._conn: Connection | None = None
        self._mark = -1

    def look(self) -> People | None:
        """The present people if their revision is another than the one seen, else None."""
        if self._conn is None:
            self._conn = self._store.watching()
        mark = self._store.mark(self._conn)
        if mark == self._mark:
            return None
        with self._store.reading() as conn:
            fresh = load.refreshed(conn, self._seen)
        self._mark = mark
        if fresh is self._seen:
            return None
        self._seen = fresh
        return fresh

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


async def follow(
    directory: Directory,
    on_change: Callable[[People], None],
    *,
    seen: People = NOBODY,
    period: float = _PERIOD,
) -> None:
    """Call `on_change` in the loop with each new state of the directory, the first one too unless `seen`.

    Never returns; raises Unreachable when the database fails: run it where failures are retried, with the last
    people as `seen`.
    """
    loop = asyncio.get_running_loop()
    watcher = Watcher(directory, seen)
    pool = ThreadPoolExecutor(1, thread_name_prefix="people-watch")
    try:
        while True:
            try:
                async with asyncio.timeout(_LIMIT):
                    fresh = await loop.run_in_executor(pool, watcher.look)
            except TimeoutError:
                raise Unreachable(
                    "reading the directory took too long", code="people_database", where=directory.store.where
                ) from None
            if fresh is not None:
                on_change(fresh)
            await asyncio.sleep(period)
    finally:
        pool.submit(watcher.close)
        pool.shutdown(wait=False)
