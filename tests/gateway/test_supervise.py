"""The one place that retries: growing pauses, one log line a minute, and cancellation that always works."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gateway.supervise import LOG_EVERY, LONGEST, SETTLED, keep_running
from rules.model.errors import DoorwardError, LinkError
from tests.gateway.fastloop import fast, later

Run = Callable[[], Coroutine[Any, Any, None]]


class Subject:
    """Something that fails in a given way, again and again."""

    def __init__(self, fail: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.began: list[float] = []
        self.errors: list[DoorwardError] = []
        self._fail = fail

    async def run(self) -> None:
        self.began.append(asyncio.get_running_loop().time())
        await self._fail()

    async def watch(self, seconds: float) -> None:
        task = asyncio.ensure_future(keep_running("it", self.run, self.errors.append))
        await later(seconds)
        task.cancel()
        await asyncio.wait({task}, timeout=60)
        assert task.cancelled()

    @property
    def pauses(self) -> list[float]:
        return [b - a for a, b in zip(self.began, self.began[1:], strict=False)]


async def unplugged() -> None:
    raise LinkError("unplugged", code="eof")


async def ended() -> None:
    return


async def burst() -> None:
    raise ZeroDivisionError("a fault")


async def grouped(*errors: Exception) -> None:
    raise ExceptionGroup("of a TaskGroup", [ExceptionGroup("of another", list(errors))])


@fast
async def test_pauses_grow_to_the_longest() -> None:
    subject = Subject(unplugged)
    await subject.watch(30)
    assert all(p <= LONGEST * 1.3 for p in subject.pauses)
    assert subject.pauses[0] <= 0.13
    assert min(subject.pauses[5:]) >= LONGEST * 0.7
    assert 25 <= len(subject.errors) <= 50


@fast
async def test_what_had_worked_is_tried_again_at_once() -> None:
    async def work_a_while() -> None:
        await asyncio.sleep(SETTLED + 1)
        raise LinkError("eof", code="eof")

    subject = Subject(work_a_while)
    await subject.watch(100)
    assert max(subject.pauses[1:]) <= SETTLED + 1 + 0.13 * 2


@pytest.mark.parametrize(
    ("fail", "code"),
    [
        (unplugged, "eof"),
        (ended, "ended"),
        (burst, "internal"),
        (lambda: grouped(LinkError("a", code="first"), LinkError("b", code="second")), "first"),
        (lambda: grouped(LinkError("a", code="eof"), KeyError("hidden behind it")), "internal"),
    ],
)
@fast
async def test_what_it_failed_with(fail: Run, code: str) -> None:
    subject = Subject(fail)
    await subject.watch(1)
    assert {e.code for e in subject.errors} == {code}


def test_a_fault_is_logged_whole_but_not_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    @fast
    async def go() -> None:
        await Subject(burst).watch(3 * LOG_EVERY + 5)

    with caplog.at_level(logging.WARNING):
        go()
    records = [r for r in caplog.records if r.name == "gateway.supervise"]
    assert 3 <= len(records) <= 4
    assert all(r.exc_info for r in records)


@fast
async def test_a_cancellation_that_meets_a_failure_is_not_forgotten() -> None:
    """TaskGroup of Python 3.11 forgets it: seen as a daemon that would not stop."""
    fail = asyncio.Event()

    async def child() -> None:
        await fail.wait()
        raise LinkError("eof", code="eof")

    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(child(), name="child")
            await asyncio.Event().wait()

    for early in (0, 1, 2, 3):
        task = asyncio.ensure_future(keep_running("it", group, lambda error: None))
        await later(0.01)
        fail.set()
        for _ in range(early):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=60)
        assert done, f"after {early} turns of the loop"
        assert task.cancelled()
        fail.clear()


@fast
async def test_what_swallows_a_cancellation_is_cancelled_again() -> None:
    tries = 0

    async def stubborn() -> None:
        nonlocal tries
        while tries < 3:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                tries += 1

    task = asyncio.ensure_future(keep_running("it", stubborn, lambda error: None))
    await later(0.01)
    task.cancel()
    await asyncio.wait({task}, timeout=60)
    assert task.cancelled()
    assert tries == 3


@fast
async def test_the_end_of_the_process_passes_through() -> None:
    class End(BaseException):
        pass

    async def end() -> None:
        raise End

    with pytest.raises(End):
        await keep_running("it", end, lambda error: None)
