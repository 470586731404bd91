"""Badge to strike to bus, for each kind of reader and door."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from gateway.bus.stream import EventStream
from simulators.folder import DURESS_PIN, PLAIN_PIN
from simulators.site import READERS
from tests.whole.gatehouse import Gatehouse, until

CARD_ONLY = ["front-reader", "office-reader", "transfer-reader", "workshop-reader", "dock-reader", "gate"]


@pytest.mark.parametrize("reader", CARD_ONLY)
async def test_a_badge_opens_the_door_and_is_published(house: Gatehouse, reader: str) -> None:
    guard, door = house.somebody("security"), house.site.doors[READERS[reader]]
    async with house.console() as client, aclosing(EventStream(client, after=(1, 0)).follow()) as published:
        assert door.locked
        await house.site.present(reader, guard.card)
        await house.released(door)
        assert door.pull()
        taken = await house.event("AccessTaken", door=door.id)
        door.shut()
        await until("locked again", lambda: door.locked)
        granted = await house.event("AccessGranted", door=door.id, reader=reader)
        async with asyncio.timeout(10):
            seen = {}
            async for event in published:
                seen[event["type"]] = event
                if event["type"] == "doorward.access_taken.v1":
                    break
    assert seen["doorward.access_granted.v1"]["data"] == granted["data"]
    assert granted["data"]["person"] == taken["data"]["person"]
    assert granted["seq"] < taken["seq"]


async def test_the_grant_is_durable_before_the_strike_moves(house: Gatehouse) -> None:
    door = house.site.doors["front"]
    durable_at_release: list[int] = []
    door.module.outputs_changed = lambda point, on: durable_at_release.append(house.app.journal.durable)
    before = house.head
    await house.site.present("front-reader", house.somebody("security").card)
    await house.released(door)
    granted = await house.event("AccessGranted", door="front", after=before)
    if durable_at_release[0] < granted["seq"]:  # this door waits 25 ms for its disk, and then the record says so
        late = await house.event("RecordedLate", after=before)
        assert late["data"]["last"] >= granted["seq"]


async def test_card_and_pin(house: Gatehouse) -> None:
    guard, door = house.somebody("security"), house.site.doors["lab-door"]
    await house.site.present("lab-reader", guard.card)
    await house.event("AccessPending", door="lab-door")
    assert door.locked
    await house.site.enter_pin("lab-reader", PLAIN_PIN)
    await house.released(door)
    granted = await house.event("AccessGranted", door="lab-door")
    assert granted["data"]["pin"] is True


async def test_a_wrong_pin_is_denied_and_counted(house: Gatehouse) -> None:
    await house.site.present("lab-reader", house.somebody("security").card)
    await house.event("AccessPending", door="lab-door")
    await house.site.enter_pin("lab-reader", "1470")
    denied = await house.event("AccessDenied", door="lab-door")
    failed = await house.event("PinFailed", reader="lab-reader")
    assert denied["data"]["reason"] == "wrong_pin"
    assert failed["data"]["failures"] == 1
    assert house.site.doors["lab-door"].locked


async def test_duress_looks_like_a_grant_and_is_told_in_silence(house: Gatehouse) -> None:
    person = house.site.people["p001"]
    await house.site.present("lab-reader", person.card)
    await house.event("AccessPending", door="lab-door")
    await house.site.enter_pin("lab-reader", DURESS_PIN)
    await house.event("DuressReported", door="lab-door")
    rows = await house.app.journal.read(0, 1000)
    duress = [row for row in rows if row.type == "DuressReported" or b"duress" in row.body]
    assert duress
    assert {row.stream for row in duress} == {"silent"}


async def test_an_unknown_card_is_denied(house: Gatehouse) -> None:
    from rules.credential import encode

    before = house.head
    await house.site.present("front-reader", encode("h10301", 200, 4242))
    denied = await house.event("AccessDenied", door="front", after=before)
    assert denied["data"]["reason"] == "unknown_credential"
    assert denied["data"]["tail"] == "42"
    assert b"4242" not in (await house.app.journal.read(denied["seq"] - 1, 1))[0].body


async def test_a_bad_parity_is_denied_never_guessed(house: Gatehouse) -> None:
    card = house.somebody("security").card
    flipped = type(card).from_int(card.as_int() ^ 1, card.length)
    await house.site.present("workshop-reader", flipped)
    denied = await house.event("AccessDenied", door="workshop-door")
    assert denied["data"]["reason"] == "bad_format"


async def test_an_explicit_deny_beats_the_grant(house: Gatehouse) -> None:
    fitter = house.somebody("contractors", company="acme")
    await house.site.present("workshop-reader", fitter.card)
    denied = await house.event("AccessDenied", door="workshop-door")
    assert (denied["data"]["reason"], denied["data"]["rule"]) == ("denied_by_rule", "acme-suspended")


async def test_an_exit_reader_records_and_never_denies(house: Gatehouse) -> None:
    from rules.credential import encode

    door = house.site.doors["lab-door"]
    await house.site.present("lab-exit-reader", encode("h10301", 200, 4242))
    await house.released(door)
    granted = await house.event("AccessGranted", door="lab-door", direction="out")
    assert "unknown_credential" in granted["data"]["flags"]


async def test_a_controller_that_asks_is_answered_no(house: Gatehouse) -> None:
    cleaner = house.somebody("cleaners", company="brightco")
    await house.site.present("gate", cleaner.card)
    assert list(house.site.gate.answers) == ["denied"]
    assert house.site.doors["gate"].locked
