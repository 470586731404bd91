"""Notices that the configuration folder holds something else, once it has been still for a while."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.folder import watched
from config.parse import MAX_BYTES

PERIOD = 0.5
"""Seconds between two looks."""

SETTLE = 1.0
"""Seconds for which nothing may have changed: an editor that saves several files takes a moment."""

RACY = 2_000_000_000
"""ns for which a file's times do not yet prove that its content is what was read: clocks of file systems are coarse."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A file as it was found. times: size, inode, and ns of both modifications; digest: of its content."""

    times: tuple[int, ...]
    digest: bytes
    sure: bool = field(compare=False, default=False)


@dataclass(frozen=True, slots=True)
class Print:
    """The fingerprint of a folder. fault: why there is none, or empty."""

    marks: Mapping[str, Mark]
    fault: str = ""

    def same_content(self, other: Print) -> bool:
        """True where no file differs by more than its times."""
        return self.fault == other.fault and _contents(self.marks) == _contents(other.marks)

    def holds(self, files: Mapping[str, bytes]) -> bool:
        """True where a configuration of these files was read from such a folder."""
        read = {name: hashlib.sha256(data).digest() for name, data in files.items()}
        found = _contents(self.marks)
        beside = {name for name in found if name not in read and name.endswith(".ics")}
        return {name: digest for name, digest in found.items() if name not in beside} == read


def _contents(marks: Mapping[str, Mark]) -> dict[str, bytes]:
    return {name: mark.digest for name, mark in marks.items()}


NOTHING = Print({}, "not looked at yet")


def look(folder: Path, before: Print, now: Callable[[], int] = time.time_ns) -> Print:
    """What the folder holds now; a file whose times are those of `before` is not read again. Blocks, never raises."""
    marks: dict[str, Mark] = {}
    try:
        for path in watched(folder):
            name = path.relative_to(folder).as_posix()
            marks[name] = _mark(path, before.marks.get(name), now())
    except OSError as error:
        return Print(marks, error.strerror or type(error).__name__)
    return Print(marks)


def _mark(path: Path, before: Mark | None, now: int) -> Mark:
    try:
        about = path.stat()
        times = (about.st_size, about.st_ino, about.st_mtime_ns, about.st_ctime_ns)
        if before is not None and before.sure and before.times == times:
            return before
        sure = now - max(about.st_mtime_ns, about.st_ctime_ns) > RACY
        return Mark(times, _digest(path, about), sure)
    except OSError as error:
        return Mark((), (error.strerror or type(error).__name__).encode())


def _digest(path: Path, about: os.stat_result) -> bytes:
    if not stat.S_ISREG(about.st_mode):
        return b"not a regular file"
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        return hashlib.sha256(file.read(MAX_BYTES + 1)).digest()


class Watcher:
    """Looks at a folder every `period` s; what was `seen` last is no news. now: seconds, for tests."""

    def __init__(
        self,
        folder: Path,
        *,
        period: float = PERIOD,
        settle: float = SETTLE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._period, self._settle, self._now = period, settle, now
        self._seen = NOTHING
        self._last = NOTHING
        self._forced = asyncio.Event()
        self.looks = 0

    def saw(self, found: Print) -> None:
        """That was considered: say no more of it until something else is there."""
        self._seen = found

    def force(self) -> None:
        """The next settled look counts as news, whatever it shows."""
        self._seen = NOTHING
        self._forced.set()

    async def look(self) -> Print:
        self._last = await asyncio.to_thread(look, self.folder, self._last)
        self.looks += 1
        return self._last

    async def unchanged(self, found: Print) -> bool:
        """True while the folder is as it was found, times included."""
        return await self.look() == found

    async def changed(self) -> Print:
        """Return once the folder holds other content than was seen, and was still for long enough."""
        pending, since = NOTHING, 0.0
        while True:
            began = self._now()  # a slow look says what was there when it began, not when it ended
            found = await self.look()
            if found.same_content(self._seen):
                pending = NOTHING
            elif found != pending:
                pending, since = found, self._now()
            elif began - since >= self._settle:
                return found
            await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._period):
                await self._forced.wait()
                self._forced.clear()
        except TimeoutError:
            pass
