"""The gate: write-ahead audit, who may go ahead of it, who may not, and that nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gateway.gate import LATE, PATIENCE, Gate
from rules.model.commands import (
    Answer,
    Command,
    EditPeople,
    Order,
    PulseOutput,
    ReplayStream,
    SetOutput,
    ShowOutcome,
    VerifyPin,
    Wait,
)
from rules.model.points import Outcome
from rules.model.secret import Secret
from rules.model.signals import PeopleEdited, RecordLagged, ReleaseTimedOut, Signal
from tests.gateway.fastloop import fast, later

PULSE = PulseOutput("io.out1", True, 5_000_000)
UNLOCK, LOCK = SetOutput("io.out1", True), SetOutput("io.out1", False)
GREEN = ShowOutcome("front-in", Outcome.GRANTED)
BEST, REQUIRED, ALWAYS = (PATIENCE[w] for w in (Wait.BEST_EFFORT, Wait.REQUIRED, Wait.ALWAYS))


class Bench:
    """A gate, what it let pass, and what it said."""

    def __init__(self) -> None:
        self.passed: list[Command] = []
        self.deadlines: list[float | None] = []
        self.said: list[Signal] = []
        self.gate = Gate(self._pass, self.said.append)

    def _pass(self, order: Order, deadline: float | None) -> None:
        self.passed.append(order.command)
        self.deadlines.append(deadline)

    def submit(self, seq: int, command: Command, wait: Wait, ttl: int | None = None) -> None:
        self.gate.submit([Order(command, wait, ttl, "front")], seq)


@fast
async def test_all_passes_in_the_order_of_the_record() -> None:
    bench = Bench()
    commands: list[Command] = [Answer(f"q{n}", True, "ok") for n in range(20)]
    for seq, command in enumerate(commands, 1):
        bench.submit(seq, command, Wait.ALWAYS)
    assert bench.passed == []
    bench.gate.durable(7)
    assert bench.passed == commands[:7]
    bench.gate.durable(3)
    bench.gate.durable(100)
    assert bench.passed == commands
    assert bench.said == []


@fast
async def test_what_is_durable_already_passes_at_once() -> None:
    bench = Bench()
    bench.gate.durable(5)
    bench.submit(5, PULSE, Wait.REQUIRED)
    assert bench.passed == [PULSE]


@pytest.mark.parametrize("command", [LOCK, PULSE, GREEN, VerifyPin("lab-in", 1, None, Secret("1"))])
@fast
async def test_locking_and_exit_never_wait(command: Command) -> None:
    bench = Bench()
    bench.submit(9, command, Wait.NONE)
    assert bench.passed == [command]


@fast
async def test_best_effort_goes_ahead_and_confesses_once_it_is_on_record() -> None:
    bench = Bench()
    bench.gate.submit([Order(PULSE, Wait.BEST_EFFORT, None, "front"), Order(GREEN, Wait.BEST_EFFORT)], 4)
    await later(BEST * 0.9)
    assert bench.passed == []
    await later(BEST * 0.2)
    assert bench.passed == [PULSE, GREEN]
    bench.gate.durable(3)
    assert bench.said == []
    bench.gate.durable(4)
    bench.gate.durable(5)
    assert bench.said == [RecordLagged(4, 4)]


@fast
async def test_required_is_withheld_whole() -> None:
    """Nothing shows a grant that the lock did not carry out, however late the record comes."""
    bench = Bench()
    bench.gate.submit([Order(PULSE, Wait.REQUIRED, None, "lab"), Order(GREEN, Wait.REQUIRED, None, "lab")], 4)
    await later(REQUIRED * 0.9)
    assert bench.said == []
    await later(REQUIRED * 0.2)
    bench.gate.durable(4)
    assert bench.passed == []
    assert bench.said == [ReleaseTimedOut("lab")]
    assert len(bench.gate) == 0


@fast
async def test_a_controller_whose_grant_was_withheld_is_told_no() -> None:
    bench = Bench()
    bench.submit(4, Answer("q1", True, "granted", '{"granted":true}'), Wait.REQUIRED, 2_000_000)
    await later(REQUIRED * 1.1)
    bench.gate.durable(4)
    assert bench.passed == [Answer("q1", False, "not_recorded")]
    assert bench.said == [ReleaseTimedOut("front")]


@fast
async def test_a_level_that_must_be_recorded_waits_for_the_record_and_is_not_dropped() -> None:
    bench = Bench()
    bench.submit(4, UNLOCK, Wait.REQUIRED)
    await later(3_600)
    assert (bench.passed, bench.said) == ([], [])
    bench.gate.durable(4)
    assert bench.passed == [UNLOCK]


@fast
async def test_whoever_asked_is_told_that_it_is_not_on_record() -> None:
    """The disk is gone for good: an answer comes while they listen, never `ok`; an edit is not carried out late."""
    bench = Bench()
    bench.submit(1, Answer("q1", True, "ok"), Wait.ALWAYS)
    bench.submit(2, ReplayStream("q2", "event", 0, 10), Wait.ALWAYS)
    bench.submit(3, EditPeople("q3", "sue", "person-unblock", "{}"), Wait.ALWAYS)
    await later(ALWAYS * 1.1)
    assert bench.passed == [Answer(f"q{n}", False, "not_recorded") for n in (1, 2, 3)]
    assert bench.said == [PeopleEdited("q3", False, "not_recorded", "{}")]
    bench.gate.durable(3)
    assert len(bench.passed) == 3


# -- superseding ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [PULSE, UNLOCK])
@fast
async def test_locking_overtakes_every_release_that_waits(held: Command) -> None:
    bench = Bench()
    bench.submit(1, held, Wait.REQUIRED)
    bench.submit(2, LOCK, Wait.NONE)
    bench.gate.durable(2)
    await later(10)
    assert bench.passed == [LOCK]


@fast
async def test_an_exit_overtakes_a_pulse_but_not_a_level() -> None:
    bench = Bench()
    bench.submit(1, UNLOCK, Wait.BEST_EFFORT)
    bench.submit(2, PULSE, Wait.BEST_EFFORT)
    exit = PulseOutput("io.out1", True, 7_000_000)
    bench.submit(3, exit, Wait.NONE)
    bench.gate.durable(3)
    assert bench.passed == [exit, UNLOCK]


@fast
async def test_what_waits_itself_overtakes_nothing() -> None:
    """Two badges at one door: the first one's release is not thrown away for one that may be withheld."""
    bench = Bench()
    second = PulseOutput("io.out1", True, 9_000_000)
    bench.submit(1, PULSE, Wait.REQUIRED)
    await later(REQUIRED / 2)
    bench.submit(2, second, Wait.REQUIRED)
    bench.gate.durable(1)
    assert bench.passed == [PULSE]
    bench.gate.durable(2)
    assert bench.passed == [PULSE, second]


