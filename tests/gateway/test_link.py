"""Links: each command ends once, none begins late, and no fault of a driver reaches the core."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.dispatch import Dispatch
from gateway.link import LEVEL_LIMIT, MOST_COMMANDS, Link
from rules.model.commands import Answer, Command, Order, PulseOutput, SetOutput, ShowOutcome, VerifyPin, Wait
from rules.model.driver import Emit
from rules.model.errors import CommandError, LinkError, Unreachable
from rules.model.points import Outcome
from rules.model.secret import Secret
from rules.model.signals import CommandDone, CommandFailed, LinkLost, Signal
from tests.gateway.fastloop import fast, later

LEVEL = SetOutput("io.out1", True)
PULSE = PulseOutput("io.out1", True, 1_000_000)


class Wire:
    """A driver whose end of the wire is in the test's hands. act: what `execute` does."""

    def __init__(self, act: Callable[[Command], Coroutine[Any, Any, None]] | None = None) -> None:
        self.begun: list[Command] = []
        self.up = asyncio.Event()
        self.broken = asyncio.Event()
        self.slow_to_close = 0.0
        self._act = act

    async def run(self, emit: Emit) -> None:
        self.broken.clear()
        self.up.set()
        try:
            await self.broken.wait()
            raise LinkError("unplugged", code="eof")
        finally:
            self.up.clear()
            if self.slow_to_close:
                await asyncio.sleep(self.slow_to_close)

    async def execute(self, command: Command) -> None:
        self.begun.append(command)
        if self._act is not None:
            await self._act(command)

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        return {"io": {"frames": 1}}


class Bench:
    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.said: list[Signal] = []
        self.link = Link("north", wire, self._emit)

    def _emit(self, signal: Signal) -> Any:
        self.said.append(signal)

    def submit(self, command: Command, deadline: float | None = None) -> None:
        self.link.submit(Order(command, Wait.NONE), deadline)

    @property
    def failures(self) -> list[str]:
        return [s.cause for s in self.said if isinstance(s, CommandFailed)]

    @property
    def losses(self) -> list[str]:
        return [s.cause for s in self.said if isinstance(s, LinkLost)]


@asynccontextmanager
async def running(wire: Wire) -> AsyncIterator[Bench]:
    bench = Bench(wire)
    task = asyncio.ensure_future(bench.link.run())
    await wire.up.wait()
    try:
        yield bench
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=60)
        assert task.cancelled()


async def forever(command: Command) -> None:
    await asyncio.Event().wait()


async def refuse(command: Command) -> None:
    raise CommandError("no", code="nak")


async def unreachable(command: Command) -> None:
    raise Unreachable("no database", code="people_database")


async def burst(command: Command) -> None:
    raise KeyError("a fault of the driver")


@fast
async def test_outputs_are_reported_done_and_nothing_else() -> None:
    async with running(Wire()) as bench:
        for command in (LEVEL, PULSE, ShowOutcome("r", Outcome.DENIED)):
            bench.submit(command)
        await later(0.01)
        assert bench.said == [CommandDone(1, "io.out1"), CommandDone(2, "io.out1")]
        assert bench.link.health()["commands"] == 3


@pytest.mark.parametrize(("act", "cause"), [(refuse, "nak"), (unreachable, "people_database"), (forever, "deadline")])
@fast
async def test_a_failure_is_said_once(act: Callable[[Command], Coroutine[Any, Any, None]], cause: str) -> None:
    async with running(Wire(act)) as bench:
        bench.submit(LEVEL)
        await later(LEVEL_LIMIT + 1)
        assert bench.said == [CommandFailed(1, "io.out1", "SetOutput", cause)]
        assert bench.link.health()["under_way"] == 0


@fast
async def test_a_late_momentary_command_does_not_even_begin() -> None:
    """The loop stalled, or the disk did: a strike must not be worked for a badge of some time ago."""
    async with running(Wire()) as bench:
        now = asyncio.get_running_loop().time()
        bench.submit(PULSE, now - 1)
        bench.submit(PULSE, now)
        bench.submit(PULSE, now + 1)
        await later(0.5)
        assert bench.wire.begun == [PULSE]
        assert bench.failures == ["deadline", "deadline"]


@fast
async def test_before_it_runs_while_it_is_down_and_after_it_ended() -> None:
    wire = Wire()
    early = Bench(wire)
    early.submit(LEVEL)
    assert early.failures == ["link_down"]
    async with running(wire) as bench:
        bench.submit(LEVEL)
        await later(0.01)
        wire.broken.set()
        await later(0.01)
        bench.submit(LEVEL)
        assert bench.failures == ["link_down"]
        await later(5)
        bench.submit(LEVEL)
        await later(0.01)
    bench.submit(LEVEL)
    assert bench.failures == ["link_down", "link_down"]
    assert bench.losses == ["eof"]
    assert len(wire.begun) == 2


