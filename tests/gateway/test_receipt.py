"""Receipts: whoever awaits one hears when it is durable, and may give up without harming anybody."""

from __future__ import annotations

import asyncio

import pytest

from gateway.receipt import Durability, Receipt


async def outcome(receipt: Receipt) -> int:
    async with asyncio.timeout(5):
        return await receipt


async def test_stepped_and_durable_before_anybody_asks() -> None:
    durability = Durability()
    receipt = Receipt(durability)
    receipt.stepped(3)
    durability.reached(5)
    assert await outcome(receipt) == 3


@pytest.mark.parametrize("stepped_first", [True, False])
async def test_awaited_before(stepped_first: bool) -> None:
    durability = Durability()
    receipt = Receipt(durability)
    if stepped_first:
        receipt.stepped(3)
    waiting = asyncio.ensure_future(outcome(receipt))
    await asyncio.sleep(0)
    if not stepped_first:
        receipt.stepped(3)
    durability.reached(2)
    await asyncio.sleep(0)
    assert not waiting.done()
    durability.reached(3)
    assert await waiting == 3


async def test_without_events_it_waits_for_what_was_before() -> None:
    """A signal that changed nothing is acknowledged only when what it was judged by is durable."""
    durability = Durability()
    durability.reached(9)
    receipt = Receipt(durability)
    receipt.stepped(10)
    waiting = asyncio.ensure_future(outcome(receipt))
    await asyncio.sleep(0)
    assert not waiting.done()
    durability.reached(10)
    assert await waiting == 10


async def test_one_who_gave_up_harms_nobody() -> None:
    """Cancelled while it awaits, as at the end of a link: the core's step and the journal's report go on."""
    durability = Durability()
    early, late = Receipt(durability), Receipt(durability)
    durability.reached(7)
    gone = [asyncio.ensure_future(outcome(receipt)) for receipt in (early, late)]
    stays = asyncio.ensure_future(outcome(late))
    late.stepped(8)
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    await asyncio.wait(gone)
    early.stepped(5)
    durability.reached(8)
    assert await stays == 8
    assert await outcome(early) == 5


async def test_many_wait_and_each_hears_its_own() -> None:
    durability = Durability()
    receipts = [Receipt(durability) for _ in range(100)]
    waiting = [asyncio.ensure_future(outcome(receipt)) for receipt in receipts]
    await asyncio.sleep(0)
    for seq, receipt in enumerate(receipts, 1):
        receipt.stepped(seq)
    durability.reached(50)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [task.done() for task in waiting] == [True] * 50 + [False] * 50
    durability.reached(1_000)
    assert len(await asyncio.gather(*waiting)) == 100
