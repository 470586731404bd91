"""Building something large in a thread without holding up the doors meanwhile."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH_INTERVAL = 0.0001
"""Seconds after which the loop gets the interpreter back from the thread that builds."""

_lock = threading.Lock()
_before: list[tuple[bool, float]] = []
_settled = threading.Event()  # asking gc how much is frozen would walk all of it


def settle_memory() -> None:
    """What was built for the start stays for good: no collection shall stop the doors to look through it again."""
    gc.collect()
    gc.freeze()
    give_back()
    _settled.set()


def give_back() -> None:
    """Return to the machine what the C library kept of tables that grew or went; nothing where it cannot (musl).

    A table of 300,000 cards that grows leaves a quarter of its size behind. Some ms, without the interpreter's lock.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@contextmanager
def building() -> Iterator[None]:
    """No collections, and a short switch interval, until the last of those who build at the same time is done.

    What was built joins what a start froze, so that no later collection looks through it.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    with _lock:
        _before.append((gc.isenabled(), sys.getswitchinterval()))
        gc.disable()
        sys.setswitchinterval(min(SWITCH_INTERVAL, sys.getswitchinterval()))


def _leave() -> None:
    with _lock:
        enabled, interval = _before[0]
        if len(_before) > 1:
            _before.pop()
            return
        _before.clear()
        if _settled.is_set():
            gc.freeze()
        sys.setswitchinterval(interval)
        if enabled:
            gc.enable()
