"""The one thread that writes and checkpoints, and the chain it falls down when the disk fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.journal.batch import Batch
from gateway.journal.inbox import Inbox
from gateway.journal.merge import Merge
from gateway.journal.notes import Notes
from gateway.journal.record import Gap
from gateway.journal.report import Counters, Level, Probe, Report
from gateway.journal.segment import CHECKPOINT_ROWS, Segment
from rules.model.errors import DoorwardError

log = logging.getLogger(__name__)

IDLE = 0.5  # s between looks at notes and at the store's return when no event comes
RETRY = 0.25  # s between attempts when nothing can be stored
SLICES = 4  # slices of the spool moved back for each batch that still goes into it


@dataclass
class Writer:
    """Stores what the inbox holds until `finish`. `report` is called in the writer's thread."""

    store: Segment
    spool: Segment | None
    inbox: Inbox
    notes: Notes
    report: Callable[[Report], None]
    durable: int
    level: Level = Level.OK
    counters: Counters = field(default_factory=Counters)
    _finishing: threading.Event = field(default_factory=threading.Event)
    _probe: Probe = field(default_factory=Probe)
    _merge: Merge | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; it is a daemon thread, so that a hanging disk cannot hold the process."""
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def finish(self, limit: float) -> bool:
        """Store what waits, close the segments, end; False if that took longer than `limit` s."""
        self._finishing.set()
        self.inbox.wake()
        assert self._thread is not None
        self._thread.join(limit)
        return not self._thread.is_alive()

    @property
    def spooled(self) -> bool:
        """The spool holds events that may not be in the store."""
        return self.spool is not None and self.spool.head is not None and self.spool.head.seq > 0

    def _run(self) -> None:
        try:
            while not self._finishing.is_set():
                self._turn(IDLE)
            while self._turn(0.0):
                pass
            if self.level is Level.OK:
                self._checkpoint()
        finally:
            self.store.close()
            if self.spool is not None:
                self.spool.close()
            self.report(Report(self.level, self.durable, ended=True))

    def _turn(self, limit: float) -> bool:
        """One round; True if something was stored."""
        batch = self.inbox.take(limit)
        batch.notes = self.notes.take(max(self.durable, batch.last))
        if not batch:
            self._idle()
            return False
        while not self._place(batch):
            if self._finishing.wait(RETRY):
                self._probe.due = 0.0  # the last chance: try everything once more
                return self._place(batch)
        if self.level is Level.OK and self.store.unchecked > CHECKPOINT_ROWS:
            self._checkpoint()
        return True

    def _idle(self) -> None:
        if self.level is not Level.OK:
            self._try_return()
        elif self.store.unchecked:
            self._checkpoint()

    def _place(self, batch: Batch) -> bool:
        """Store a batch somewhere; False if neither segment takes it."""
        if self.level is not Level.OK:
            self._try_return()
        if self.level is Level.OK:
            if self._store(self.store, batch):
                return True
            self._fall(Level.SPOOL)
        if self.spool is not None and self._store(self.spool, batch):
            return True
        self._fall(Level.MEMORY)
        return False

    def _store(self, segment: Segment, batch: Batch) -> bool:
        """Write; after a failure rewrite once on a new connection, never on the old one."""
        began = time.monotonic()
        for attempt in (segment.write if segment.ready else segment.rewrite, segment.rewrite):
            try:
                attempt(batch)
            except DoorwardError as error:
                self._failed(error)
            else:
                self.counters.committed(len(batch.rows), time.monotonic() - began)
                self._settle(Level.OK if segment is self.store else Level.SPOOL, batch)
                return True
        return False

    def _settle(self, level: Level, batch: Batch) -> None:
        self.level = level
        self.durable = max(self.durable, batch.last)
        self.report(Report(level, self.durable, len(batch.rows), tuple(batch.gaps)))

    def _fall(self, level: Level) -> None:
        if self.level is level:
            return
        if self.level is Level.OK:
            self._probe.start()
        self.level = level
        log.warning("journal: level %s: %s", level, self.counters.last_failure)
        self.report(Report(level, self.durable))

    def _failed(self, error: DoorwardError) -> None:
        self.counters.failures += 1
        self.counters.last_failure = str(error)

    def _checkpoint(self) -> None:
        try:
            self.store.checkpoint()
        except DoorwardError as error:
            self._failed(error)  # the connection is gone; the next write reopens the store

    def _try_return(self) -> None:
        """Go back to the store if it works again, moving the spool into it first."""
        if self._merge is None and not self._probe.ready:
            return
        try:
            if self._returned():
                self._merge = None
                log.warning("journal: level ok: the store works again")
                self._settle(Level.OK, Batch())
        except DoorwardError as error:
            self._merge = None
            self._failed(error)
            self._probe.next()

    def _returned(self) -> bool:
        if self._merge is None:
            self.store.reopen()
            if self.spool is None or not self.spooled:
                return True
            if not self._readable(self.spool):
                self._declare(self.spool)
                return True
            self._merge = Merge(self.spool, self.store)
        # With the spool still taking events they go on in turns; without it the store is all there is.
        steps = SLICES if self.level is Level.SPOOL else None
        while steps is None or steps > 0:
            if self._merge.step():
                return True
            steps = steps - 1 if steps is not None else None
        return False

    def _readable(self, spool: Segment) -> bool:
        if spool.ready:
            return True
        try:
            spool.reopen()
        except DoorwardError as error:
            self._failed(error)
            return False
        return True

    def _declare(self, spool: Segment) -> None:
        """The store is back and the spool is gone: what only the spool held becomes a gap.

        Should the spool be readable again at a later start, its events are merged and the gap is healed.
        """
        assert spool.head is not None
        assert self.store.head is not None
        held, stored = spool.head, self.store.head
        if held.seq > stored.seq:
            gap = Gap(held.epoch, stored.seq + 1, held.seq, held.hash, held.n)
            self.store.write(Batch(gaps=[gap]))
            self.report(Report(self.level, self.durable, gaps=(gap,)))
