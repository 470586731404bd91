"""`doorward demo`: a simulated site and the daemon on it, in one terminal, live."""

from __future__ import annotations

import asyncio
import json
import math
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from gateway.bus.stream import Event
from gateway.cli import demo_summary
from gateway.cli.board import Board
from gateway.cli.console import json_flag
from gateway.cli.demo_child import Daemon
from gateway.cli.demo_clock import DemoClock
from gateway.cli.demo_folder import Place, demo_folder
from gateway.cli.demo_screen import Screen
from gateway.cli.demo_watch import Desk, Watch
from gateway.people.keys import load_private
from rules.model.errors import DoorwardError
from simulators.acts import Actor
from simulators.control import Control
from simulators.day import BEGIN, DAY, ZONE, fitting, moment, workday
from simulators.expect import Diary, seen
from simulators.folder import DemoFolder
from simulators.scene import Scene
from simulators.site import SimSite
from simulators.walker import Visits, Walker
from simulators.wander import Wanderers

SPEED = 7200
"""Times as fast as a real one that the gateway's wall clock goes between two scenes: two hours a second."""

START_LIMIT = 30.0  # s until every device answers
HOUR = 3600 * 1_000_000_000
STROLL = 8.0  # s that people walk about before the clock runs an hour ahead

_UNITS = {"s": 1, "m": 60, "h": 3600}


class Duration(click.ParamType[float]):
    """`60s`, `5m`, `2h` as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d{1,6})([smh])", value)
        if found is None:
            self.fail(f"{value!r} is no duration such as 60s, 5m or 2h", param, ctx)
        return float(int(found[1]) * _UNITS[found[2]])


@click.command()
@click.option("--for", "seconds", type=Duration(), help="End by itself after so long, e.g. 60s: one simulated day.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="Live here, and keep it for a look afterwards."
)
@click.option(
    "--speed",
    type=click.IntRange(60, 100_000),
    default=SPEED,
    show_default=True,
    help="How many times as fast the gateway's wall clock goes between scenes.",
)
@click.option("--broker", type=click.Choice(["mosquitto", "iotcore"]), help="Which; by default what is there.")
@json_flag
def demo(seconds: float | None, folder: Path | None, speed: int, broker: str | None, as_json: bool) -> None:
    """A whole simulated site and the daemon on it, live, until Ctrl-C.

    With --for it ends by itself and prints a summary; exit code 1 if anything expected did not happen.

    Example: doorward demo --for 60s --json
    """
    asked = Asked(seconds, speed, broker, as_json)
    with demo_folder(folder) as place:
        summary = _run(asked, place)
    if summary is None:
        sys.exit(130 if seconds is not None else 0)
    if as_json:
        click.echo(json.dumps(summary, sort_keys=True))
    else:
        demo_summary.show(summary, Console())
    sys.exit(0 if summary["ok"] or seconds is None else 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line. seconds None: until Ctrl-C."""

    seconds: float | None
    speed: int
    broker: str | None
    as_json: bool


