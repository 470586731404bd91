"""A journal read front to back, as what followed from each signal. Of an event only what is needed is decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from gateway.cli import stored
from gateway.cli.segments import Row, Segments, refused, spool_at, store_at
from gateway.recovery import UNREADABLE
from rules.answers.aside import ASIDE, READS
from rules.answers.replay import Group
from rules.model.errors import ConfigError
from rules.model.events import Event
from rules.model.stamp import ClockState, Stamp

Progress = Callable[[int, int], None]
"""(events read, events in all)"""

_ASIDE = frozenset(kind.__name__ for kind in ASIDE)
_READS = frozenset(kind.__name__ for kind in READS)


spool_option = click.option(
    "--spool",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the journal's spool lies. If left out: where CONFIG says, or beside the journal, if one is there.",
)


def no_progress(done: int, total: int) -> None:
    """Nobody watches."""


@dataclass(slots=True)
class History:
    """unreadable: events that this version cannot read; missing: numbers that the record does not have.

    notes: what was found and not used.
    """

    files: Segments
    unreadable: int = 0
    missing: int = 0
    notes: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, path: Path, spool: Path | None = None, configured: Path | None = None) -> History:
        """Of a journal.db, or of the folder it lies in, with its spool.

        spool: a file or folder that must hold it. Else it is looked for in `configured`, the folder that a
        configuration names, and beside the journal. Raises ConfigError where one that is named is not there.
        """
        store = Segments(store_at(path))
        if spool is not None:
            return cls(_with(store, spool_at(spool)))
        found = cls(store)
        for folder in (configured, path if path.is_dir() else None):
            if folder is not None and found.files.spool is None:
                found._look(folder)
        return found

    def _look(self, folder: Path) -> None:
        """Take the spool that lies there, if it is one of this journal."""
        try:
            spool = spool_at(folder)
        except ConfigError as error:
            if error.code != "spool_missing":
                self.notes.append(f"the spool in {folder} is not read: it {error.message}")
            return
        why = refused(self.files, spool)
        if why is None:
            self.files = Segments(self.files.store, spool)
        else:
            self.notes.append(f"the spool in {folder} is not read: it {why}")

    @property
    def path(self) -> Path:
        return self.files.store

    @property
    def shown(self) -> str:
        """Where it lies, for a person."""
        return f"{self.path} and {self.files.spool}" if self.files.spool else str(self.path)

    def epochs(self) -> list[int]:
        """In order; each begins with nothing known."""
        return self.files.epochs()

    def first_utc(self) -> int | None:
        """When the record begins, us since 1970; None for an empty one."""
        return self.files.first_utc()

    def groups(self, epoch: int, progress: Progress = no_progress) -> Iterator[Group]:
        """What followed from each signal of an epoch, in order, as far as a decision looks at it.

        Raises DoorwardError `journal_unreadable` and `journal_conflict`.
        """
        total, last, rows = self.files.last(epoch), 0, list[Row]()
        for page in self.files.pages(epoch):
            self.missing += page[-1].seq - last - len(page)
            last = page[-1].seq
            for row in page:
                if row.first and rows:
                    yield self._group(rows)
                    rows = []
                rows.append(row)
            progress(last, max(last, total))
        if rows:
            yield self._group(rows)
        progress(total, total)

    def _group(self, rows: Sequence[Row]) -> Group:
        """The signal is of use only where somebody was at a reader."""
        first, events, known = rows[0], list[Event](), None
        read = not _READS.isdisjoint([row.type for row in rows])
        for row in rows:
            try:
                if read and row is first:
                    known = stored.signal(row)
                if row.type not in _ASIDE:
                    events.append(stored.event(row))
            except UNREADABLE:
                self.unreadable += 1
        signal, stamp = known or (None, Stamp(first.t, first.utc, ClockState.OK, ""))
        return Group(signal, stamp, tuple(events))


def _with(store: Segments, spool: Path) -> Segments:
    why = refused(store, spool)
    if why is not None:
        raise ConfigError(f"{why}: it is not the spool of {store.store}", code="spool_foreign", where=str(spool))
    return Segments(store.store, spool)
