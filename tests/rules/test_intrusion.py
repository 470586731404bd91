"""Armed areas: what each zone does in each state, delays, arming that fails, disarming by badge."""

from __future__ import annotations

import pytest

from rules.intrusion import ACTIVATION
from rules.model.commands import Answer
from rules.model.events import (
    AccessDenied,
    AccessGranted,
    AreaArmed,
    AreaDisarmed,
    AreaTriggered,
    ArmingFailed,
    EntryDelayStarted,
)
from rules.model.points import Sensed
from rules.model.signals import DeviceLost
from rules.people import Credential, CredentialStatus, Person
from rules.policy import Direction, ZoneType
from tests.rules.builder import ZONES, lab, people, site
from tests.rules.world import World

POINT = {z.type: z.input.point for z in ZONES}
STATUSES = ("disarmed", "arming", "armed_away", "pending", "triggered")
FAULTY = [Sensed.SHORT, Sensed.CUT, Sensed.GROUND, Sensed.FOREIGN, Sensed.MASKED]


def status(world: World) -> str:
    return world.state.area("lab").status


def bring(world: World, wanted: str) -> World:
    """An area in the wanted state."""
    if wanted != "disarmed":
        world.ask("gus", "arm", "lab")
    if wanted in ("armed_away", "pending", "triggered"):
        world.wait(20)
    if wanted == "pending":
        world.active(POINT[ZoneType.ENTRY_EXIT]).normal(POINT[ZoneType.ENTRY_EXIT])
    if wanted == "triggered":
        world.active(POINT[ZoneType.PERIMETER]).normal(POINT[ZoneType.PERIMETER])
    assert status(world) == wanted
    return world


def test_the_table_has_an_entry_for_every_state_and_zone() -> None:
    sleepless = {ZoneType.ALWAYS, ZoneType.TAMPER}
    assert ACTIVATION.keys() == {(s, z) for s in STATUSES for z in ZoneType if z not in sleepless}


# What becomes of the area on an activation: (before, of entry_exit, follower, perimeter, interior).
BECOMES = [
    ("disarmed", "disarmed", "disarmed", "disarmed", "disarmed"),
    ("arming", "arming", "arming", "arming", "arming"),
    ("armed_away", "pending", "triggered", "triggered", "triggered"),
    ("pending", "pending", "pending", "triggered", "triggered"),
    ("triggered", "triggered", "triggered", "triggered", "triggered"),
]
WATCHING = (ZoneType.ENTRY_EXIT, ZoneType.FOLLOWER, ZoneType.PERIMETER, ZoneType.INTERIOR)
CASES = [(row[0], zone, becomes) for row in BECOMES for zone, becomes in zip(WATCHING, row[1:], strict=True)]


@pytest.mark.parametrize(("at", "zone", "expected"), CASES)
def test_every_entry_of_the_table(world: World, at: str, zone: ZoneType, expected: str) -> None:
    bring(world, at).active(POINT[zone])
    assert status(world) == expected
    assert world.has(AreaTriggered) == (expected != at and expected == "triggered")
    assert ("intrusion.lab" in world.raised()) == (expected == "triggered")


@pytest.mark.parametrize("fault", FAULTY)
@pytest.mark.parametrize("at", STATUSES)
def test_a_fault_is_trouble_and_on_guard_an_activation(world: World, at: str, fault: Sensed) -> None:
    bring(world, at).sense(POINT[ZoneType.INTERIOR], fault)
    assert "zone-fault.lab-pir" in world.raised()
    assert world.has(AreaTriggered) == (at in ("armed_away", "pending"))


@pytest.mark.parametrize("at", STATUSES)
@pytest.mark.parametrize(
    ("zone", "alarm"), [(ZoneType.ALWAYS, "zone-alarm.lab-safe"), (ZoneType.TAMPER, "zone-tamper.lab-case")]
)
def test_some_zones_never_sleep(world: World, at: str, zone: ZoneType, alarm: str) -> None:
    bring(world, at).active(POINT[zone])
    assert alarm in world.raised()
    assert status(world) == at
    world.sense(POINT[zone], Sensed.CUT).sense(POINT[zone], Sensed.UNKNOWN)
    assert alarm in world.raised(), "neither a fault nor blindness is normal"
    world.normal(POINT[zone])
    assert alarm not in world.raised()


def test_the_exit_delay(world: World) -> None:
    world.ask("gus", "arm", "lab")
    assert world.answered().ok
    world.active(POINT[ZoneType.INTERIOR]).normal(POINT[ZoneType.INTERIOR]).wait(18)
    assert status(world) == "arming"
    world.wait(2)
    assert world.only(AreaArmed).by == "gus"
    assert world.ask("gus", "arm", "lab").answered().code == "already_armed"


