"""The longest wait of a request while everything is loaded anew.

A loop decides a request every millisecond. Meanwhile a thread reads all people from the directory and compiles them
under other rules; the loop takes over the new Site and lets go of the old one. What counts is the time from when a
request was due to when it was decided.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable, Sequence
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
QUIET = 1.0
"""Seconds of a loop that does nothing else, to compare with."""

SETTLE = 0.05

LIMIT = 300.0


class Live:
    """The Site that decides, and how late each decision was, s."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.state: State = engine.running(site)
        self.late: list[float] = []
        self._requests = cycle(_requests(site))
        self._due = 0.0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = perf_counter() + PERIOD
        self._tick(loop)

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


def figures(site: Site, builds: Sequence[Callable[[], Site]]) -> dict[str, float]:
    """Of several reloads, one after the other."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(_measure(Live(site), builds))


async def _measure(live: Live, builds: Sequence[Callable[[], Site]]) -> dict[str, float]:
    live.start(asyncio.get_running_loop())
    found: list[tuple[float, float]] = []
    quiet: list[float] = []
    async with asyncio.timeout(LIMIT):
        for build in builds:
            await asyncio.sleep(QUIET)
            quiet.append(live.longest())
            found.append(await _reloaded(live, build))
    longest = [max(both) for both in found]
    return {
        "longest stall in a full reload, ms": statistics.median(longest),
        f"  the worst of {len(builds)} reloads, ms": max(longest),
        "  of it while building, ms": statistics.median(both[0] for both in found),
        "  of it while retiring, ms": statistics.median(both[1] for both in found),
        "  of a loop without a reload, ms": statistics.median(quiet),
    }


async def _reloaded(live: Live, build: Callable[[], Site]) -> tuple[float, float]:
    """(longest while building, longest while swapping and letting go), ms."""
    fresh = await asyncio.to_thread(_built, build)
    while_building = live.longest()
    old, live.site = live.site, fresh
    await retire(own_tables(old, fresh))
    del old
    await asyncio.sleep(SETTLE)
    return while_building, live.longest()


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
