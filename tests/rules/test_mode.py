"""Modes as layers: precedence, fire over everything, call points, lockdown, schedules, operators, held open."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from rules.compile import compile_site
from rules.emergency import fixed_path
from rules.mode import ORDER, explains_opening, mode, unlocked, with_layer, without_layer
from rules.model.commands import PulseOutput, SetOutput, Wait
from rules.model.events import AccessDenied, AccessGranted, DoorForced, DoorHeldOpen, DoorLayerSet, DoorOpened
from rules.model.points import Sensed
from rules.model.signals import DeviceFound, DeviceLost, InputChanged, SiteChanged
from rules.state import Layer
from tests.rules.builder import MONDAY, SUNDAY, S, front, gate, lab, people, policy, site, store
from tests.rules.world import World

PANEL, STAIRS, CALL_POINT = "io.in11", "io.in12", "io.in3"


def layers(*named: tuple[str, str]) -> tuple[Layer, ...]:
    return tuple(Layer(layer, "x", value) for layer, value in named)


@pytest.mark.parametrize(("high", "low"), list(itertools.combinations(ORDER, 2)))
def test_the_highest_layer_decides_in_any_order(high: tuple[str, str, str], low: tuple[str, str, str]) -> None:
    for pair in ((high, low), (low, high)):
        found = [Layer(layer, f"by-{value}", value) for layer, value, _ in pair]
        assert mode(found) == high[2]


@pytest.mark.parametrize(
    ("named", "is_unlocked", "explains"),
    [
        ((), False, False),
        ((("schedule", "unlock"),), True, True),
        ((("operator", "unlock"),), True, True),
        ((("operator", "lock"), ("schedule", "unlock")), False, False),
        ((("blocked", "lock"), ("operator", "unlock")), False, False),
        ((("locked_open", "unlock"), ("blocked", "lock")), True, True),
        ((("locked_down", "lock"), ("locked_open", "unlock")), False, False),
        ((("fire", "release"), ("locked_down", "lock")), True, True),
        ((("emergency_release", "pressed"),), False, True),
        ((("emergency_release", "pressed"), ("schedule", "unlock")), True, True),
        ((("emergency_release", "pressed"), ("locked_down", "lock")), False, True),
        ((("nonsense", "unlock"),), False, False),
    ],
)
def test_what_a_mode_does_to_the_lock(named: tuple[tuple[str, str], ...], is_unlocked: bool, explains: bool) -> None:
    assert unlocked(layers(*named)) is is_unlocked
    assert explains_opening(layers(*named)) is explains


def test_a_holder_replaces_and_clears_its_own_setting_only() -> None:
    one, two = Layer("fire", "panel", "release"), Layer("fire", "stairs", "release")
    assert with_layer((one, two), one) == (two, one)
    assert without_layer((one, two), "fire", "panel") == (two,)
    assert without_layer((one,), "fire", "nobody") == (one,)


# -- fire -----------------------------------------------------------------------------------------------------


def test_fire_releases_its_doors_over_everything_and_at_once(world: World) -> None:
    world.ask("gus", "lockdown", "all").ask("sue", "block", "front").ask("gus", "lock", "lab")
    world.active(PANEL)
    assert world.levels() == [SetOutput("io.out1", True), SetOutput("io.out2", False)]
    assert {o.wait for o in world.orders} == {Wait.NONE}
    assert all(o.ttl is None for o in world.orders)
    assert "fire.panel" in world.raised()
    assert world.card("front-in", "c-bob").has(AccessGranted)
    world.active("io.in1")
    assert world.only(DoorOpened).authorised


def test_fire_stays_until_normal_and_reset(world: World) -> None:
    world.active(PANEL)
    assert world.ask("sue", "fire-reset", "panel").answered().code == "input_not_normal"
    world.normal(PANEL).wait(3600)
    assert mode(world.state.door("front").layers) == "fire"
    assert not world.levels()
    assert world.ask("sue", "reset", "fire.panel").answered().code == "use_fire_reset"
    world.ask("sue", "acknowledge", "fire.panel")
    assert mode(world.state.door("front").layers) == "fire"
    world.ask("sue", "fire-reset", "panel")
    assert world.answered().ok
    assert world.levels() == [SetOutput("io.out1", False), SetOutput("io.out2", True)]
    assert world.state.alarms.get("fire.panel") is None
    assert world.ask("sue", "fire-reset", "panel").answered().code == "no_such_alarm"


@pytest.mark.parametrize("lost", [Sensed.UNKNOWN, Sensed.CUT])
def test_fire_is_not_reset_while_its_input_is_not_known_to_be_normal(world: World, lost: Sensed) -> None:
    world.active(PANEL).sense(PANEL, lost)
    assert world.ask("sue", "fire-reset", "panel").answered().code == "input_not_normal"


def test_a_guard_cannot_reset_fire(world: World) -> None:
    world.active(PANEL).normal(PANEL)
    assert world.ask("gus", "fire-reset", "panel").answered().code == "not_allowed"


def test_a_fault_of_a_fire_input_is_trouble_and_releases_only_where_the_site_says_so(world: World) -> None:
    world.sense(PANEL, Sensed.CUT)
    assert world.raised() == {"fire-trouble.panel"}
    assert not world.orders
    world.sense(STAIRS, Sensed.SHORT)
    assert world.raised() == {"fire-trouble.panel", "fire-trouble.stairs", "fire.stairs"}
    assert world.levels() == [SetOutput("io.out1", True)]
    world.normal(STAIRS)
    assert world.raised() == {"fire-trouble.panel"}
    assert mode(world.state.door("front").layers) == "fire"


def test_a_lost_fire_input_neither_releases_nor_reassures(world: World) -> None:
    world.sense(PANEL, Sensed.CUT).say(DeviceLost("io", "gone"))
    assert not world.levels()
    assert "fire-trouble.panel" in world.raised()


def test_two_fires_are_reset_one_by_one(world: World) -> None:
    world.active(PANEL).active(STAIRS).normal(PANEL).normal(STAIRS)
    world.ask("sue", "fire-reset", "panel")
    assert mode(world.state.door("front").layers) == "fire"
    assert mode(world.state.door("lab").layers) == "locked"
    world.ask("sue", "fire-reset", "stairs")
    assert mode(world.state.door("front").layers) == "locked"


def test_fire_is_asserted_again_when_a_module_returns(world: World) -> None:
    world.active(PANEL).say(DeviceLost("io", "gone"), DeviceFound("io"))
    assert world.levels() == [SetOutput("io.out1", True), SetOutput("io.out2", False)]


def test_new_rules_release_what_they_name_and_a_reset_frees_what_they_no_longer_name(world: World) -> None:
    world.active(PANEL)
    fires = dict(world.site.fire)
    fires["panel"] = replace(fires["panel"], doors=("store", "front"))
    world.site = compile_site(policy(fire=fires), people(), "hash-2")
    world.say(SiteChanged("hash-2", 7, "2026a", "1"))
    assert world.levels() == [SetOutput("io2.out1", True)]
    world.normal(PANEL).ask("sue", "fire-reset", "panel")
    assert {d: mode(world.state.door(d).layers) for d in world.site.doors} == dict.fromkeys(world.site.doors, "locked")


def test_the_fixed_path_needs_no_state() -> None:
    made = site()
    fire = [SetOutput("io.out1", True), SetOutput("io.out2", False)]
    assert [o.command for o in fixed_path(made, PANEL, Sensed.OPEN)] == fire
    assert [o.command for o in fixed_path(made, STAIRS, Sensed.CUT)] == fire[:1]
    assert [o.command for o in fixed_path(made, "io.in2", Sensed.CLOSED)] == [PulseOutput("io.out1", True, 5 * S)]
    assert {o.wait for p in (PANEL, "io.in2") for o in fixed_path(made, p, Sensed.ACTIVE)} == {Wait.NONE}
    quiet = [(PANEL, Sensed.CLOSED), (PANEL, Sensed.CUT), (PANEL, Sensed.UNKNOWN), ("io.in7", Sensed.CLOSED)]
    for point, sensed in (*quiet, ("io.in2", Sensed.CUT), ("io.in1", Sensed.OPEN), ("no.in1", Sensed.OPEN)):
        assert fixed_path(made, point, sensed) == ()


# -- call point, lockdown ---------------------------------------------------------------------------------------


def test_a_call_point_alarms_explains_the_opening_and_leaves_the_lock_alone(world: World) -> None:
    world.active(CALL_POINT)
    assert world.raised() == {"emergency-release.front"}
    assert mode(world.state.door("front").layers) == "emergency_release"
    assert world.levels() == [SetOutput("io.out1", False)]
    assert world.active("io.in1").only(DoorOpened).authorised
    world.normal("io.in1").normal(CALL_POINT)
    assert mode(world.state.door("front").layers) == "locked"


def test_a_call_point_never_locks_an_unlocked_door(monday: World) -> None:
    monday.active(CALL_POINT)
    assert monday.levels() == [SetOutput("io.out1", True)]


def test_lockdown_of_an_area_takes_its_doors_and_ends_by_name(world: World) -> None:
    world.ask("gus", "lockdown", "lab")
    assert [d for d in world.site.doors if mode(world.state.door(d).layers) == "locked_down"] == ["lab"]
    assert world.ask("gus", "open", "lab").answered().code == "locked_down"
    assert world.ask("gus", "lockdown-end", "lab").answered().code == "not_allowed"
    assert world.ask("sue", "lockdown-end", "lab").answered().ok
    assert mode(world.state.door("lab").layers) == "locked"


def test_lockdown_reaches_the_door_of_a_controller(world: World) -> None:
    world.ask("gus", "lockdown", "all")
    assert mode(world.state.door("gate").layers) == "locked_down"


def test_lockdown_locks_an_unlocked_door_without_waiting(monday: World) -> None:
    monday.ask("gus", "lockdown", "front")
    (order,) = [o for o in monday.orders if isinstance(o.command, SetOutput)]
    assert (order.command, order.wait) == (SetOutput("io.out1", False), Wait.NONE)
    assert monday.active("io.in1").has(DoorForced)


@pytest.mark.parametrize(("verb", "who"), [("lockdown", "gus"), ("block", "sue"), ("lock", "gus")])
def test_an_order_to_lock_ends_a_running_grant_but_no_exit(world: World, verb: str, who: str) -> None:
    world.card("front-in", "c-bob").ask(who, verb, "front")
    assert world.levels() == [SetOutput("io.out1", False)]
    assert not world.pulses()
    other = World(utc=SUNDAY).begin().ask("sue", "unlock", "front").active("io.in2")
    assert not other.pulses()
    other.wait(1).ask(who, verb, "front")
    assert [o.command for o in other.orders][:2] == [SetOutput("io.out1", False), PulseOutput("io.out1", True, 4 * S)]


# -- schedules, operators -----------------------------------------------------------------------------------------


def test_a_schedule_unlocks_and_locks_at_its_instants() -> None:
    world = World(utc=SUNDAY).begin()
    world.wait((MONDAY - SUNDAY) / S - 3 * 3600 - 1)
    assert not world.has(DoorLayerSet)
    world.wait(1)
    assert world.levels() == [SetOutput("io.out1", True)]
    assert [o.wait for o in world.orders] == [Wait.BEST_EFFORT]
    world.wait(12 * 3600 - 1)
    assert not world.orders
    world.wait(1)
    assert world.levels() == [SetOutput("io.out1", False)]
    assert [o.wait for o in world.orders] == [Wait.NONE]


def test_an_operator_overrules_the_schedule_until_auto(monday: World) -> None:
    monday.ask("gus", "lock", "front")
    assert monday.levels() == [SetOutput("io.out1", False)]
    assert monday.card("front-in", "c-bob").has(AccessGranted)
    monday.wait(10).ask("sue", "auto", "front")
    assert monday.levels() == [SetOutput("io.out1", True)]


def test_an_operator_unlocks(world: World) -> None:
    world.ask("sue", "unlock", "front")
    assert world.levels() == [SetOutput("io.out1", True)]
    world.ask("sue", "unlock", "front")
    assert not world.levels()
    assert world.answered().ok


def test_a_grant_at_the_last_moment_of_the_schedule_lasts() -> None:
    world = World(utc=MONDAY + 9 * 3600 * S - S).begin()
    world.card("front-in", "c-bob")
    assert not world.pulses()
    world.wait(1)
    assert [type(o.command) for o in world.orders] == [SetOutput, PulseOutput]
    assert world.pulses()[0].duration == 4 * S
    assert world.wait(4).levels() == [SetOutput("io.out1", False)]


def test_held_open_begins_when_the_mode_ends_with_the_door_open() -> None:
    world = World(utc=MONDAY + 9 * 3600 * S - 10 * S).begin()
    world.active("io.in1").wait(29.9)
    assert not world.has(DoorHeldOpen)
    assert world.wait(0.1).has(DoorHeldOpen)


def test_held_open_ends_when_a_mode_leaves_the_door_open(world: World) -> None:
    world.card("front-in", "c-bob").active("io.in1").ask("sue", "unlock", "front")
    assert world.wait(600).names == ["ReleaseEnded"]
    world.ask("sue", "auto", "front").wait(20)
    assert world.has(DoorHeldOpen)


def test_another_lock_layer_does_not_restart_the_count(world: World) -> None:
    world.card("front-in", "c-bob").active("io.in1").wait(10)
    world.ask("gus", "lock", "front").wait(10)
    assert world.has(DoorHeldOpen)


def test_a_door_that_new_rules_no_longer_schedule_is_locked(monday: World) -> None:
    monday.site = site(doors=(front(unlock=None), lab(), store(), gate()))
    monday.say(SiteChanged("h", 7, "2026a", "1"))
    assert monday.levels() == [SetOutput("io.out1", False)]


def test_blocked_is_over_operator_and_schedule(monday: World) -> None:
    monday.ask("sue", "block", "front").ask("sue", "unlock", "front")
    assert monday.levels() == [SetOutput("io.out1", False)]
    assert monday.card("front-in", "c-bob").only(AccessDenied).reason == "door_blocked"
    monday.ask("sue", "unblock", "front")
    assert monday.levels() == [SetOutput("io.out1", True)]


def test_a_fire_edge_missed_while_blind_counts_when_seen(world: World) -> None:
    world.say(DeviceLost("io", "gone"), InputChanged(PANEL, Sensed.OPEN), DeviceFound("io"))
    assert "fire.panel" in world.raised()
    assert SetOutput("io.out1", True) in world.levels()
