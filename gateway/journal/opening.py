"""Opening a journal: locks, epoch, schema, and whatever the spool still holds. Blocking; run in a thread."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.journal import connect, epochs
from gateway.journal.merge import Merge
from gateway.journal.record import Head
from gateway.journal.report import Level
from gateway.journal.segment import Segment, SegmentFailed
from rules.model.errors import DoorwardError

log = logging.getLogger(__name__)

STORE = "journal.db"
SPOOL = "journal-spool.db"


@dataclass(slots=True)
class Opened:
    """A journal ready for its writer. head: the last event of store and spool together."""

    store: Segment
    spool: Segment | None
    head: Head
    level: Level
    cursors: dict[str, int]
    locks: list[int] = field(default_factory=list)

    def release(self) -> None:
        """Close everything and give the folders back."""
        self.store.close()
        if self.spool is not None:
            self.spool.close()
        unlock(self.locks)


def unlock(locks: list[int]) -> None:
    """Give up folder locks."""
    while locks:
        os.close(locks.pop())


def open_journal(folder: Path, gateway: str, spool: Path | None, *, renew: bool) -> Opened:
    """Open or create. Raises DoorwardError: `journal_in_use`, `journal_foreign`, `journal_newer`,
    `journal_unavailable` (the store cannot be opened, so the head of the record is not known)."""
    locks: list[int] = []
    try:
        locks += _take(folder)
        if spool is not None and spool != folder:
            locks += _take_spool(spool)
        opened = _open(folder, gateway, spool, renew)
    except OSError as error:
        unlock(locks)
        raise DoorwardError(
            "cannot be used", code="journal_unavailable", where=str(folder), got=connect.brief(error)
        ) from error
    except DoorwardError:
        unlock(locks)
        raise
    opened.locks = locks
    return opened


def _take(folder: Path) -> list[int]:
    folder.mkdir(parents=True, exist_ok=True)
    return [connect.lock(folder)]


def _take_spool(folder: Path) -> list[int]:
    """A second disk that is not there is no reason not to start."""
    try:
        return _take(folder)
    except OSError as error:
        log.warning("journal: no spool for now: %s", error)
        return []


def _open(folder: Path, gateway: str, spool: Path | None, renew: bool) -> Opened:
    folders = [folder, spool] if spool is not None else [folder]
    store = Segment(folder / STORE, gateway)
    second = Segment(spool / SPOOL, gateway) if spool is not None else None
    try:
        store.create()
        head = store.begin(store.settle(epochs.marked(folders, gateway), renew=renew))
        cursors = store.cursors()
    except SegmentFailed as error:
        store.close()
        raise DoorwardError("cannot be opened", code="journal_unavailable", where=error.where, got=error.got) from error
    _mark(folders, gateway, head.epoch)
    level = _refresh(store)
    if second is not None and not _open_spool(second, store):
        level = Level.SPOOL
    assert store.head is not None
    return Opened(store, second, _joint(store.head, second), level, cursors)


def _mark(folders: list[Path], gateway: str, epoch: int) -> None:
    if all(epochs.marked([folder], gateway) == epoch for folder in folders):
        return
    for folder in folders:
        try:
            epochs.mark(folder, gateway, epoch)
        except OSError as error:
            log.warning("journal: no mark of the epoch in %s: %s", folder, error)


def _refresh(store: Segment) -> Level:
    try:
        store.refresh()
    except SegmentFailed as error:
        log.warning("journal: the store can be read but not written: %s", error)
        return Level.SPOOL
    return Level.OK


def _open_spool(spool: Segment, store: Segment) -> bool:
    """Merge what the spool holds; False if that must be done later. A spool that fails is done without."""
    spool.epoch = store.epoch
    try:
        spool.create()
        if spool.strange(store.epoch):
            _set_aside(spool)
            spool.create()
        spool.begin(store.epoch)
    except SegmentFailed as error:
        log.warning("journal: no spool: %s", error)
        return True
    try:
        merge = Merge(spool, store)
        while not merge.step():
            pass
    except SegmentFailed as error:
        log.warning("journal: the spool is not merged yet: %s", error)
        return False
    return True


def _set_aside(spool: Segment) -> None:
    """Keep the spool of a lost journal under another name: its numbers mean nothing in this epoch."""
    spool.close()
    number = 1
    while (aside := spool.path.with_name(f"journal-spool-lost-{number}.db")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        part = Path(f"{spool.path}{suffix}")
        if part.exists():
            part.rename(f"{aside}{suffix}")
    log.warning("journal: the spool belongs to another epoch, kept as %s", aside)


def _joint(store: Head, spool: Segment | None) -> Head:
    """The head of both together, where the spool could not be merged."""
    if spool is None or spool.head is None or spool.head.seq <= store.seq:
        return store
    n = {name: max(spool.head.n.get(name, 0), store.n.get(name, 0)) for name in {*spool.head.n, *store.n}}
    return replace(spool.head, n=n)