@fast
async def test_other_outputs_are_left_alone() -> None:
    bench = Bench()
    other = PulseOutput("io.out2", True, 1)
    bench.submit(1, other, Wait.BEST_EFFORT)
    bench.submit(2, LOCK, Wait.NONE)
    bench.gate.durable(2)
    assert bench.passed == [LOCK, other]


# -- deadlines and timers ------------------------------------------------------------------------------------------


@fast
async def test_a_deadline_counts_from_the_step() -> None:
    bench = Bench()
    now = asyncio.get_running_loop().time()
    bench.submit(1, PULSE, Wait.BEST_EFFORT, 2_000_000)
    await later(0.02)
    bench.gate.durable(1)
    assert bench.deadlines == [now + 2]


@fast
async def test_patience_of_each_ends_in_its_own_time() -> None:
    bench = Bench()
    late = PulseOutput("io.out2", True, 1)
    bench.submit(1, PULSE, Wait.REQUIRED)
    bench.submit(2, late, Wait.BEST_EFFORT)  # its timer is the earlier one
    await later(BEST * 1.1)
    assert bench.passed == [late]
    await later(REQUIRED)
    assert bench.said == [ReleaseTimedOut("front")]
    bench.submit(3, late, Wait.BEST_EFFORT)
    await later(BEST * 1.1)
    assert bench.passed == [late, late]


@fast
async def test_many_at_once_and_a_record_that_never_comes() -> None:
    """Ten thousand orders give up together; what is remembered of them is bounded."""
    bench = Bench()
    for seq in range(1, 10_001):
        bench.submit(seq, GREEN, Wait.BEST_EFFORT)
    await later(BEST * 1.1)
    assert len(bench.passed) == 10_000
    assert len(bench.gate._late) <= LATE
    bench.gate.durable(10_000)
    assert bench.said == [RecordLagged(1, 10_000)]


@fast
async def test_nothing_passes_after_the_end() -> None:
    bench = Bench()
    bench.submit(1, PULSE, Wait.BEST_EFFORT)
    bench.submit(1, UNLOCK, Wait.REQUIRED)
    bench.gate.close()
    bench.gate.durable(1)
    await later(10)
    assert (bench.passed, bench.said) == ([], [])


def _loops() -> list[Any]:
    import uvloop

    return [asyncio.SelectorEventLoop, uvloop.Loop]


@pytest.mark.parametrize("loop", _loops())
def test_timers_of_real_loops_ring_no_matter_their_grain(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """uvloop counts in milliseconds and rounds: an order must not wait for a timer that rang a moment too early."""

    async def go() -> None:
        bench = Bench()
        rang = 0
        original = bench.gate._out_of_patience

        def counted() -> None:
            nonlocal rang
            rang += 1
            original()

        bench.gate._out_of_patience = counted  # type: ignore[method-assign]
        for seq in range(1, 21):
            bench.submit(seq, GREEN, Wait.BEST_EFFORT)
            await asyncio.sleep(0.0013)
        async with asyncio.timeout(5):
            while len(bench.passed) < 20:  # noqa: ASYNC110 - the gate sets no event
                await asyncio.sleep(0.001)
        assert rang <= 20

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(go())
