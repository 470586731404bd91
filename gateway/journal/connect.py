"""How a journal file is opened: one writing connection, any number of reading ones, one process."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from rules.model.errors import DoorwardError

BUSY = 0.2  # s a writer waits for a foreign lock before the next segment takes over
READ_LIMIT = 5.0  # s a reading statement may last: a long one keeps the WAL from being reset
KEPT_WAL = 16 * 1024 * 1024  # bytes of WAL file kept after a reset
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "wal_autocheckpoint=0",
    f"journal_size_limit={KEPT_WAL}",
)
REQUIRED = {"journal_mode": "wal", "synchronous": 2, "wal_autocheckpoint": 0}

STORAGE_ERRORS = (SQLAlchemyError, sqlite3.Error, OSError)


def uri(path: Path, mode: str) -> str:
    """SQLite's URI of a file; mode `rw` or `ro`."""
    return f"file:{quote(str(path))}?mode={mode}"


def writer(path: Path) -> Engine:
    """An engine for the one writing connection to a file that exists; every transaction is BEGIN IMMEDIATE."""

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(
            uri(path, "rw"),
            uri=True,
            timeout=BUSY,
            isolation_level=None,
            check_same_thread=False,
        )
        for pragma in PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def settings(raw: sqlite3.Connection) -> dict[str, object]:
    """What the pragmas that durability rests on really are on this connection."""
    return {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in REQUIRED}


def reading(path: Path) -> sqlite3.Connection:
    """A connection that can neither write nor checkpoint. Read-only media without a WAL are read as they are."""
    sealed = not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    raw = sqlite3.connect(
        uri(path, "ro") + ("&immutable=1" if sealed else ""),
        uri=True,
        timeout=BUSY,
        isolation_level=None,
        check_same_thread=False,
    )
    raw.execute("PRAGMA query_only=ON")
    return raw


@contextmanager
def reader(path: Path, limit: float = READ_LIMIT) -> Iterator[Connection]:
    """A reading connection for a moment; its statements are interrupted after `limit` s.

    All its statements see the file as it was at the first of them: two questions that answer each other must not
    have a commit between them. Raises DoorwardError `journal_unreadable`.
    """

    def connect() -> sqlite3.Connection:
        raw = reading(path)
        end = time.monotonic() + limit
        raw.set_progress_handler(lambda: int(time.monotonic() > end), 50_000)
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    try:
        with engine.connect() as connection:
            yield connection
    except STORAGE_ERRORS as error:
        raise DoorwardError("cannot be read", code="journal_unreadable", where=str(path), got=brief(error)) from error


def brief(error: BaseException) -> str:
    """An error of the storage in a few printable words."""
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {cause}"[:200]


def refresh(wal: Path) -> None:
    """Write a WAL's bytes over themselves and sync them.

    After a failed fsync, or a kill between write and fsync, the page cache shows bytes that the device may not
    hold, and a second fsync says OK without writing them. Only a new write makes them dirty again. The caller
    holds the write lock.
    """
    if not wal.exists():
        return
    handle = os.open(wal, os.O_RDWR)
    try:
        at = 0
        while chunk := os.pread(handle, 1 << 20, at):
            if os.pwrite(handle, chunk, at) != len(chunk):
                raise OSError(f"short write to {wal}")
            at += len(chunk)
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock(folder: Path) -> int:
    """Take a folder for this process; returns the descriptor that holds the lock. Raises `journal_in_use`."""
    path = folder / "journal.lock"
    handle = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise DoorwardError("is in use by another process", code="journal_in_use", where=str(folder)) from error
    return handle
