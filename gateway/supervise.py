"""Every retry there is: run something for ever, wait with jitter after each failure."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from rules.model.errors import DoorwardError, LinkError

log = logging.getLogger(__name__)

FIRST, FACTOR, LONGEST = 0.1, 2.0, 1.0
"""Seconds before the first retry, growth, and the most: a cable plugged in again works within two seconds."""

SETTLED = 10.0
"""Seconds after which a run counts as having worked, so that the next failure is retried at once again."""

LOG_EVERY = 60.0


async def keep_running(
    name: str,
    run: Callable[[], Awaitable[None]],
    on_failure: Callable[[DoorwardError], None],
    *,
    longest: float = LONGEST,
) -> None:
    """Run it again whenever it raises. An error that is none of ours is reported as `internal` and retried alike."""
    loop = asyncio.get_running_loop()
    pause, logged = FIRST, -LOG_EVERY
    while True:
        began = loop.time()
        error = await _attempt(name, run)
        on_failure(error)
        if loop.time() - logged >= LOG_EVERY:
            log.warning("%s failed: %s", name, error)
            logged = loop.time()
        if loop.time() - began > SETTLED:
            pause = FIRST
        await asyncio.sleep(pause * random.uniform(0.7, 1.3))
        pause = min(pause * FACTOR, longest)


async def _attempt(name: str, run: Callable[[], Awaitable[None]]) -> DoorwardError:
    """The error it ended with. Cancellation passes through.

    It runs in a task of its own: Python 3.11's TaskGroup may forget a cancellation that meets a child's failure, and
    what is forgotten in there must not be forgotten out here.
    """
    task = asyncio.ensure_future(run())
    try:
        await asyncio.wait({task})
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=1.0)
    error = None if task.cancelled() else task.exception()
    if isinstance(error, Exception):
        return _unwrapped(name, error)
    if error is not None:
        raise error
    return LinkError("ended by itself", code="ended", where=name)


def _unwrapped(name: str, error: Exception) -> DoorwardError:
    """The error of ours inside a TaskGroup's group, or a stand-in for one that is not ours, which is logged whole."""
    inner: BaseException = error
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    if isinstance(inner, DoorwardError):
        return inner
    log.error("%s: a fault of ours or of a library", name, exc_info=error)
    return LinkError(type(inner).__name__, code="internal", where=name)
