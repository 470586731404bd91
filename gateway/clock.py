"""The one place that reads clocks. `t` never goes back and survives restarts; `utc` is the wall's."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from rules.model.stamp import ClockState, Stamp

STEP = 1_000_000
"""us by which wall and monotonic time may drift apart between two looks before it counts as a step."""

DISTRUST_FOR = 60_000_000
"""us after a step during which the clock is said to have jumped."""

EARLIEST = 1_750_000_000_000_000
"""A wall clock before this (2025) was never set."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where time comes from; tests and the demo bring their own. Both in ns."""

    monotonic: Callable[[], int] = time.monotonic_ns
    wall: Callable[[], int] = time.time_ns


class FastWall:
    """A wall clock for the demo: starts now and runs `speed` times as fast."""

    def __init__(self, speed: float, start: int | None = None) -> None:
        self._speed = speed
        self._start = time.time_ns() if start is None else start
        self._began = time.monotonic_ns()

    def __call__(self) -> int:
        return self._start + int((time.monotonic_ns() - self._began) * self._speed)


class Clock:
    """Stamps. last_t, last_utc: of the last journalled event, or 0 for a new journal."""

    def __init__(self, last_t: int = 0, last_utc: int = 0, sources: Sources | None = None, speed: float = 1) -> None:
        self._sources = sources or Sources()
        self._speed = speed
        now = self._sources.wall() // 1000
        trusted = now >= EARLIEST and last_utc >= EARLIEST
        self._t0 = last_t + (max(0, now - last_utc) if trusted else 0)
        self._m0 = self._mono()
        self._offset = now - self._expected_wall()
        behind = last_utc - now > STEP
        self._distrusted_until = last_t + DISTRUST_FOR if behind else 0

    def _mono(self) -> int:
        return self._sources.monotonic() // 1000

    def _expected_wall(self) -> int:
        return int((self._mono() - self._m0) * self._speed)

    def t(self) -> int:
        """us, monotonic over the gateway's whole life."""
        return self._t0 + self._mono() - self._m0

    def utc(self) -> int:
        """us since 1970 by the wall."""
        return self._sources.wall() // 1000

    def seconds_until_utc(self, utc: int) -> float:
        """Real seconds until the wall shows `utc`."""
        return (utc - self.utc()) / 1e6 / self._speed

    def state(self) -> ClockState:
        if self.utc() < EARLIEST:
            return ClockState.UNSYNCED
        return ClockState.JUMPED if self.t() < self._distrusted_until else ClockState.OK

    def stamp(self) -> Stamp:
        return Stamp(self.t(), self.utc(), self.state(), secrets.token_hex(16))

    def stepped(self) -> int:
        """us by which the wall stepped since the last look, or 0. Slow drift is followed silently."""
        offset = self.utc() - self._expected_wall()
        by, self._offset = offset - self._offset, offset
        if abs(by) < STEP * max(1, self._speed):
            return 0
        self._distrusted_until = self.t() + DISTRUST_FOR
        return by