def _run(asked: Asked, place: Place) -> dict[str, Any] | None:
    """The summary; None where it was stopped before it had begun."""
    stage = Stage(asked, place)
    try:
        asyncio.run(stage.play())
    except (KeyboardInterrupt, asyncio.CancelledError):
        stage.ended = "interrupted"
    except BaseExceptionGroup as failures:
        raise _first(failures) from failures
    return stage.summary() if stage.began else None


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one that matters: a failure of ours says what is wrong."""
    ours, others = failures.split(DoorwardError)
    found: BaseException = ours or others or failures
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


@dataclass
class Stage:
    """Everything of one demo."""

    asked: Asked
    place: Place
    ended: str = "done"
    began: float = 0.0
    visits: Visits = field(default_factory=Visits)
    board: Board = field(default_factory=lambda: Board(ZONE))

    async def play(self) -> None:
        """From the first device to the last event. Cancelled, it still stops everything in order."""
        loop = asyncio.get_running_loop()
        main = asyncio.current_task()
        assert main is not None
        loop.add_signal_handler(signal.SIGTERM, main.cancel)
        try:
            async with self._open():
                self.began = time.monotonic()
                await self._perform()
                await self.watch.quiet(3.0)
        finally:
            self.seconds = time.monotonic() - self.began if self.began else 0.0

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[None]:
        """The site, the daemon on it, and everybody who watches; every device answers."""
        self.clock = DemoClock.create(self.place.root, moment(BEGIN))
        self.screen = Screen(self.board, self.clock, self.place.root, silent=self.asked.as_json)
        self.screen.say(self.place.note or f"the demo lives in {self.place.root}")
        async with AsyncExitStack() as stack:
            await self._wire(stack)
            self.daemon = await stack.enter_async_context(Daemon(self.place.root, self.asked.speed))
            async with asyncio.TaskGroup() as tasks:
                work = [tasks.create_task(run, name=name) for name, run in self._watchers()]
                try:
                    await self._ready()
                    yield
                finally:
                    for task in work:
                        task.cancel()

    async def _wire(self, stack: AsyncExitStack) -> None:
        """The site, and a console on its bus, which hears the daemon from its first event on."""
        folder = DemoFolder(self.place.root)
        site = SimSite(folder, broker_kind=self.asked.broker, now=self.clock.us)
        self.site = await stack.enter_async_context(site)
        self.screen.say("the site is wired: 9 readers, 3 I/O modules, 5 sensors, an alarm panel")
        self.screen.bus = site.broker.url
        self.diary = Diary(site.refs)
        self.board.people = {id: site.people[ref].name for id, ref in site.refs.items()}
        key = load_private(folder.key_file("amira"))
        self.desk = await stack.enter_async_context(
            Desk(site.broker.url, "millbrook", "gw1", "amira", key, now=self.clock.us)
        )
        self.watch = Watch(self.desk, self._heard, self.screen.retained)

    def _watchers(self) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        yield "daemon", self.daemon.watch()
        yield "states", self.watch.look()
        yield "screen", self.screen.show()
        for stream in self.watch.streams:
            yield stream, self.watch.follow(stream)

    async def _ready(self) -> None:
        wanted = len(self.site.modules) + len(self.site.sensors) + 8 + 1
        if not await self.diary.wait(seen("device_online", wanted, within=START_LIMIT), 0):
            known = {entry["device"] for entry in self.diary.since(0) if entry["type"] == "device_online"}
            raise DoorwardError("not every device answered", code="not_ready", got=", ".join(sorted(known)))
        self.screen.say("the daemon runs and every device answers")

    async def _perform(self) -> None:
        actor = Actor(self.site, self.desk, self.clock, self.visits)
        self.walker = Walker(actor, self.diary, self.screen.say)
        control = Control(self.site, actor, self._disturbed)
        async with control.listening(self.place.root):
            await self._live_through(self.walker, fitting(self.asked.seconds, self.asked.speed))
            await self.watch.quiet(2.0)
            self.walker.judge()
            await self._go_on(actor)

    async def _live_through(self, walker: Walker, scenes: Sequence[Scene], day: int = 0) -> None:
        for scene in scenes:
            await self._run_clock_to(moment(scene.at, day))
            await walker.run(scene)

    async def _go_on(self, actor: Actor) -> None:
        """What is left of the time: people walk about, an hour passes, and on the next working day all of it again."""
        wanderers, day = Wanderers(self.site, actor), 1
        while (left := self._left()) > 1:
            self.screen.say(f"people walk about; an hour passes every {STROLL:.0f} seconds")
            await wanderers.stroll(min(STROLL, left - 1))
            if left < STROLL + 2:
                continue
            await self._run_clock_to((self.clock() // HOUR + 1) * HOUR)
            if self.asked.seconds is None and self.clock() >= moment(BEGIN, day):
                if workday(day):
                    await self._live_through(Walker(actor, self.diary, self.screen.say), DAY, day)
                day += 1

    def _left(self) -> float:
        return math.inf if self.asked.seconds is None else self.began + self.asked.seconds - time.monotonic()

    async def _run_clock_to(self, wall: int) -> None:
        await asyncio.sleep(self.clock.run_ahead(wall, self.asked.speed))

    # -- what comes in ------------------------------------------------------------------------------------------

    async def _heard(self, event: Event) -> None:
        await self.diary.write(event)
        self.screen.heard(event)

    def _disturbed(self) -> None:
        self.walker.disturbed = True

    # -- what it came to ----------------------------------------------------------------------------------------

    def summary(self) -> dict[str, Any]:
        report = self.daemon.report()
        findings = self.walker.findings
        followed = self.watch.positions if self.ended == "done" else None
        lost = demo_summary.losses(self.site.folder.state, followed, self.watch.missed, report)
        begin, end = (datetime.fromtimestamp(ns / 1e9, ZONE) for ns in (moment(BEGIN), self.clock()))
        return {
            "ok": self.ended == "done" and findings.good and lost["total"] == 0,
            "ended": self.ended,
            "seconds": round(self.seconds, 1),
            "scenes": len(self.walker.done),
            "scenes_of_the_day": len(DAY),
            "scene_seconds": self.walker.took,
            "simulated": f"{begin:%a %d %b %H:%M} to {end:%a %d %b %H:%M}",
            "broker": self.site.broker.kind,
            "signals": report.get("core", {}).get("signals", 0),
            "events": {"total": self.diary.mark, "by_type": dict(self.diary.types)},
            "decisions": {"granted": self.diary.granted, "denied": dict(self.diary.denied)},
            "commands": demo_summary.commands(report),
            "losses": lost,
            "latency_ms": {
                "badge_to_strike": self.visits.figures(self.visits.card),
                "pin_to_strike": self.visits.figures(self.visits.pin),
            },
            "expected": {
                "steps": findings.steps,
                "events": findings.expected,
                "missing": findings.missing,
                "surprises": findings.surprises,
            },
        }
