"""A link that floods: what tells a state coalesces, what is lost is counted, and the other links notice nothing."""

from __future__ import annotations

from gateway.inbox import LIMIT
from rules.credential import encode
from rules.model.points import Sensed
from rules.model.signals import CardRead, InputChanged
from tests.whole.gatehouse import Gatehouse, until

FLOOD = 5_000


async def test_reads_beyond_the_limit_are_counted_as_lost(house: Gatehouse) -> None:
    core, before = house.app.core, house.head
    flood, other = core.emit("workshop"), core.emit("dock")
    stranger, guard = encode("h10301", 200, 4242), house.somebody("security").card
    for number in range(FLOOD):
        flood(CardRead("workshop-reader", stranger))
        if number == FLOOD - 1:
            other(CardRead("dock-reader", guard))
    dropped = await house.event("SignalsDropped", after=before, limit=30)
    await house.released(house.site.doors["dock"])
    assert dropped["data"] == {"link": "workshop", "count": FLOOD - LIMIT}
    assert house.alarm("signals-lost.workshop") is not None
    await until("all taken", lambda: core.waiting == 0, 30)
    head = house.head
    await until("durable", lambda: house.app.journal.durable >= head)
    events = await house.journal(before)
    decided = [e["data"]["reader"] for e in events if e["type"] == "AccessDenied"]
    assert decided.count("workshop-reader") == LIMIT
    granted = [e for e in events if e["type"] == "AccessGranted"]
    assert [e["data"]["reader"] for e in granted] == ["dock-reader"]


async def test_inputs_beyond_the_limit_coalesce_to_what_is_so_now(house: Gatehouse) -> None:
    core, before = house.app.core, house.head
    flood = core.emit("io-west")
    await until("closed", lambda: house.door("workshop-door")["position"] == "closed")
    for number in range(FLOOD):
        flood(InputChanged("west-io.in1", Sensed.OPEN if number % 2 == 0 else Sensed.CLOSED))
        flood(InputChanged("west-io.in6", Sensed.CLOSED))
    await until("all taken", lambda: core.waiting == 0, 30)
    assert house.door("workshop-door")["position"] == "closed"
    head = house.head
    await until("durable", lambda: house.app.journal.durable >= head)
    events = await house.journal(before)
    assert "SignalsDropped" not in {event["type"] for event in events}
    reported = [e for e in events if e["type"] == "InputReported" and e["data"]["point"] == "west-io.in1"]
    assert 0 < len(reported) <= LIMIT + 2
    assert reported[-1]["data"]["state"] == "normal"
    guard = house.somebody("security").card
    await house.site.present("workshop-reader", guard)
    await house.released(house.site.doors["workshop-door"])
