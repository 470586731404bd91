"""A coroutine function run under each kind of loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
Body = Callable[[], Coroutine[Any, Any, None]]
OnLoop = Callable[[Body], None]


def runner(kind: str) -> OnLoop:
    """Runs a coroutine function on a fresh loop of that kind, 10 s at most."""

    def run(body: Body) -> None:
        with asyncio.Runner(loop_factory=LOOPS[kind]) as loop:
            loop.run(asyncio.wait_for(body(), 10))

    return run
