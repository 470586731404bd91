"""Loops on one link: one failure is one LinkError, and a cancellation at that moment is not forgotten."""

from __future__ import annotations

import asyncio

import pytest

from gateway.bus.together import together
from rules.model.errors import LinkError


async def wait() -> None:
    await asyncio.Event().wait()


async def lose() -> None:
    raise LinkError("gone")


async def test_the_link_failing_is_one_error() -> None:
    with pytest.raises(LinkError):
        await together(a=wait(), b=lose())


async def test_another_error_is_not_hidden_behind_the_link() -> None:
    async def burst() -> None:
        raise ValueError("a bug")

    with pytest.raises(BaseExceptionGroup) as failed:
        await together(a=burst(), b=lose())
    assert failed.group_contains(ValueError)


async def test_a_cancellation_during_a_failure_stays_one() -> None:
    async def lose_when_cancelled() -> None:
        try:
            await wait()
        except asyncio.CancelledError:
            raise LinkError("gone") from None

    task = asyncio.create_task(together(a=lose_when_cancelled(), b=wait()), name="under test")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_failure_leaves_no_cancellation_behind() -> None:
    async def lose_later() -> None:
        await asyncio.sleep(0)
        await lose()

    async def run() -> int:
        with pytest.raises(LinkError):
            await together(a=lose_later(), b=wait())
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert await asyncio.create_task(run(), name="under test") == 0


async def test_a_cancellation_after_a_failure_stays_one() -> None:
    held = asyncio.Event()

    async def slow_to_end() -> None:
        try:
            await wait()
        finally:
            held.set()
            await asyncio.sleep(0.05)

    task = asyncio.create_task(together(a=slow_to_end(), b=lose()), name="under test")
    await held.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
