"""Every retry there is: run something for ever, wait with jitter after each failure."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Any

from rules.model.errors import DoorwardError, LinkError

log = logging.getLogger(__name__)

FIRST, FACTOR, LONGEST = 0.1, 2.0, 1.0
"""Seconds before the first retry, growth, and the most: a cable plugged in again works within two seconds."""

SETTLED = 10.0
"""Seconds after which a run counts as having worked, so that the next failure is retried at once again."""

LOG_EVERY = 60.0


async def keep_running(
    name: str,
    run: Callable[[], Coroutine[Any, Any, None]],
    on_failure: Callable[[DoorwardError], None],
    *,
    longest: float = LONGEST,
) -> None:
    """Run it again whenever it raises. An error that is none of ours is reported as `internal` and retried alike."""
    loop = asyncio.get_running_loop()
    pause, logged = FIRST, -LOG_EVERY
    while True:
        began = loop.time()
        fault = await _attempt(name, run)
        error = _ours(name, fault)
        on_failure(error)
        if loop.time() - logged >= LOG_EVERY:
            log.warning("%s failed: %s", name, error, exc_info=fault if _is_fault(fault) else None)
            logged = loop.time()
        if loop.time() - began > SETTLED:
            pause = FIRST
        await asyncio.sleep(pause * random.uniform(0.7, 1.3))
        pause = min(pause * FACTOR, longest)


async def _attempt(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> Exception:
    """What it ended with. Cancellation passes through.

    It runs in a task of its own: Python 3.11's TaskGroup may forget a cancellation that meets a child's failure, and
    what is forgotten in there must not be forgotten out here.
    """
    task = asyncio.create_task(run(), name=name)
    try:
        await asyncio.wait({task})
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=1.0)
        error = None if task.cancelled() else task.exception()
    if error is None:
        return LinkError("ended by itself", code="ended", where=name)
    if isinstance(error, Exception):
        return error
    raise error


def _ours(name: str, error: Exception) -> DoorwardError:
    """The error of ours, alone or inside a TaskGroup's group, or a stand-in where one is not ours."""
    if isinstance(error, ExceptionGroup):
        others = error.split(DoorwardError)[1]
        return _ours(name, _first(error if others is None else others))
    if isinstance(error, DoorwardError):
        return error
    return LinkError(type(error).__name__, code="internal", where=name)


def _first(group: ExceptionGroup[Exception]) -> Exception:
    inner: Exception = group
    while isinstance(inner, ExceptionGroup):
        inner = inner.exceptions[0]
    return inner


def _is_fault(error: Exception) -> bool:
    """True for a fault of ours or of a library: it is logged whole."""
    if isinstance(error, ExceptionGroup):
        return error.split(DoorwardError)[1] is not None
    return not isinstance(error, DoorwardError)
