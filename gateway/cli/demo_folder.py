"""Where a demo lives: a private folder that no other demo uses, gone with it unless it was asked for by name."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rules.model.errors import ConfigError

LOCK = "demo.lock"
"""In every demo's folder: locked while the demo lives."""


@dataclass(frozen=True, slots=True)
class Place:
    """A demo's folder. note: why it is not the usual one, or empty."""

    root: Path
    note: str = ""


@contextmanager
def demo_folder(wanted: Path | None) -> Iterator[Place]:
    """Take a folder, empty but for its lock. wanted: this one and no other, and it is kept afterwards.

    Raises ConfigError where the wanted one is in use or holds something else than an old demo.
    """
    usual = _base() / f"doorward-demo-{os.getuid()}"
    root, note = wanted or usual, ""
    lock = _take(root)
    if lock is None and wanted is not None:
        raise ConfigError("is in use, or is no folder of a demo", code="folder_taken", where=str(wanted))
    while lock is None:
        root = Path(tempfile.mkdtemp(prefix=f"{usual.name}-", dir=usual.parent))
        note = f"{usual} is in use: this demo lives in {root}"
        lock = _lock(root)
    try:
        yield Place(root, note)
    finally:
        if wanted is None:
            shutil.rmtree(root, ignore_errors=True)
        os.close(lock)


def _base() -> Path:
    """XDG_RUNTIME_DIR where there is one, else the folder for temporary files."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(runtime) if runtime and os.access(runtime, os.W_OK) else Path(tempfile.gettempdir())


def _take(root: Path) -> int | None:
    """Make it, or begin an old demo's anew; the descriptor of its lock. None: in use, or not ours to touch."""
    try:
        root.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        return _retake(root)
    return _lock(root)


def _retake(root: Path) -> int | None:
    found = root.lstat()
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    if not ours or (any(root.iterdir()) and not (root / LOCK).is_file()):
        return None
    lock = _lock(root)
    if lock is not None:
        _clear(root)
    return lock


def _clear(root: Path) -> None:
    """Everything but the lock. Links are removed, never followed."""
    for path in root.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def _lock(root: Path) -> int | None:
    """None while another holds it."""
    descriptor = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
