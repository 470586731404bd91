"""Requests to exit: release, shunt, held, stuck, broken; no mode denies one."""

from __future__ import annotations

import pytest

from rules.model.commands import PulseOutput, Wait
from rules.model.events import (
    DoorForced,
    DoorOpened,
    ExitRequested,
    ReleaseEnded,
)
from rules.model.points import Sensed
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


def test_a_button_releases_without_waiting_and_shunts(world: World) -> None:
    world.active(REX)
    assert world.only(ExitRequested).released
    (order,) = world.orders
    assert (order.command, order.wait) == (PulseOutput("io.out1", True, 5 * S), Wait.NONE)
    assert opened(world.normal(REX)).only(DoorOpened).authorised


def test_a_detector_shunts_without_releasing(world: World) -> None:
    world.active("io.in7")
    assert not world.only(ExitRequested).released
    assert world.orders == []
    assert world.active("io.in5").only(DoorOpened).authorised


def test_a_shunt_lasts_as_long_as_somebody_stands_there(world: World) -> None:
    world.active("io.in7").wait(12)
    assert world.active("io.in5").only(DoorOpened).authorised
    world.normal("io.in5").wait(1)
    assert world.active("io.in5").only(DoorOpened).authorised, "the second of two people who leave forces nothing"


def test_after_the_shunt_it_is_forced(world: World) -> None:
    world.active("io.in7").normal("io.in7").wait(5)
    assert world.active("io.in5").has(DoorForced)


def test_a_button_held_releases_again_and_again_until_let_go(world: World) -> None:
    world.active(REX).wait(12)
    assert [p.duration for p in world.pulses()] == [5 * S, 5 * S]
    world.normal(REX).wait(5)
    assert world.names == ["ReleaseEnded"]
    assert not world.wait(600).events


@pytest.mark.parametrize(("point", "name", "unlocks"), [(REX, "front-1", True), ("io.in8", "lab-2", False)])
def test_a_stuck_button_is_a_fault_and_goes_on_releasing_an_egress_door_only(
    world: World, point: str, name: str, unlocks: bool
) -> None:
    world.active(point).wait(29)
    assert world.raised() == set()
    world.wait(1)
    assert world.raised() == {f"rex-fault.{name}"}
    world.wait(20)
    assert bool(world.pulses()) == unlocks
    assert world.raised() == {f"rex-fault.{name}"}
    world.normal(point)
    assert world.raised() == set()
    assert not world.wait(60).raised()


def test_a_stuck_detector_shunts_no_longer(world: World) -> None:
    world.active("io.in7").wait(36)
    assert world.raised() == {"rex-fault.lab-1"}
    assert world.active("io.in5").has(DoorForced)


def test_a_button_let_go_is_never_a_fault_later(world: World) -> None:
    world.active(REX).wait(28)
    world.normal(REX).wait(600)
    assert world.state.alarms.get("rex-fault.front-1") is None


def test_a_fault_long_over_does_not_spoil_the_next_press(world: World) -> None:
    world.active("io.in8").wait(40)
    world.normal("io.in8").active("io.in8").wait(12)
    assert len(world.pulses()) == 2


@pytest.mark.parametrize("fault", FAULTY)
def test_a_broken_button_is_a_fault_and_no_exit(world: World, fault: Sensed) -> None:
    world.sense(REX, fault)
    assert not world.pulses()
    assert world.raised() == {"rex-fault.front-1"}


def test_no_mode_denies_a_request_to_exit(world: World) -> None:
    world.ask("gus", "lockdown", "all").ask("sue", "block", "front").ask("gus", "lock", "front")
    assert world.active(REX).pulses()


def test_a_held_button_survives_relocking_on_opening() -> None:
    world = with_front(relock=Relock.ON_OPEN)
    opened(world.active(REX))
    assert world.has(ReleaseEnded)
    assert world.pulses()


def test_a_button_never_shortens_a_grant(world: World) -> None:
    world.card("front-in", "c-slow").wait(1)
    assert world.active(REX).pulses()[0].duration == 14 * S


def test_a_detector_that_joins_a_grant_leaves_it_a_release(world: World) -> None:
    world.card("lab-out", "c-ann").active("io.in7")
    release = world.state.door("lab").release
    assert release is not None
    assert (release.unlocks, release.cause) == (True, "grant")
    world.ask("gus", "lockdown", "lab")
    assert not world.pulses(), "a detector makes no exit of a grant"
