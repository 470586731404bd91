"""A step that raises: undone whole, told, denied, and the next badge decided. Values that raise are what breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeVar

import pytest

from rules import snapshot
from rules.model.canonical import canonical_bytes
from rules.model.errors import Refused
from rules.model.signals import SiteChanged
from rules.policy import DoorPolicy, FirePolicy
from rules.site import Site
from simulators.folder import PLAIN_PIN
from tests.torture.check import chain_faults, every_row, fold
from tests.whole.gatehouse import Gatehouse, until

P = TypeVar("P")


class Broken(Exception):
    """What a broken value raises."""


class Hostile:
    """Mixed into a policy: once `armed`, looking at one of its fields raises."""

    trap = ""
    armed = False

    def __getattribute__(self, name: str) -> Any:
        found = type.__getattribute__(type(self), "trap"), type.__getattribute__(type(self), "armed")
        if found == (name, True):
            raise Broken(name)
        return super().__getattribute__(name)


def hostile(policy: P, field: str) -> tuple[P, type[Hostile]]:
    """The same policy, with a trap under one field."""
    kind = type("HostilePolicy", (Hostile, type(policy)), {"trap": field})
    values = {f.name: getattr(policy, f.name) for f in fields(policy)}  # type: ignore[arg-type]
    return kind(**values), kind


async def swap(house: Gatehouse, edit: Callable[[Site], Site]) -> None:
    """A new site through the front door, as the directory does it."""
    before = house.head
    house.app.core.edit_site(edit, SiteChanged("", 0, "", ""))
    await house.event("SiteActivated", after=before)


async def trap_door(house: Gatehouse, id: str, field: str) -> type[Hostile]:
    door, kind = hostile(house.app.core.site.doors[id], field)
    assert isinstance(door, DoorPolicy)
    await swap(house, lambda site: replace(site, doors={**site.doors, id: door}))
    kind.armed = True
    return kind


async def record_stands(house: Gatehouse) -> None:
    """The chain is whole, and the record folds to the live state: what was undone left nothing behind."""
    live, head = canonical_bytes(snapshot.dump(house.app.core.state)), house.head
    await until("durable", lambda: house.app.journal.durable >= head)
    rows = await every_row(house.app.journal)
    assert chain_faults(house.site.folder.state) == []
    assert fold(row for row in rows if row.seq <= head) == live


async def test_a_badge_whose_step_raises_is_denied_and_the_next_one_decided(house: Gatehouse) -> None:
    kind = await trap_door(house, "office-door", "release_time")
    guard, before = house.somebody("security").card, house.head
    await house.site.present("office-reader", guard)
    denied = await house.event("AccessDenied", after=before, reader="office-reader")
    error = await house.event("InternalError", after=before, subject="office-reader")
    assert denied["data"]["reason"] == "internal_error"
    assert error["data"]["error"] == "Broken"
    assert house.alarm("internal-error.gw1") is not None
    assert house.door("office-door")["released_until"] is None
    assert house.site.doors["office-door"].locked
    assert not [e for e in await house.journal(before) if e["type"] == "AccessGranted"]
    await house.site.present("transfer-reader", guard)
    await house.released(house.site.doors["transfer"])
    kind.armed = False
    await house.site.present("office-reader", guard)
    await house.released(house.site.doors["office-door"])
    await record_stands(house)


async def test_a_pin_whose_step_raises_is_denied(house: Gatehouse) -> None:
    kind = await trap_door(house, "lab-door", "journal_required")
    guard, before = house.somebody("security").card, house.head
    await house.site.present("lab-reader", guard)
    await house.event("AccessPending", after=before, reader="lab-reader")
    await house.site.enter_pin("lab-reader", PLAIN_PIN)
    denied = await house.event("AccessDenied", after=before, reader="lab-reader")
    assert denied["data"]["reason"] == "internal_error"
    assert house.site.doors["lab-door"].locked
    kind.armed = False
    again = house.head
    await house.site.present("lab-reader", guard)
    await house.event("AccessPending", after=again, reader="lab-reader")
    await house.site.enter_pin("lab-reader", PLAIN_PIN)
    await house.released(house.site.doors["lab-door"])
    await record_stands(house)


async def test_fire_whose_evaluation_fails_releases_all_the_same(house: Gatehouse) -> None:
    fire, kind = hostile(house.app.core.site.fire["fire-panel"], "id")
    assert isinstance(fire, FirePolicy)
    await swap(house, lambda site: replace(site, fire={"fire-panel": fire}))
    kind.armed = True
    before = house.head
    house.site.fire(True)
    for id in fire.doors:
        if house.app.core.site.doors[id].lock is not None:
            await house.released(house.site.doors[id])
    await house.event("InternalError", after=before, subject="east-io.in8")
    assert not [e for e in await house.journal(before) if e["type"] == "DoorLayerSet"]
    await house.site.present("lab-exit-reader", house.somebody("security").card)
    await house.event("AccessGranted", after=before, reader="lab-exit-reader")
    await record_stands(house)


async def test_an_exit_button_whose_evaluation_fails_releases_all_the_same(house: Gatehouse) -> None:
    await trap_door(house, "workshop-door", "open_time")
    before, door = house.head, house.site.doors["workshop-door"]
    door.press_rex(True)
    await house.released(door)
    await house.event("InternalError", after=before, subject="west-io.in3")
    door.press_rex(False)
    await until("locked again", lambda: door.locked)
    await record_stands(house)


async def test_a_deadline_that_raises_is_abandoned_and_the_rest_goes_on(house: Gatehouse) -> None:
    door = house.site.doors["office-door"]
    await trap_door(house, "office-door", "readers_in")
    before = house.head
    door.force()
    abandoned = await house.event("DeadlineAbandoned", after=before, key="warn:office-door", limit=20)
    assert abandoned["data"]["error"] == "Broken"
    await house.event("DoorHeldOpen", after=before, door="office-door", limit=20)
    await record_stands(house)


async def test_a_request_whose_step_raises_is_answered_no(house: Gatehouse) -> None:
    await trap_door(house, "transfer", "release_time")
    async with house.console() as client:
        with pytest.raises(Refused) as refused:
            await client.request("open", "transfer", {})
        assert refused.value.code == "internal_error"
        assert house.site.doors["transfer"].locked
        await client.request("open", "office-door", {})
    await house.released(house.site.doors["office-door"])
    await record_stands(house)


async def test_an_edit_of_the_site_that_raises_changes_nothing(house: Gatehouse) -> None:
    site, before = house.app.core.site, house.head

    def edit(found: Site) -> Site:
        raise Broken(found.id)

    house.app.core.edit_site(edit, SiteChanged("", 0, "", ""))
    await house.event("InternalError", after=before)
    assert house.app.core.site is site
    await house.site.present("office-reader", house.somebody("security").card)
    await house.released(house.site.doors["office-door"])
    assert b"Broken" in json.dumps(await house.journal(before)).encode()
