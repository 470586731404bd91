"""The door machine: position, passages, forced, held open, relocking, requests to exit."""

from __future__ import annotations

import itertools

import pytest

from rules.model.commands import PulseOutput, SetOutput
from rules.model.events import (
    AccessGranted,
    AccessNotTaken,
    AccessTaken,
    DoorClosed,
    DoorForced,
    DoorHeldOpen,
    DoorOpened,
    DoorPositionLost,
    HeldOpenWarned,
    InputReported,
    ReleasedByOperator,
    ReleaseEnded,
    ReleaseWithheld,
)
from rules.model.points import Outcome, Sensed
from rules.model.signals import DeviceFound, DeviceLost, InputChanged, ReleaseTimedOut
from rules.policy import Relock
from tests.rules.builder import SUNDAY, S, front, lab, site, store
from tests.rules.world import World

CONTACT, REX = "io.in1", "io.in2"
FAULTY = [Sensed.SHORT, Sensed.CUT, Sensed.GROUND, Sensed.FOREIGN, Sensed.MASKED]


def opened(world: World) -> World:
    return world.active(CONTACT)


def closed(world: World) -> World:
    return world.normal(CONTACT)


def with_front(**changes: object) -> World:
    return World(site(doors=(front(unlock=None, **changes), lab(), store())), SUNDAY).begin()


# -- passages -------------------------------------------------------------------------------------------------


def test_granted_and_taken(world: World) -> None:
    world.card("front-in", "c-bob")
    opened(world)
    assert world.names == ["InputReported", "DoorOpened", "AccessTaken"]
    assert world.only(DoorOpened).authorised
    assert world.only(AccessTaken).person == "p-bob"
    assert world.state.places.get("p-bob").area == "lobby"  # type: ignore[union-attr]
    closed(world)
    assert world.only(DoorClosed).relocks
    assert world.levels() == [SetOutput("io.out1", False)]
    assert not world.wait(60).events


def test_granted_and_not_taken(world: World) -> None:
    world.card("front-in", "c-bob").wait(6)
    assert world.names == ["ReleaseEnded", "AccessNotTaken"]
    assert world.levels() == [SetOutput("io.out1", False)]
    assert world.state.places.get("p-bob") is None


def test_a_second_badge_before_the_door_opens_is_a_second_passage(world: World) -> None:
    world.card("front-in", "c-bob").card("front-in", "c-ann")
    opened(world)
    assert [e.person for e in world.events if isinstance(e, AccessTaken)] == ["p-bob", "p-ann"]


def test_a_badge_while_the_door_stands_open_is_taken_at_once(world: World) -> None:
    world.card("front-in", "c-bob")
    opened(world).card("front-in", "c-ann")
    assert world.only(AccessTaken).person == "p-ann"
    assert not world.only(AccessGranted).watched


def test_a_second_badge_extends_and_never_shortens(world: World) -> None:
    world.card("front-in", "c-slow").card("front-in", "c-bob")
    assert world.pulses()[0].duration == 15 * S
    release = world.state.door("front").release
    assert release is not None
    assert (release.until - world.t, release.open_for) == (15 * S, 60 * S)


# -- forced, held ---------------------------------------------------------------------------------------------


def test_forced(world: World) -> None:
    opened(world)
    assert world.has(DoorForced)
    assert "door-forced.front" in world.raised()
    closed(world)
    assert world.raised() == set()
    assert world.state.alarms.get("door-forced.front") is not None
    assert not world.state.door("front").forced


def test_an_opening_after_the_release_is_forced(world: World) -> None:
    world.card("front-in", "c-bob").wait(5)
    assert opened(world).has(DoorForced)


def test_an_unlocked_mode_explains_an_opening(monday: World) -> None:
    opened(monday)
    assert monday.only(DoorOpened).authorised
    assert not monday.wait(3600).events


def test_held_open_warns_first(world: World) -> None:
    world.card("front-in", "c-bob")
    opened(world).wait(14.9)
    assert not world.has(HeldOpenWarned)
    world.wait(0.1)
    assert world.has(HeldOpenWarned)
    assert world.shown("front-in") == world.shown("front-out") == [Outcome.WARNING]
    world.wait(5)
    assert world.names == ["DoorHeldOpen", "AlarmRaised"]
    assert world.state.door("front").held
    assert not world.wait(3600).events
    closed(world)
    assert world.raised() == set()
    assert not world.state.door("front").held


def test_extended_people_hold_it_longer(world: World) -> None:
    world.card("front-in", "c-slow")
    opened(world).wait(50)
    assert not world.has(HeldOpenWarned)
    assert world.wait(10).has(DoorHeldOpen)