@fast
async def test_what_is_under_way_when_the_link_fails_is_said_once_and_first() -> None:
    async with running(Wire(forever)) as bench:
        for _ in range(3):
            bench.submit(LEVEL)
        await later(0.01)
        bench.wire.broken.set()
        await later(0.01)
        assert bench.failures == ["link_lost"] * 3
        assert [type(s).__name__ for s in bench.said] == ["CommandFailed"] * 3 + ["LinkLost"]
        await later(60)
        assert bench.failures == ["link_lost"] * 3


@fast
async def test_what_the_link_takes_with_it_before_it_began_is_said_too() -> None:
    async with running(Wire()) as bench:
        bench.wire.broken.set()
        await asyncio.sleep(0)
        bench.submit(LEVEL)
        await later(0.01)
        assert bench.failures in (["link_lost"], ["link_down"])
        assert bench.link.health()["under_way"] == 0
        bench.said.clear()
        await bench.wire.up.wait()
        for _ in range(MOST_COMMANDS):
            bench.submit(LEVEL)
        bench.wire.broken.set()
        await later(5)
        assert len([s for s in bench.said if isinstance(s, CommandDone | CommandFailed)]) == MOST_COMMANDS
        assert bench.link.health()["under_way"] == 0


@fast
async def test_a_fault_of_the_driver_ends_the_link_and_nothing_else() -> None:
    """While the link closes, which takes a while, the core goes on to submit: it must get its answer, no exception."""
    wire = Wire(burst)
    wire.slow_to_close = 0.5
    async with running(wire) as bench:
        bench.submit(LEVEL)
        await later(0.01)
        for _ in range(5):
            bench.submit(PULSE)
            await later(0.05)
        assert bench.failures == ["link_lost", *["link_down"] * 5]
        assert bench.link.health()["under_way"] == 0
        await later(5)
        assert bench.losses == ["internal"]
        assert wire.up.is_set()


@fast
async def test_no_more_under_way_than_the_limit() -> None:
    async with running(Wire(forever)) as bench:
        for _ in range(MOST_COMMANDS + 10):
            bench.submit(LEVEL)
        assert bench.failures == ["link_busy"] * 10


@fast
async def test_each_failure_of_the_link_is_said() -> None:
    async with running(Wire()) as bench:
        for _ in range(4):
            await bench.wire.up.wait()
            bench.wire.broken.set()
            await later(2)
        assert bench.losses == ["eof"] * 4
        assert bench.link.health()["failures"] == 4


@fast
async def test_it_ends_although_its_command_fails_at_that_very_moment() -> None:
    """Python 3.11's TaskGroup forgets a cancellation that meets a child's failure."""
    gate = asyncio.Event()

    async def fail_when_told(command: Command) -> None:
        await gate.wait()
        raise KeyError("now")

    wire = Wire(fail_when_told)
    bench = Bench(wire)
    task = asyncio.ensure_future(bench.link.run())
    await wire.up.wait()
    bench.submit(LEVEL)
    await later(0.01)
    gate.set()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=60)
    assert done
    assert task.cancelled()


# -- dispatch ------------------------------------------------------------------------------------------------------


@fast
async def test_commands_find_their_link_whatever_an_admin_calls_a_device() -> None:
    pins, bus, trap = Bench(Wire()), Bench(Wire()), Bench(Wire())
    pins.link.id, bus.link.id = "pin", "bus"
    dispatch = Dispatch()
    for bench in (pins, bus):
        dispatch.add(bench.link)
    dispatch.add(trap.link, {"pin": "north", "io": "north", "bus": "north"})
    dispatch(Order(VerifyPin("lab-in", 1, "p", Secret("4711")), Wait.NONE), None)
    dispatch(Order(Answer("q", True, "ok"), Wait.NONE), None)
    dispatch(Order(SetOutput("pin.out1", True), Wait.NONE), None)
    dispatch(Order(ShowOutcome("bus", Outcome.DENIED), Wait.NONE), None)
    dispatch(Order(SetOutput("ghost.out1", True), Wait.NONE), None)
    targets = [[s.kind for s in b.said if isinstance(s, CommandFailed)] for b in (pins, bus, trap)]
    assert targets == [["VerifyPin"], ["Answer"], ["SetOutput", "ShowOutcome"]]
    assert dispatch.misrouted == 1
    assert {link.id for link in dispatch.links} == {"pin", "bus", "north"}
