"""The demo's wall clock, shared by the simulated site, the daemon it runs and `doorward ... --demo`.

It goes at its real pace while something happens and runs ahead between: a signed request lives ten seconds by the
gateway's clock, so one that always ran fast would let none through.
"""

from __future__ import annotations

import mmap
import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from struct import Struct
from typing import Self

from gateway.clock import Clock

FILE = "clock"
"""In a demo's folder: the four numbers of the present run, and their CRC-32."""

TRIES = 10_000

_RUN = Struct("<4q")  # began (monotonic ns), wall at that moment (ns since 1970), speed, end (monotonic ns)
_CRC = Struct("<I")
_SIZE = _RUN.size + _CRC.size


class DemoClock:
    """Reads the shared clock; called, it is ns since 1970. Who made it also runs it ahead."""

    def __init__(self, memory: mmap.mmap, now: Callable[[], int]) -> None:
        self._memory = memory
        self._now = now

    @classmethod
    def create(cls, folder: Path, start: int, now: Callable[[], int] = time.monotonic_ns) -> Self:
        """A new one that shows `start` (ns since 1970) and goes on from there. now: monotonic ns."""
        (folder / FILE).write_bytes(bytes(_SIZE))
        clock = cls._map(folder, mmap.ACCESS_WRITE, now)
        clock._set(now(), start, 1, now())
        return clock

    @classmethod
    def open(cls, folder: Path, now: Callable[[], int] = time.monotonic_ns) -> Self:
        """Somebody else's, to read. Raises OSError or ValueError where there is none."""
        clock = cls._map(folder, mmap.ACCESS_READ, now)
        clock._run()
        return clock

    @classmethod
    def _map(cls, folder: Path, access: int, now: Callable[[], int]) -> Self:
        writes = access == mmap.ACCESS_WRITE
        descriptor = os.open(folder / FILE, os.O_RDWR if writes else os.O_RDONLY)
        try:
            return cls(mmap.mmap(descriptor, _SIZE, access=access), now)
        finally:
            os.close(descriptor)

    def __call__(self) -> int:
        began, wall, speed, end = self._run()
        now = self._now()
        return wall + (min(now, end) - began) * speed + max(0, now - end)

    def us(self) -> int:
        """us since 1970."""
        return self() // 1000

    @property
    def speed(self) -> int:
        """How many times as fast as a real clock it goes now."""
        _, _, speed, end = self._run()
        return speed if self._now() < end else 1

    @property
    def calm_in(self) -> float:
        """Seconds until it goes at its real pace."""
        return max(0, self._run()[3] - self._now()) / 1e9

    def run_ahead(self, wall: int, speed: int) -> float:
        """Go `speed` times as fast until it shows `wall`. Returns the seconds that this takes."""
        shown, now = self(), self._now()
        takes = max(0, wall - shown) // speed
        self._set(now, shown, speed, now + takes)
        return takes / 1e9

    def _set(self, *run: int) -> None:
        data = _RUN.pack(*run)
        self._memory[:] = data + _CRC.pack(zlib.crc32(data))

    def _run(self) -> tuple[int, ...]:
        """Read until it is whole: the other process may be writing. Raises ValueError where it never is."""
        for _ in range(TRIES):
            data = self._memory[:]
            if zlib.crc32(data[: _RUN.size]) == _CRC.unpack_from(data, _RUN.size)[0]:
                return _RUN.unpack_from(data)
        raise ValueError("this is no clock of a demo")


class UnsteppedClock(Clock):
    """The daemon's clock in a demo: a wall that runs ahead now and then was not set by anybody."""

    def stepped(self) -> int:
        return 0
