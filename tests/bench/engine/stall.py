"""The longest wait of a request while everything is loaded anew.

A loop decides a request every millisecond. Meanwhile a thread reads all people from the directory and compiles them
under other rules; the loop takes over the new Site and lets go of the old one. What counts is the time from when a
request was due to when it was decided.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import cycle
from time import perf_counter

from uvloop import Loop

from gateway.reload.quiet import building
from gateway.reload.retire import own_tables, retire
from rules.access import Request, decide
from rules.policy import Direction
from rules.site import Site
from rules.state import State
from tests.bench.engine import engine
from tests.bench.engine.crowd import NOON

PERIOD = 0.001
BEFORE = 1.0
"""Seconds of a quiet loop, to compare with."""

LIMIT = 300.0


class Live:
    """The Site that decides, and how late each decision was, s."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.state: State = engine.running(site)
        self.late: list[float] = []
        self._requests = cycle(_requests(site))
        self._due = 0.0

    def start(self, loop: asyncio.AbstractEventLoop) -> asyncio.TimerHandle | None:
        self._due = perf_counter() + PERIOD
        self._tick(loop)
        return None

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        """Decide all that are due by now, then sleep until the next is."""
        while (now := perf_counter()) >= self._due:
            decide(self.site, self.state, next(self._requests))
            self.late.append(perf_counter() - self._due)
            self._due += PERIOD
        loop.call_later(self._due - now, self._tick, loop)

    def longest(self) -> float:
        """Since it was last asked, ms."""
        found, self.late = max(self.late) * 1000, []
        return found


def figures(site: Site, build: Callable[[], Site], seed: int) -> dict[str, float]:
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(_measure(site, build))


async def _measure(site: Site, build: Callable[[], Site]) -> dict[str, float]:
    live = Live(site)
    del site
    live.start(asyncio.get_running_loop())
    await asyncio.sleep(BEFORE)
    quiet = live.longest()
    async with asyncio.timeout(LIMIT):
        fresh = await asyncio.to_thread(_built, build)
        building_ = live.longest()
        old, live.site = live.site, fresh
        await retire(own_tables(old, fresh))
        del old
        await asyncio.sleep(0.05)
    retiring = live.longest()
    return {
        "longest stall in a full reload, ms": max(building_, retiring),
        "  of it while building, ms": building_,
        "  of it while retiring, ms": retiring,
        "  of a loop without a reload, ms": quiet,
    }


def _built(build: Callable[[], Site]) -> Site:
    with building():
        return build()


def _requests(site: Site) -> list[Request]:
    """Some thousand reads, spread over cards and doors."""
    doors = list(site.doors.values())
    tokens = list(site.people.credentials)[:: max(1, len(site.people.credentials) // 4000)]
    return [
        Request(doors[n % len(doors)].id, Direction.IN, token, doors[n % len(doors)].readers_in[0], 0, NOON)
        for n, token in enumerate(tokens)
    ]
