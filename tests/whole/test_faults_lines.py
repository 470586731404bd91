"""Cables pulled and plugged in again: `unknown` is said, once per cause, and nothing moves that nobody ordered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from simulators.mqtt_sensor import MqttSensor
from simulators.site import READERS, SimSite
from tests.whole.gatehouse import Gatehouse, until

BACK = 6.0
"""s for a device that answers again; the goal is 2, and a loaded machine may be slower."""


@contextmanager
def steel_watched(site: SimSite) -> Iterator[list[str]]:
    """Every movement of a relay, as the relay feels it."""
    moved: list[str] = []

    def watch(name: str, before: Callable[[str, bool], None] | None) -> Callable[[str, bool], None]:
        def changed(point: str, on: bool) -> None:
            moved.append(f"{name}.{point}={on}")
            if before is not None:
                before(point, on)

        return changed

    for name, module in site.modules.items():
        module.outputs_changed = watch(name, module.outputs_changed)
    yield moved


async def badge_opens(house: Gatehouse, reader: str) -> None:
    """A guard's badge works the door, and the door locks again."""
    door = house.site.doors[READERS[reader]]
    before = house.head
    await house.site.present(reader, house.somebody("security").card)
    await house.released(door)
    await house.event("AccessGranted", after=before, reader=reader)
    assert door.pull()
    await house.event("AccessTaken", after=before, door=door.id)
    door.shut()
    await until(f"{door.id} locked", lambda: door.locked)
    await until("confirmed", lambda: not any(link.health()["under_way"] for link in house.app.dispatch.links))


async def types(house: Gatehouse, after: int) -> list[str]:
    return [event["type"] for event in await house.journal(after)]


async def alarms_raised(house: Gatehouse, after: int) -> list[str]:
    return [e["data"]["alarm"] for e in await house.journal(after) if e["type"] == "AlarmRaised"]


async def gone(house: Gatehouse, device: str) -> None:
    await until(f"{device} offline", lambda: house.device(device)["status"] == "offline", 15)


async def back(house: Gatehouse, device: str) -> None:
    await until(f"{device} back", lambda: house.device(device)["status"] == "online", BACK)


@dataclass(frozen=True)
class Cable:
    """Something that can be pulled. alarm: the one that names the cause; reader: a badge there proves it is back."""

    pull: Callable[[SimSite], Awaitable[object]]
    plug: Callable[[SimSite], Awaitable[object]]
    devices: tuple[str, ...]
    alarm: str
    reader: str


async def _unplug(site: SimSite, line: str) -> None:
    site.serial(line).unplug()


async def _replug(site: SimSite, line: str) -> None:
    site.serial(line).replug()


CABLES = {
    "osdp": Cable(
        lambda site: site.osdp.unplug("north"),
        lambda site: site.osdp.replug("north"),
        ("front-reader", "staff-reader", "office-reader"),
        "link-lost.north",
        "office-reader",
    ),
    "ascii": Cable(
        lambda site: _unplug(site, "workshop"),
        lambda site: _replug(site, "workshop"),
        ("workshop-reader",),
        "link-lost.workshop",
        "workshop-reader",
    ),
    "modbus-tcp": Cable(
        lambda site: site.modules["east-io"].cut(),
        lambda site: site.modules["east-io"].restore(),
        ("east-io",),
        "link-lost.io-east",
        "office-reader",
    ),
    "modbus-rtu": Cable(
        lambda site: _unplug(site, "io-lab"),
        lambda site: _replug(site, "io-lab"),
        ("lab-io",),
        "link-lost.io-lab",
        "transfer-reader",
    ),
    "modbus-unit": Cable(
        lambda site: site.modules["lab-io"].cut(),
        lambda site: site.modules["lab-io"].restore(),
        ("lab-io",),
        "device-lost.lab-io",
        "transfer-reader",
    ),
}


