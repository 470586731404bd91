"""Doors over real wires: forced, held, exit, lockdown, fire, and what consoles ask for."""

from __future__ import annotations

import pytest

from rules.model.errors import Refused
from simulators.site import SENSORS
from tests.whole.gatehouse import Gatehouse, until


async def test_forced_open_and_its_alarm(house: Gatehouse) -> None:
    door = house.site.doors["office-door"]
    door.force()
    await house.event("DoorForced", door="office-door")
    alarm = house.alarm("door-forced.office-door")
    assert alarm is not None
    assert alarm["state"] == "unacknowledged"
    door.shut()
    await house.event("AlarmReturned", alarm="door-forced.office-door")
    async with house.console() as client:
        await client.request("acknowledge", "door-forced.office-door", {})
        assert (house.alarm("door-forced.office-door") or {})["state"] == "latched"
        await client.request("reset", "door-forced.office-door", {})
    assert house.alarm("door-forced.office-door") is None


async def test_held_open_warns_first(house: Gatehouse) -> None:
    door = house.site.doors["office-door"]
    await house.site.present("office-reader", house.somebody("security").card)
    await house.released(door)
    door.pull()
    open_time = house.app.core.site.doors["office-door"].open_time / 1e6
    warned = await house.event("HeldOpenWarned", door="office-door", limit=open_time + 5)
    held = await house.event("DoorHeldOpen", door="office-door", limit=open_time + 5)
    assert warned["seq"] < held["seq"]
    assert house.alarm("door-held.office-door") is not None
    door.shut()
    await until("alarm returned", lambda: not (house.alarm("door-held.office-door") or {"active": False})["active"])


async def test_a_handle_explains_the_opening(house: Gatehouse) -> None:
    door = house.site.doors["office-door"]
    before = house.head
    door.press_rex(True)
    await house.event("ExitRequested", door="office-door", after=before)
    door.push()
    opened = await house.event("DoorOpened", door="office-door", after=before)
    assert opened["data"]["authorised"] is True
    assert house.alarm("door-forced.office-door") is None
    door.press_rex(False)
    door.shut()


async def test_an_exit_button_releases_the_lock(house: Gatehouse) -> None:
    door = house.site.doors["workshop-door"]
    door.press_rex(True)
    await house.released(door)
    door.press_rex(False)


async def test_a_grant_not_taken(house: Gatehouse) -> None:
    before = house.head
    await house.site.present("office-reader", house.somebody("security").card)
    await house.event("AccessNotTaken", door="office-door", after=before, limit=15)
    assert house.site.doors["office-door"].locked


async def test_lockdown_denies_entry_never_exit(house: Gatehouse) -> None:
    guard, door = house.somebody("security"), house.site.doors["lab-door"]
    async with house.console() as client:
        await client.request("lockdown", "all", {})
        await house.site.present("transfer-reader", guard.card)
        denied = await house.event("AccessDenied", door="transfer")
        assert denied["data"]["reason"] == "lockdown"
        await house.site.present("lab-exit-reader", guard.card)
        await house.released(door)
        await client.request("lockdown-end", "all", {})
    assert house.door("transfer")["mode"] == "locked"


async def test_fire_releases_until_a_signed_reset(house: Gatehouse) -> None:
    doors = [d for d in house.app.core.site.doors.values() if d.egress and d.lock]
    async with house.console() as client:
        await client.request("lockdown", "all", {})
        house.site.fire(True)
        for door in doors:
            await house.released(house.site.doors[door.id])
        with pytest.raises(Refused, match="input_not_normal"):
            await client.request("fire-reset", "fire-panel", {})
        before = house.head
        house.site.fire(False)
        await house.event("AlarmReturned", alarm="fire.fire-panel", after=before)
        assert all(not house.site.doors[door.id].locked for door in doors)
        await client.request("fire-reset", "fire-panel", {})
        for door in doors:
            await until(f"{door.id} locked", lambda d=door: house.site.doors[d.id].locked)
        assert {house.door(d.id)["mode"] for d in doors} == {"locked_down"}


async def test_the_green_call_point_is_no_forced_opening(house: Gatehouse) -> None:
    house.site.call_point(True)
    await house.event("AlarmRaised", alarm="emergency-release.dock")
    house.site.doors["dock"].force()
    opened = await house.event("DoorOpened", door="dock")
    assert opened["data"]["authorised"] is True
    assert house.alarm("door-forced.dock") is None


async def test_an_output_that_nobody_commanded(house: Gatehouse) -> None:
    module = house.site.modules["west-io"]
    module.force("out1", True)
    await house.event("OutputForeign", point="west-io.out1")
    assert house.alarm("output-foreign.west-io.out1") is not None
    await until("put back", lambda: not module.output("out1"))
    await house.event("OutputConfirmed", point="west-io.out1")


async def test_an_armed_area(house: Gatehouse) -> None:
    guard = house.somebody("security")
    for name, sensor in house.site.sensors.items():
        await sensor.say(**({"occupancy": False} if SENSORS[name] == "motion" else {"contact": True}))
    await house.online(*house.site.sensors)
    async with house.console() as client:
        await client.request("arm", "office", {})
        await until("armed", lambda: house.area("office")["status"] == "armed_away", 60)
        await house.site.sensors["office-pir"].say(occupancy=True)
        await house.event("AreaTriggered", area="office", zone="office-motion")
        assert house.alarm("intrusion.office") is not None
        await house.site.present("office-reader", guard.card)
        disarmed = await house.event("AreaDisarmed", area="office")
    assert disarmed["data"]["door"] == "office-door"
    assert house.area("office")["status"] == "disarmed"
