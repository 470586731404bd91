"""A loop whose time is made up: when nothing is ready it jumps to the next timer. Hours pass in no time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any


class FastLoop(asyncio.SelectorEventLoop):
    """For parts that know no wires: whoever waits for a socket or a thread here waits in vain."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1_000.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready:  # type: ignore[attr-defined]
            timers = (timer.when() for timer in self._scheduled if not timer.cancelled())  # type: ignore[attr-defined]
            self._now = max(self._now, min(timers, default=0.0))
        super()._run_once()  # type: ignore[misc]


def fast(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test in a loop of made-up time."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(loop_factory=FastLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


async def later(seconds: float) -> None:
    """Let made-up time pass."""
    await asyncio.sleep(seconds)
