"""What an exit is given is not taken back, and what fire released is not locked again: one case each."""

from __future__ import annotations

import pytest

from rules.compile import compile_site
from rules.emergency import fixed_path
from rules.model.commands import PulseOutput, SetOutput, Wait
from rules.model.events import AccessDenied, AccessGranted, DoorForced, InternalError
from rules.model.points import Sensed
from rules.model.signals import DeviceFound, DeviceLost, OutputReported, ReleaseTimedOut, SignalFaulted, SiteChanged
from rules.policy import FirePolicy, Rex
from rules.site import Site
from rules.swap import described
from tests.rules.builder import HERE, S, circuit, front, gate, lab, people, policy, site, store
from tests.rules.world import World

FREE, REX = "front-out", "io.in2"
FIRE = "io.in11"


def swap(world: World, new: Site) -> World:
    signal = described(world.site, new, SiteChanged("", 0, "t", "1", "reload"))
    world.site = new
    return world.say(signal)


def freed(world: World, output: str = "io.out1", on: bool = True) -> bool:
    """True if an order that does not wait releases the lock now."""
    return any(
        o.wait is Wait.NONE
        and isinstance(o.command, PulseOutput | SetOutput)
        and (o.command.output, o.command.on) == (output, on)
        for o in world.orders
    )


def strict(**changes: object) -> World:
    """The front door, whose releases must be on record first."""
    made = site(doors=(front(journal_required=True, **changes), lab(), store(), gate()))
    return World(made).begin()


# -- faults ----------------------------------------------------------------------------------------------------------


def test_a_read_on_the_way_out_releases_even_where_its_evaluation_fails(world: World) -> None:
    world.say(SignalFaulted("CardPresented", FREE, "KeyError"))
    assert world.has(InternalError)
    assert world.only(AccessGranted).flags == ("internal_error",)
    assert not world.has(AccessDenied)
    assert freed(world)
    assert world.raised() == set()


def test_a_read_on_the_way_in_whose_evaluation_fails_is_denied(world: World) -> None:
    world.say(SignalFaulted("CardPresented", "front-in", "KeyError"))
    assert world.only(AccessDenied).reason == "internal_error"
    assert not world.pulses()


@pytest.mark.parametrize("point", [FIRE, REX])
def test_what_the_fixed_path_released_is_not_locked_again_as_foreign(world: World, point: str) -> None:
    """The step of the input raised: nothing of ours explains the released lock, but the fault does."""
    assert fixed_path(world.site, point, world.site.inputs[point].active or Sensed.ACTIVE)
    world.say(SignalFaulted("InputChanged", point, "KeyError"))
    world.say(OutputReported("io.out1", True)).wait(4)
    assert SetOutput("io.out1", False) not in world.levels()
    assert "output-foreign.io.out1" in world.raised()


# -- modes and the journal --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exit", ["card", "rex"])
@pytest.mark.parametrize("seen", [None, False])
def test_an_exit_does_not_wait_for_the_record_of_the_mode_that_unlocks(exit: str, seen: bool | None) -> None:
    world = strict()
    assert world.state.door("front").layers, "the office schedule holds it open, once that is on record"
    if seen is not None:
        world.say(OutputReported("io.out1", seen))
    (world.card(FREE, "c-bob") if exit == "card" else world.active(REX))
    assert freed(world)


def test_a_lock_that_was_seen_released_may_have_locked_since() -> None:
    """What was read back may be older than an order to lock, and the order to unlock waits for the record."""
    world = strict()
    world.say(OutputReported("io.out1", True)).ask("sue", "lockdown", "front").ask("sue", "lockdown-end", "front")
    assert freed(world.active(REX))


def test_a_lock_that_is_seen_released_and_waits_for_no_record_is_not_touched(monday: World) -> None:
    monday.say(OutputReported("io.out1", True)).active(REX)
    assert not monday.levels()
    assert not monday.pulses()


def test_an_exit_does_not_bring_back_an_entry_that_a_lockdown_ended(world: World) -> None:
    world.card("front-in", "c-slow").ask("sue", "lockdown", "front")
    assert world.active(REX).pulses() == [PulseOutput("io.out1", True, 5 * S)]


@pytest.mark.parametrize("exit", ["card", "rex"])
@pytest.mark.parametrize("verb", ["lockdown", "block", "lock"])
def test_no_order_to_lock_ends_an_exit_that_runs(world: World, exit: str, verb: str) -> None:
    (world.card(FREE, "c-unknown") if exit == "card" else world.active(REX).normal(REX))
    world.wait(1).ask("sue", verb, "front")
    assert world.pulses() == [PulseOutput("io.out1", True, 4 * S)]
    assert freed(world)


def test_a_module_that_returns_goes_on_with_an_exit_by_card(world: World) -> None:
    world.card(FREE, "c-bob").wait(1)
    world.say(DeviceLost("io", "timeout"), DeviceFound("io"))
    assert world.pulses() == [PulseOutput("io.out1", True, 4 * S)]


def test_an_exit_in_an_entry_outlasts_an_order_to_lock_and_the_entry_does_not(world: World) -> None:
    world.card("front-in", "c-slow").active(REX).wait(1)
    world.ask("sue", "lockdown", "all")
    assert world.pulses() == [PulseOutput("io.out1", True, 4 * S)]


def test_an_entry_that_is_withheld_leaves_the_exit_that_runs() -> None:
    world = strict(unlock=None)
    world.active(REX).normal(REX)
    world.card("front-in", "c-bob").say(ReleaseTimedOut("front"))
    release = world.state.door("front").release
    assert release is not None
    assert (release.cause, release.passages) == ("rex", ())
    assert not world.active("io.in1").has(DoorForced)


# -- fire and another rule set ----------------------------------------------------------------------------------------


def burning(*doors: str, id: str = "panel", fault: bool = False) -> Site:
    fire = {id: FirePolicy(id, HERE, circuit(FIRE, Sensed.OPEN), doors, fault)}
    return compile_site(policy(fire=fire), people(), "hash-2")


def test_a_fire_by_another_name_releases_what_it_names(world: World) -> None:
    swap(world, burning("lab"))
    world.active(FIRE)
    swap(world, burning("lab", "front", id="building"))
    assert freed(world)
    assert "fire.building" in world.raised()


def test_a_fault_that_counts_as_fire_from_now_on_releases(world: World) -> None:
    swap(world, burning("front"))
    world.sense(FIRE, Sensed.CUT)
    assert not freed(world)
    swap(world, burning("front", fault=True))
    assert freed(world)


def test_another_rule_set_raises_no_fire_that_is_over(world: World) -> None:
    swap(world, burning("front"))
    assert not freed(world)
    assert "fire.panel" not in world.raised()


def test_a_rex_that_is_new_is_asked(world: World) -> None:
    rex = Rex(circuit("io.in9"), "button", True, 30 * S)
    swap(world, compile_site(policy(doors=(front(rex=(rex,)), lab(), store(), gate())), people(), "hash-2"))
    assert freed(world.sense("io.in9", Sensed.CLOSED))
