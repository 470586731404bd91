"""The journal as the loop sees it: append, watch, read. Nothing here waits for a disk in the loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from gateway.journal import reading
from gateway.journal.inbox import Inbox
from gateway.journal.notes import Notes
from gateway.journal.opening import Opened, open_journal
from gateway.journal.record import Head, Sealed, Snapshot
from gateway.journal.report import Level, Report
from gateway.journal.window import Window
from gateway.journal.writer import Writer
from rules.model.errors import DoorwardError

log = logging.getLogger(__name__)
T = TypeVar("T")

STALL = 3.0  # s without a commit, while events wait, after which the disk counts as gone
CLOSING = 10.0  # s the writer may take to store what waits at the end
READING = 10.0  # s a read may take, with its wait for a thread
SITES = 4  # rule sets kept in memory
PAGE = 5_000  # events a read returns at most
HEAD_START = 0.003  # s by which a command that awaited its commit goes ahead of the followers' work in the loop


def _ignore(*_: object) -> None:
    """Nobody watches yet."""


class Journal:
    """`async with Journal.open(folder, gateway=..., spool=...) as journal`.

    head: the end of the record as found at open; durable: highest seq known durable; level: `ok`, `spool` or
    `memory`. Every method is called in the loop that entered it.
    """

    head: Head
    durable: int
    level: str

    def __init__(self, folder: Path, gateway: str, spool: Path | None, *, renew: bool) -> None:
        self.folder, self.gateway, self.spool, self._renew = folder, gateway, spool, renew
        self._notes = Notes()
        self._sites: dict[str, bytes] = {}  # the newest ones, which may not be stored yet
        self._news = asyncio.Event()
        self._on_durable: Callable[[int], None] = _ignore
        self._on_level: Callable[[str], None] = _ignore
        self._on_gap: Callable[[int, int], None] = _ignore
        self._closing = False
        self._waiting_since = 0.0
        self._ended = False

    @classmethod
    def open(cls, folder: Path | str, *, gateway: str, spool: Path | str | None = None, renew: bool = False) -> Self:
        """renew: begin a new epoch on a journal that was restored or taken over."""
        return cls(Path(folder), gateway, Path(spool) if spool is not None else None, renew=renew)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="journal-read")
        try:
            self._opened = await self._loop.run_in_executor(self._pool, self._open)
        except BaseException:
            self._pool.shutdown(wait=False)
            raise
        self._begin(self._opened)
        return self

    def _open(self) -> Opened:
        return open_journal(self.folder, self.gateway, self.spool, renew=self._renew)

    def _begin(self, opened: Opened) -> None:
        self.head = opened.head
        self.durable = opened.head.seq
        self.level = str(opened.level)
        # A follower may have come further, in memory, than the disk before the end: those numbers are given anew.
        self._cursors = {name: min(seq, self.durable) for name, seq in opened.cursors.items()}
        self._window = Window(self.durable)
        self._inbox = Inbox(opened.head)
        self._writer = Writer(
            opened.store, opened.spool, self._inbox, self._notes, self._tell, self.durable, opened.level
        )
        self._writer.start()
        self._watchdog = self._loop.call_later(STALL / 5, self._look)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._watchdog.cancel()
        self._inbox.flush(force=True)
        closing = asyncio.ensure_future(self._loop.run_in_executor(None, self._writer.finish, CLOSING))
        ended = await asyncio.shield(closing)
        await asyncio.sleep(0)  # the writer's last report
        if not ended or self._inbox.waiting:
            log.error("journal: closed with %d events not durable", self._inbox.waiting)
        if ended:
            self._opened.release()
        self._pool.shutdown(wait=False)

    def append(self, group: Sequence[Sealed]) -> None:
        """Hand the events of one signal to the writer. Never blocks, never raises for the disk's sake."""
        if not group:
            return
        if not self._inbox.waiting:
            self._waiting_since = self._loop.time()
        if self._inbox.put(group):
            self._window.extend(group)
            if self.level == Level.MEMORY:
                self._news.set()

    def watch(
        self,
        on_durable: Callable[[int], None],
        on_level: Callable[[str], None],
        on_gap: Callable[[int, int], None],
    ) -> None:
        """Callbacks, called in the loop: the highest durable seq, the new level, the first and last seq of a gap."""
        self._on_durable, self._on_level, self._on_gap = on_durable, on_level, on_gap

    def _tell(self, report: Report) -> None:
        """In the writer's thread."""
        try:
            self._loop.call_soon_threadsafe(self._take, report)
        except RuntimeError:
            log.warning("journal: the loop ended before the writer did")

    def _take(self, report: Report) -> None:
        self._waiting_since = self._loop.time()
        self._inbox.stored(report.rows)
        self._ended = report.ended
        self._window.trim(report.durable)
        self._relevel(Level.MEMORY if report.ended and not self._closing else report.level)
        if report.durable > self.durable:
            self.durable = report.durable
            self._on_durable(report.durable)
        for gap in report.gaps:
            self._on_gap(gap.first, gap.last)
        self._news.set()

    def _look(self) -> None:
        """A hanging disk reports nothing: then what waits is in memory alone."""
        hanging = bool(self._inbox.waiting) and self._loop.time() - self._waiting_since > STALL
        if hanging or self._ended:
            self._relevel(Level.MEMORY)
        self._watchdog = self._loop.call_later(STALL / 5, self._look)

    def _relevel(self, level: Level) -> None:
        if level != self.level:
            self.level = str(level)
            self._news.set()
            self._on_level(self.level)

    @property
    def _readable(self) -> int:
        return self._window.last if self.level == Level.MEMORY else self.durable

    async def read(self, after: int, limit: int = 500) -> list[Sealed]:
        """Up to `limit` events after seq `after`, in order, over store, spool and memory.

        Only durable ones, unless the level is `memory`; those not durable have seq > `durable`. A declared gap is
        passed over. Raises DoorwardError `journal_unreadable`.
        """
        limit = min(limit, PAGE)
        page = self._window.read(after, self._readable, limit)
        if page is not None:
            return page
        base = self._window.base  # everything up to it was durable, and in one of these files, before the query
        query = reading.Reading(self._files(), self.head.epoch)
        found = [row for row in await self._ask(query.rows, after, limit) if row.seq <= self._readable]
        return found or self._window.read(base, self._readable, limit) or []

    async def changed(self, after: int) -> None:
        """Return when `read(after)` would return something, and what waited for it at the gate had its turns."""
        while self._readable <= after:
            self._news.clear()
            await self._news.wait()
            await asyncio.sleep(HEAD_START)

    async def cursor(self, name: str) -> int:
        """How far the follower has come; 0 if it never said."""
        return self._cursors.get(name, 0)

    def set_cursor(self, name: str, seq: int) -> None:
        """Written with the next commit or within a second."""
        self._cursors[name] = seq
        self._notes.cursor(name, self.head.epoch, seq)

    def save_snapshot(self, seq: int, hash: bytes, version: int, body: bytes) -> None:
        """Keep the state after event `seq`; written once that event is durable, three are kept."""
        self._notes.snapshot(Snapshot(self.head.epoch, seq, hash, version, body))

    async def snapshot(self) -> Snapshot | None:
        """The newest valid snapshot of this epoch."""
        return await self._ask(reading.Reading(self._files(), self.head.epoch).snapshot)

    def keep_site(self, rules_hash: str, body: bytes) -> None:
        """Store the bytes of a rule set under its hash."""
        self._sites[rules_hash] = body
        if len(self._sites) > SITES:
            del self._sites[next(iter(self._sites))]
        self._notes.site(rules_hash, body)

    async def site(self, rules_hash: str) -> bytes | None:
        """The rule bytes kept under a hash."""
        if rules_hash in self._sites:
            return self._sites[rules_hash]
        return await self._ask(reading.Reading(self._files(), self.head.epoch).site, rules_hash)

    async def seq_of(self, stream: str, n: int) -> int:
        """The seq of event `n` of a stream, or of the first one after it; the head's seq + 1 if there is none."""
        return await self._ask(reading.Reading(self._files(), self.head.epoch).seq_of, stream, n)

    async def stats(self) -> dict[str, int | str]:
        """Figures for people and for `health`; none of them secret."""
        counted = self._writer.counters
        return {
            "gateway": self.gateway,
            "epoch": self.head.epoch,
            "level": self.level,
            "durable": self.durable,
            "waiting": self._inbox.waiting,
            "dropped": self._inbox.dropped,
            "commits": counted.commits,
            "rows": counted.rows,
            "largest_batch": counted.largest,
            "last_commit_us": counted.last_commit_us,
            "failures": counted.failures,
            "last_failure": counted.last_failure,
            **await self._ask(reading.Reading(self._files(), self.head.epoch).sizes),
        }

    def _files(self) -> list[Path]:
        """The segments a read looks into, the store first."""
        files = [self._opened.store.path]
        if self._opened.spool is not None and self._writer.spooled:
            files.append(self._opened.spool.path)
        return files

    async def _ask(self, question: Callable[..., T], *given: object) -> T:
        try:  # wait_for would forget, in Python 3.11, a cancellation that meets the answer: a follower would never end
            async with asyncio.timeout(READING):
                return await self._loop.run_in_executor(self._pool, question, *given)
        except TimeoutError as error:
            raise DoorwardError("did not answer in time", code="journal_unreadable", where=str(self.folder)) from error
