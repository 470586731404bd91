"""Moves what the spool holds into the store, in order, a slice at a time."""

from __future__ import annotations

import logging

from gateway.journal.batch import Batch
from gateway.journal.inbox import BATCH
from gateway.journal.segment import Segment, SegmentFailed

log = logging.getLogger(__name__)


class Merge:
    """One run over the spool. Whatever was moved stays moved; a later run passes over it."""

    def __init__(self, spool: Segment, store: Segment) -> None:
        self._spool, self._store = spool, store
        self._after = 0

    def step(self) -> bool:
        """Store the next slice of events that the store has not; True when all is moved and the spool emptied."""
        epoch = self._store.epoch
        rows = self._spool.rows(epoch, self._after, BATCH)
        if not rows:
            self._finish(epoch)
            return True
        missing = Batch(rows).without(self._store.present(rows))
        if missing:
            self._store.write(missing)
        self._after = rows[-1].seq
        return False

    def _finish(self, epoch: int) -> None:
        gaps, notes = self._spool.beside(epoch)
        if gaps or notes:
            self._store.write(Batch(gaps=gaps, notes=notes))
        self._store.heal(epoch)
        try:
            self._spool.clear()
        except SegmentFailed as error:
            # A full disk refuses even deletion. What stays is stored twice, which the next run sees.
            log.warning("journal: the spool cannot be emptied: %s", error)