def test_the_entry_delay(world: World) -> None:
    bring(world, "armed_away").active(POINT[ZoneType.ENTRY_EXIT])
    assert world.only(EntryDelayStarted).zone == "lab-door"
    world.wait(29.9)
    assert status(world) == "pending"
    world.wait(0.1)
    assert world.only(AreaTriggered).zone == "lab-door"
    assert not world.wait(600).events


def test_arming_is_refused_while_a_zone_is_faulty_or_unknown(world: World) -> None:
    world.sense(POINT[ZoneType.PERIMETER], Sensed.CUT).ask("gus", "arm", "lab")
    answer = world.answered()
    assert (answer.ok, answer.code, answer.body) == (False, "zones_not_normal", '{"zones":["lab-window"]}')
    assert world.only(ArmingFailed).zones == ("lab-window",)
    world.say(DeviceLost("pirs", "gone")).ask("gus", "arm", "lab")
    assert len(world.only(ArmingFailed).zones) == 6


def test_arming_fails_when_a_zone_is_not_normal_at_the_end(world: World) -> None:
    world.active(POINT[ZoneType.INTERIOR]).ask("gus", "arm", "lab")
    assert world.answered().ok
    world.wait(20)
    assert world.only(ArmingFailed).zones == ("lab-pir",)
    assert status(world) == "disarmed"
    assert world.state.alarms.get("arming-failed.lab") is not None
    assert not world.wait(60).events


def test_arming_fails_when_the_detectors_are_lost_meanwhile(world: World) -> None:
    world.ask("gus", "arm", "lab").say(DeviceLost("pirs", "gone")).wait(20)
    assert status(world) == "disarmed"
    assert world.has(ArmingFailed)


@pytest.mark.parametrize("area", ["lobby", "outside"])
def test_an_area_without_arming_cannot_be_armed(world: World, area: str) -> None:
    assert world.ask("gus", "arm", area).answered().code == "cannot_be_armed"


def test_only_keyholders_enter_an_armed_area_and_disarm_it(world: World) -> None:
    bring(world, "armed_away").card("lab-in", "c-cat").pin("lab-in", "ok")
    assert world.only(AccessDenied).reason == "area_armed"
    world.card("lab-in", "c-ann").pin("lab-in", "ok")
    assert world.has(AccessGranted)
    disarmed = world.only(AreaDisarmed)
    assert (disarmed.by, disarmed.door) == ("p-ann", "lab")
    assert status(world) == "disarmed"


def test_a_keyholder_ends_the_entry_delay(world: World) -> None:
    bring(world, "pending").card("lab-in", "c-ann").pin("lab-in", "ok")
    assert status(world) == "disarmed"
    assert not world.wait(60).has(AreaTriggered)


def test_leaving_disarms_nothing(world: World) -> None:
    bring(world, "armed_away").card("lab-out", "c-ann")
    assert world.has(AccessGranted)
    assert status(world) == "armed_away"


def test_nobody_else_ends_the_exit_delay_by_entering(world: World) -> None:
    bring(world, "arming").card("lab-in", "c-cat").pin("lab-in", "ok")
    assert world.has(AccessGranted)
    assert status(world) == "arming"


def test_a_flagged_exit_into_an_armed_area_disarms_nothing() -> None:
    """A lost card of a keyholder at a free exit that leads into an armed area opens, and disarms nothing."""
    doors = (lab(egress=frozenset({Direction.IN})),)
    cards = (Credential("c-gone", "p-ann", CredentialStatus.LOST),)
    world = World(site(people(credentials=cards), doors=doors, fire={}, deny=(), access=(), minimum=())).begin()
    bring(world, "armed_away").card("lab-in", "c-gone")
    assert "credential_lost" in world.only(AccessGranted).flags
    assert status(world) == "armed_away"


def test_disarming_by_request_returns_the_alarm_which_waits(world: World) -> None:
    bring(world, "triggered").ask("gus", "disarm", "lab")
    assert world.answered().code == "not_allowed"
    world.ask("sue", "disarm", "lab")
    assert world.answered().ok
    assert world.raised() == set()
    assert world.state.alarms.get("intrusion.lab") is not None
    assert world.ask("sue", "disarm", "lab").answered().code == "not_armed"
    assert world.ask("sue", "disarm", "nowhere").answered().code == "no_such_area"


def test_the_alarm_is_raised_again_the_next_time(world: World) -> None:
    bring(world, "triggered").ask("sue", "disarm", "lab")
    bring(world, "triggered")
    record = world.state.alarms.get("intrusion.lab")
    assert record is not None
    assert (record.active, record.count) == (True, 2)


def test_a_person_without_groups_is_no_keyholder(world: World) -> None:
    nobody = Person("p-nobody")
    world = World(site(people(nobody), minimum=())).begin()
    bring(world, "armed_away").card("lab-in", "c-nobody")
    denied = world.only(AccessDenied)
    assert "area_armed" in denied.also_failed
    assert not world.commands(Answer)
