"""A token bucket: so many at once, so many a second."""

from __future__ import annotations

from collections.abc import Callable


class Bucket:
    """`take` is False when more than `burst`, then `rate` a second, were taken. clock: s, monotonic."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._then = clock()

    def take(self) -> bool:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._then) * self._rate)
        self._then = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
