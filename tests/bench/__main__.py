"""The command: `python -m tests.bench [--rounds N] [--seconds S] [--json PATH]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from gateway.cli.run import loop_factory
from simulators.broker import Broker
from tests.bench import inside
from tests.bench.figures import Lanes, Rate, Row, show, write
from tests.bench.lanes import FROM_SWIPE, MAIN, MINIMUM_DISK, MINIMUM_RTU, MINIMUM_TCP, Bench, lane_of
from tests.bench.site import DOORS, Site

IDLE = 4.0  # s
LOOPS = ("uvloop", "asyncio")
MAIN_DOORS = tuple(door for door in DOORS if lane_of(door) == MAIN)
PASTS = (MINIMUM_TCP, MINIMUM_RTU, MINIMUM_TCP, MINIMUM_DISK)
TITLE = "Badge bytes in to strike command out, journal on (synchronous=FULL), beside the wire's own minimum"


def main() -> int:
    """0; 1 if a badge was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=11.0, help="of badges in a round, for the daemon as it runs")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with (
        TemporaryDirectory(prefix="dw-bench-") as folder,
        asyncio.Runner(loop_factory=loop_factory()) as runner,
        broker(runner, Path(folder) / "broker") as url,
    ):
        site = Site(Path(folder))
        bench = Bench(site)
        site.write(bench.module.port, url)
        rows = measure(bench, options.rounds, options.seconds)
        inner, events = runner.run(inside.steps(site))
        rows += [*inner, *runner.run(inside.record(Path(folder) / "alone", url, events))]
    rows.append(Rate("badges without a strike", bench.lost, f"of {bench.count}"))
    show(rows, TITLE)
    if options.json:
        write(options.json, rows)
    return 1 if bench.lost else 0


@contextmanager
def broker(runner: asyncio.Runner, folder: Path) -> Iterator[str]:
    """A broker of our own; its URL."""
    context = Broker.start(folder)
    running = runner.run(context.__aenter__())
    try:
        yield running.url
    finally:
        runner.run(context.__aexit__(None, None, None))


def measure(bench: Bench, rounds: int, seconds: float) -> list[Row | Rate]:
    """Rounds of the daemon in either loop, each badge beside one past it."""
    lanes = Lanes()
    idle: dict[str, list[float]] = {loop: [] for loop in LOOPS}
    with bench.relay():
        for number in range(rounds):
            lanes.begin_round()
            for loop in LOOPS if number % 2 else reversed(LOOPS):
                with bench.daemon(loop) as pid:
                    bench.rest(1.0)
                    _round(bench, lanes, loop, seconds)
                    bench.rest(1.0)
                    idle[loop].append(bench.idle_share(pid, IDLE / rounds))
    return [*_lane_rows(lanes), *_idle_rows(idle)]


def _round(bench: Bench, lanes: Lanes, loop: str, seconds: float) -> None:
    """Under uvloop every door has its turns, the main lane's twice as many; under asyncio the main lane alone."""
    usual = loop == "uvloop"
    doors = (*DOORS, *MAIN_DOORS) if usual else MAIN_DOORS
    end = monotonic() + (seconds if usual else seconds / 3)
    for door, past in zip(cycle(doors), cycle(PASTS), strict=False):
        if monotonic() > end:
            return
        for sample in bench.pair(door, MINIMUM_RTU if door.module == "io-rtu" else past):
            if usual or sample.lane == MAIN:
                lanes.add(sample.lane if usual else f"{MAIN}, plain asyncio", sample.us)


def _lane_rows(lanes: Lanes) -> list[Row]:
    measured = list(dict.fromkeys(lane_of(door) for door in DOORS))
    beside = {lane: MINIMUM_RTU if "RTU" in lane else MINIMUM_TCP for lane in measured}
    rows = [lanes.row(lane) for lane in (MINIMUM_TCP, MINIMUM_RTU)] + [lanes.row(MINIMUM_DISK, MINIMUM_TCP)]
    rows += [lanes.row(lane, beside[lane]) for lane in measured]
    rows += [lanes.row(f"{MAIN}, plain asyncio", MINIMUM_TCP), lanes.row(FROM_SWIPE, MINIMUM_TCP)]
    return [row for row in rows if row is not None]


def _idle_rows(idle: dict[str, list[float]]) -> list[Rate]:
    """Six OSDP readers at 40 polls/s each, two modules at 20 and 10."""
    return [
        Rate(f"daemon idle, wires polled, {loop}", sum(found) / len(found), "% of a core")
        for loop, found in idle.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
