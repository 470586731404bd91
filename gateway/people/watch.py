"""Notices changes of the directory within 0.1 s, whoever made them, without ever holding up the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection

from gateway.people import changes, load
from gateway.people.directory import Directory
from rules.model.errors import Unreachable
from rules.people import People, PeopleChange

_PERIOD = 0.05
_LIMIT = 60.0  # seconds for one look, a whole large table included


class Watcher:
    """Compares the directory with the revision last seen of it. Blocks: one thread at a time."""

    def __init__(self, directory: Directory, seen: int, *, whole: bool = False) -> None:
        self._store = directory.store
        self._seen = seen
        self._whole = whole
        self._conn: Connection | None = None
        self._mark = -1

    def look(self) -> People | PeopleChange | None:
        """What the present revision changes, or everybody where that is too much; None if it is the one seen."""
        if self._conn is None:
            self._conn = self._store.watching()
        mark = self._store.mark(self._conn)
        if mark == self._mark:
            return None
        with self._store.reading() as conn:
            if changes.head(conn) == self._seen:
                self._mark = mark
                return None
            fresh = (None if self._whole else load.changed(conn, self._seen)) or load.whole(conn)
        self._mark, self._seen = mark, fresh.rev
        return fresh

    def close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


async def follow(
    directory: Directory,
    on_change: Callable[[People | PeopleChange], None],
    *,
    seen: int | People = 0,
    period: float = _PERIOD,
) -> None:
    """Call `on_change` in the loop with each new revision of the directory: what it changes to the one before it,
    which is `seen` at first, or everybody. Given people as `seen`, everybody each time.

    Never returns; raises Unreachable when the database fails: run it where failures are retried, with the revision
    last handed over as `seen`.
    """
    loop = asyncio.get_running_loop()
    rev = seen if isinstance(seen, int) else seen.rev
    watcher = Watcher(directory, rev, whole=not isinstance(seen, int))
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
