"""The inbox: in order, bounded, nothing overtakes, and every receipt is answered."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from gateway.inbox import LIMIT, OWN, Inbox
from gateway.receipt import Durability, Receipt
from rules.model.points import Sensed
from rules.model.secret import CardBits
from rules.model.signals import (
    CardRead,
    CommandDone,
    CommandFailed,
    DeviceFound,
    DeviceLost,
    InputChanged,
    LinkLost,
    OutputReported,
    PanelReported,
    RecordLagged,
    Signal,
    SignalsLost,
)


def read(reader: str = "front-in") -> CardRead:
    return CardRead(reader, CardBits.from_int(1, 26))


@pytest.fixture
def durability() -> Durability:
    return Durability()


@pytest.fixture
async def inbox(durability: Durability) -> Inbox:
    return Inbox(durability)


def fill(inbox: Inbox, link: str = "north") -> None:
    for _ in range(LIMIT):
        inbox.put(link, read(), 0)


def drain(inbox: Inbox, limit: int = 10 * LIMIT) -> list[Signal]:
    """All that comes out; each stepped at once, all of it durable."""
    found: list[Signal] = []
    for seq in count(1):
        arrival = inbox.pop()
        if arrival is None or seq > limit:
            return found
        arrival.receipt.stepped(0)
        found.append(arrival.signal)
    return found


async def test_in_order_of_arrival_over_all_links(inbox: Inbox) -> None:
    signals = [InputChanged(f"io.in{n}", Sensed.OPEN) for n in range(9)]
    for number, signal in enumerate(signals):
        inbox.put(f"link{number % 3}", signal, number)
    assert inbox.arrived.is_set()
    assert drain(inbox) == signals
    assert not inbox.arrived.is_set()


async def test_beyond_the_limit_events_are_counted(inbox: Inbox) -> None:
    fill(inbox)
    for _ in range(70):
        inbox.put("north", read(), 0)
    inbox.put("north", SignalsLost("north", 30), 0)
    inbox.put("south", read("back-in"), 0)
    found = drain(inbox)
    assert found.count(SignalsLost("north", 100)) == 1
    assert len(found) == LIMIT + 2
    assert read("back-in") in found, "one link's flood is no other link's loss"


async def test_states_coalesce_to_the_latest(inbox: Inbox) -> None:
    fill(inbox)
    for n in range(3 * LIMIT):
        inbox.put("north", InputChanged("io.in1", Sensed.OPEN if n % 2 else Sensed.CLOSED), n)
        inbox.put("north", OutputReported("io.out1", bool(n % 2)), n)
    found = drain(inbox)
    assert len(found) == LIMIT + 2
    assert found[-2:] == [InputChanged("io.in1", Sensed.OPEN), OutputReported("io.out1", True)]


@pytest.mark.parametrize("popped", [1, LIMIT // 2 - 1, LIMIT // 2, LIMIT // 2 + 1])
async def test_a_later_state_is_never_overtaken_by_a_coalesced_one(inbox: Inbox, popped: int) -> None:
    fill(inbox)
    inbox.put("north", InputChanged("io.in1", Sensed.OPEN), 0)
    for _ in range(popped):
        inbox.pop()
    inbox.put("north", InputChanged("io.in1", Sensed.CLOSED), 1)
    states = [s for s in drain(inbox) if isinstance(s, InputChanged)]
    assert states[-1].sensed is Sensed.CLOSED


async def test_no_state_of_a_device_is_lost_in_a_flood(inbox: Inbox) -> None:
    """Losing that a device was lost would leave its doors looking closed."""
    fill(inbox)
    told: list[Signal] = [
        InputChanged("io.in1", Sensed.OPEN),
        DeviceFound("io"),
        DeviceLost("io2", "timeout"),
        PanelReported("panel", 1, "armed", "none"),
        CommandFailed(1, "io.out1", "SetOutput", "deadline"),
        CommandDone(2, "io.out1"),
        DeviceLost("io", "timeout"),
        LinkLost("north", "eof"),
    ]
    for signal in told:
        inbox.put("north", signal, 0)
    found = drain(inbox)[LIMIT:]
    assert found == [s for s in told if s != DeviceFound("io")]


async def test_while_a_flood_goes_on_reads_get_in_as_room_comes(inbox: Inbox) -> None:
    fill(inbox)
    inbox.put("north", InputChanged("io.in1", Sensed.OPEN), 0)
    for _ in range(10):
        inbox.pop()
    inbox.put("north", read("late-in"), 0)
    assert read("late-in") in drain(inbox)


async def test_what_the_gateway_says_itself_is_never_lost(inbox: Inbox) -> None:
    signals = [RecordLagged(n, n) for n in range(3 * LIMIT)]
    for signal in signals:
        inbox.put(OWN, signal, 0)
    assert drain(inbox) == signals


async def test_every_receipt_is_answered(inbox: Inbox, durability: Durability) -> None:
    """An upstream acknowledgement waits for its receipt, and for those before it: none may hang."""
    fill(inbox)
    receipts: list[Receipt] = []
    for n in range(100):
        receipts.append(inbox.put("north", read(), 0))
        receipts.append(inbox.put("north", InputChanged(f"io.in{n % 3}", Sensed.OPEN), 0))
    waiting = [asyncio.ensure_future(_hear(receipt)) for receipt in receipts]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    durability.reached(1)
    drain(inbox)
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)


async def _hear(receipt: Receipt) -> int:
    return await receipt


async def test_it_stays_bounded(inbox: Inbox) -> None:
    for n in range(20 * LIMIT):
        inbox.put("north", read(), 0)
        inbox.put("north", InputChanged(f"io.in{n % 8}", Sensed.OPEN), 0)
    assert len(inbox) == LIMIT
    assert len(drain(inbox)) <= LIMIT + 9
