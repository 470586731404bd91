"""Alarms: two memories each; the state is derived from them."""

from __future__ import annotations

import pytest

from rules.alarm import KINDS, SILENT, status
from rules.model.events import AlarmAcknowledged, AlarmRaised, AlarmReset, AlarmReturned
from rules.model.points import Sensed
from rules.model.signals import DeviceFound, DeviceLost, InputChanged, JournalStateChanged, LinkLost, SignalsLost
from rules.state import AlarmRecord
from tests.rules.world import World

FORCED, HELD = "door-forced.front", "door-held.front"


def state_of(world: World, alarm: str) -> str:
    return status(world.state.alarms.get(alarm))


@pytest.mark.parametrize(
    ("active", "count", "covered", "expected"),
    [
        (True, 1, 0, "unacknowledged"),
        (True, 1, 1, "acknowledged"),
        (True, 2, 1, "unacknowledged"),
        (False, 1, 0, "returned"),
        (False, 1, 1, "latched"),
    ],
)
def test_the_state_is_derived(active: bool, count: int, covered: int, expected: str) -> None:
    assert status(AlarmRecord("fire", "x", 1, True, active, count, covered)) == expected
    assert status(None) == "normal"


def test_a_latching_alarm_wants_all_three_acts(world: World) -> None:
    world.active("io.in1")
    assert state_of(world, FORCED) == "unacknowledged"
    assert world.ask("sue", "reset", FORCED).answered().code == "still_active"
    world.normal("io.in1")
    assert state_of(world, FORCED) == "returned"
    assert world.ask("sue", "reset", FORCED).answered().code == "not_acknowledged"
    world.ask("gus", "acknowledge", FORCED)
    assert world.only(AlarmAcknowledged).by == "gus"
    assert state_of(world, FORCED) == "latched"
    assert world.ask("gus", "acknowledge", FORCED).answered().code == "already_acknowledged"
    assert world.ask("gus", "reset", FORCED).answered().code == "not_allowed"
    world.ask("sue", "reset", FORCED)
    assert world.has(AlarmReset)
    assert state_of(world, FORCED) == "normal"
    assert world.ask("sue", "reset", FORCED).answered().code == "no_such_alarm"
    assert world.ask("sue", "acknowledge", FORCED).answered().code == "no_such_alarm"


def held(world: World) -> World:
    return world.active("io.in1").wait(25)


def test_another_alarm_goes_when_it_is_acknowledged_and_returned_in_either_order(world: World) -> None:
    held(world).ask("gus", "acknowledge", HELD)
    assert state_of(world, HELD) == "acknowledged"
    world.normal("io.in1")
    assert state_of(world, HELD) == "normal"
    held(world).normal("io.in1")
    assert state_of(world, HELD) == "returned"
    world.ask("gus", "acknowledge", HELD)
    assert state_of(world, HELD) == "normal"


def test_an_acknowledgement_covers_only_what_existed(world: World) -> None:
    world.active("io.in1").ask("gus", "acknowledge", FORCED)
    assert state_of(world, FORCED) == "acknowledged"
    world.normal("io.in1").active("io.in1")
    assert world.only(AlarmRaised).count == 2
    assert state_of(world, FORCED) == "unacknowledged"


def test_an_active_alarm_is_not_raised_twice(world: World) -> None:
    world.sense("io.in4", Sensed.OPEN).sense("io.in4", Sensed.CUT)
    assert not world.has(AlarmRaised)
    assert world.raised() == {"door-tamper.front"}


def test_one_alarm_for_a_lost_link(world: World) -> None:
    readers = ("front-in", "front-out", "lab-in")
    world.say(LinkLost("north", "unplugged"), *(DeviceLost(r, "unplugged") for r in readers))
    assert world.raised() == {"link-lost.north"}
    assert world.say(LinkLost("north", "unplugged")).events == []
    world.say(DeviceFound("front-in"))
    assert world.raised() == set()
    world.say(DeviceLost("lab-in", "silent"))
    assert world.raised() == {"device-lost.lab-in"}


def test_a_device_lost_alone_is_its_own_alarm_and_raised_once(world: World) -> None:
    world.say(DeviceLost("lab-in", "silent"), DeviceLost("lab-in", "silent"))
    assert world.names == ["DeviceOffline", "AlarmRaised"]
    world.say(DeviceFound("lab-in"))
    assert world.names == ["DeviceOnline", "AlarmReturned"]


@pytest.mark.parametrize(
    ("point", "alarm"),
    [("io.in4", "door-tamper.front"), ("io.tamper", "device-tamper.io"), ("io.power", "power.io")],
)
def test_watched_points(world: World, point: str, alarm: str) -> None:
    world.active(point)
    assert world.raised() == {alarm}
    world.sense(point, Sensed.UNKNOWN)
    assert world.raised() == {alarm}, "blind is not reassured"
    world.normal(point)
    assert world.raised() == set()
    world.sense(point, Sensed.CUT)
    assert world.raised() == {alarm}, "a fault is never normal"


def test_losing_a_device_returns_none_of_its_alarms(world: World) -> None:
    world.active("io.tamper").sense("io.in1", Sensed.SHORT).sense("io.in2", Sensed.CUT).active("pirs.in5")
    before = world.raised()
    world.say(DeviceLost("io", "gone"), DeviceLost("pirs", "gone"))
    assert before <= world.raised()
    assert not world.has(AlarmReturned)


def test_a_momentary_alarm_waits_for_somebody(world: World) -> None:
    world.say(SignalsLost("north", 7))
    assert state_of(world, "signals-lost.north") == "returned"


def test_a_degraded_journal_is_one_alarm(world: World) -> None:
    world.say(JournalStateChanged("spool"), JournalStateChanged("memory"))
    assert world.raised() == {"journal-degraded.journal"}
    world.say(JournalStateChanged("ok"))
    assert world.raised() == set()


@pytest.mark.parametrize("kind", ["door-forced", "duress", "fire", "device-tamper", "door-tamper", "intrusion"])
def test_what_must_latch_latches(kind: str) -> None:
    assert KINDS[kind][1]


def test_priorities_are_from_one_to_four() -> None:
    assert {priority for priority, _ in KINDS.values()} <= {1, 2, 3, 4}
    assert KINDS.keys() >= SILENT


def test_an_unknown_point_is_nobodys(world: World) -> None:
    assert world.say(InputChanged("io.in99", Sensed.OPEN), InputChanged("", Sensed.CUT)).events == []