def test_a_forced_door_is_also_held(world: World) -> None:
    assert opened(world).wait(21).has(DoorHeldOpen)


# -- relocking ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("relock", list(Relock))
def test_relock(relock: Relock) -> None:
    world = with_front(relock=relock, release_time=30 * S)
    world.card("front-in", "c-bob").wait(1)
    assert opened(world).has(ReleaseEnded) == (relock is Relock.ON_OPEN)
    assert closed(world).has(ReleaseEnded) == (relock is Relock.ON_CLOSE)
    assert world.only(DoorClosed).relocks == (relock is Relock.ON_CLOSE)
    assert world.wait(30).has(ReleaseEnded) == (relock is Relock.TIMER)


def test_closing_without_having_opened_does_not_relock(world: World) -> None:
    world.sense(CONTACT, Sensed.CUT).card("front-in", "c-bob")
    assert not closed(world).has(ReleaseEnded)


# -- double leaf, faults, blindness ----------------------------------------------------------------------------


STATES = [Sensed.OPEN, Sensed.CLOSED, *FAULTY, Sensed.UNKNOWN]


@pytest.mark.parametrize(("one", "two"), list(itertools.product(STATES, STATES)))
def test_any_leaf_open_is_open_and_only_two_closed_leaves_are_closed(world: World, one: Sensed, two: Sensed) -> None:
    world.sense("io.in5", one).sense("io.in6", two)
    expected = "open" if Sensed.OPEN in (one, two) else "closed" if {one, two} == {Sensed.CLOSED} else "unknown"
    assert world.state.door("lab").position == expected


@pytest.mark.parametrize("fault", FAULTY)
def test_a_faulty_contact_is_unknown_and_alarmed(world: World, fault: Sensed) -> None:
    world.sense(CONTACT, fault)
    assert world.only(DoorPositionLost).state.value == fault.value
    assert world.raised() == {"contact-fault.front"}
    assert not world.has(DoorForced)
    closed(world)
    assert world.raised() == set()


def test_a_lost_contact_reassures_nobody(world: World) -> None:
    world.sense(CONTACT, Sensed.CUT).say(DeviceLost("io", "silence"))
    assert "contact-fault.front" in world.raised()


def test_lost_and_found_closed(world: World) -> None:
    world.say(DeviceLost("io", "silence"))
    assert world.state.door("front").position == "unknown"
    world.say(InputChanged(CONTACT, Sensed.CLOSED), DeviceFound("io"))
    assert world.state.door("front").position == "closed"


def test_opened_while_blind_is_seen_but_not_called_forced(world: World) -> None:
    world.say(DeviceLost("io", "silence"), InputChanged(CONTACT, Sensed.OPEN), DeviceFound("io"))
    assert not world.only(DoorOpened).authorised
    assert not world.has(DoorForced)
    assert world.only(InputReported).blind
    assert world.wait(20).has(DoorHeldOpen)


def test_held_open_does_not_count_while_blind(world: World) -> None:
    world.card("front-in", "c-bob")
    opened(world).say(DeviceLost("io", "silence"))
    assert not world.wait(60).has(DoorHeldOpen)
    assert world.state.door("front").position == "unknown"


# -- operators, withheld --------------------------------------------------------------------------------------


def test_an_operator_opens(world: World) -> None:
    world.ask("gus", "open", "front")
    assert world.only(ReleasedByOperator).operator == "gus"
    assert world.pulses() == [PulseOutput("io.out1", True, 5 * S)]
    assert opened(world).only(DoorOpened).authorised


def test_a_withheld_release_is_taken_back(world: World) -> None:
    world.card("lab-out", "c-ann").say(ReleaseTimedOut("lab"))
    assert world.only(ReleaseWithheld).person == "p-ann"
    assert world.active("io.in5").has(DoorForced)
    assert not world.has(AccessTaken)


def test_withholding_takes_no_exit_back(world: World) -> None:
    world.active("io.in8").card("lab-out", "c-ann").say(ReleaseTimedOut("lab"))
    assert world.pulses()
    assert world.active("io.in5").only(DoorOpened).authorised


def test_withholding_nothing_is_nothing(world: World) -> None:
    assert world.say(ReleaseTimedOut("lab"), ReleaseTimedOut("nowhere")).events == []


def test_not_taken_is_said_once_per_passage(world: World) -> None:
    world.card("front-in", "c-bob").card("front-in", "c-ann").wait(6)
    assert [e.person for e in world.events if isinstance(e, AccessNotTaken)] == ["p-bob", "p-ann"]