@pytest.mark.parametrize("name", CABLES)
async def test_pulled_and_plugged_in_again(house: Gatehouse, name: str) -> None:
    cable = CABLES[name]
    await badge_opens(house, cable.reader)
    before = house.head
    with steel_watched(house.site) as moved:
        await cable.pull(house.site)
        for device in cable.devices:
            await gone(house, device)
            assert {*house.device(device)["inputs"].values()} <= {"unknown"}
        await house.event("AlarmRaised", after=before, alarm=cable.alarm)
        assert await alarms_raised(house, before) == [cable.alarm]
        assert (house.alarm(cable.alarm) or {})["active"]
        await cable.plug(house.site)
        for device in cable.devices:
            await back(house, device)
        await house.event("AlarmReturned", after=before, alarm=cable.alarm)
        assert not moved
    assert await alarms_raised(house, before) == [cable.alarm]
    assert not {"DoorForced", "DoorHeldOpen", "AccessGranted", "ReleaseEnded"} & {*await types(house, before)}
    await badge_opens(house, cable.reader)


async def test_a_door_that_stands_open_is_unknown_while_blind_and_never_closed(house: Gatehouse) -> None:
    east, door = house.site.modules["east-io"], house.site.doors["front"]
    before = house.head
    door.force()
    await house.event("DoorForced", after=before, door="front")
    blind = house.head
    await east.cut()
    await house.event("DoorPositionLost", after=blind, door="front")
    assert house.door("front")["position"] == "unknown"
    assert house.door("front")["lock"] == "unknown"
    await east.restore()
    await until("seen again", lambda: house.door("front")["position"] == "open", BACK)
    told = [e for e in await house.journal(blind) if e["data"].get("door") == "front"]
    assert "DoorClosed" not in {e["type"] for e in told}
    assert (house.alarm("door-forced.front") or {})["active"]
    door.shut()
    await house.event("DoorClosed", after=blind, door="front")


async def test_what_moved_while_blind_is_told_and_levels_are_sent_again(house: Gatehouse) -> None:
    west, door = house.site.modules["west-io"], house.site.doors["dock"]
    await house.online("west-io")
    before = house.head
    with steel_watched(house.site) as moved:
        await west.cut(power=True)  # its relays fall: the magnet lets go
        await house.event("LinkOffline", after=before, link="io-west")
        assert not door.locked
        door.force()
        await west.restore()
        await house.event("DeviceOnline", after=before, device="west-io")
        await until("the magnet holds again", lambda: west.output("out2"), BACK)
    told = await house.journal(before)
    reported = next(e for e in told if e["type"] == "InputReported" and e["data"]["point"] == "west-io.in2")
    assert reported["data"]["blind"] is True
    reasserted = {e["data"]["point"] for e in told if e["type"] == "OutputReasserted"}
    assert reasserted == {"west-io.out1", "west-io.out2"}
    assert "west-io.out1=True" not in moved
    assert house.door("dock")["position"] == "open"


async def test_a_sensor_that_leaves_the_broker_is_unknown_and_comes_back(house: Gatehouse) -> None:
    sensor = house.site.sensors["office-window"]
    await house.online("office-window")
    before = house.head
    await sensor.vanish()
    await house.event("DeviceOffline", after=before, device="office-window")
    assert house.device("office-window")["inputs"]["office-window.contact"] == "unknown"
    assert house.area("office")["zones"]["office-window"] == "unknown"
    await house.event("AlarmRaised", after=before, alarm="device-lost.office-window")
    assert await alarms_raised(house, before) == ["device-lost.office-window"]
    async with MqttSensor(house.site.broker.url, "office-window", "contact") as back:
        await back.say(last_seen=house.app.core.clock.utc() // 1000, contact=False)
        await house.online("office-window")
        await until("open", lambda: house.area("office")["zones"]["office-window"] == "active")
        await house.event("AlarmReturned", after=before, alarm="device-lost.office-window")


async def test_the_panel_pulled_and_plugged_in_again(house: Gatehouse) -> None:
    before = house.head
    house.site.serial("elk").unplug()
    await house.event("LinkOffline", after=before, link="elk")
    assert {*house.device("panel")["inputs"].values()} == {"unknown"}
    house.site.panel.zone(2, "violated")
    house.site.serial("elk").replug()
    await house.online("panel")
    await house.event("AlarmReturned", after=before, alarm="link-lost.elk")
    await house.event("AlarmRaised", after=before, alarm="zone-alarm.lab-freezer")
    assert house.area("lab")["zones"]["lab-freezer"] == "active"
