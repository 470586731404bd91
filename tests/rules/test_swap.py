"""Another Site under the same doors: outputs wired otherwise, doors that come and go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules.compile import compile_site
from rules.model.commands import SetOutput
from rules.model.events import OutputReasserted
from rules.model.signals import OutputReported, SiteChanged, Unused
from rules.policy import Lock
from rules.site import Site
from rules.swap import described
from tests.rules.builder import ZONES, front, gate, lab, people, policy, site, store
from tests.rules.world import World

PLAIN = SiteChanged("", 0, "t", "1", "reload")


def other(**changes: Any) -> Site:
    return compile_site(policy(**changes), people(), "hash-2")


def swap(world: World, new: Site) -> World:
    signal = described(world.site, new, PLAIN)
    world.site = new
    return world.say(signal)


def test_the_same_doors_mean_nothing() -> None:
    found = described(site(), other(), PLAIN)
    assert (found.rules_hash, found.people_rev) == ("hash-2", 7)
    assert (found.rewired, found.unused, found.gone) == ((), (), ())


@pytest.mark.parametrize(
    ("doors", "rewired", "unused"),
    [
        ((front(lock=Lock("io.out9", True, "secure")), lab(), store(), gate()), ("io.out9",), ("io.out1",)),
        ((front(lock=Lock("io.out1", False, "safe")), lab(), store(), gate()), ("io.out1",), ()),
        ((lab(), store(), gate()), (), ("io.out1",)),
        ((front(lock=lab().lock), lab(lock=front().lock), store(), gate()), ("io.out2", "io.out1"), ()),
        ((front(lock=None), lab(), store(), gate()), (), ("io.out1",)),
    ],
)
def test_what_is_wired_otherwise(doors: tuple[Any, ...], rewired: tuple[str, ...], unused: tuple[str, ...]) -> None:
    found = described(site(), other(doors=doors), PLAIN)
    assert (found.rewired, tuple(left.output for left in found.unused)) == (rewired, unused)


def test_a_lock_that_moves_gets_the_level_of_its_mode_and_the_old_one_locks(world: World) -> None:
    world.ask("sue", "unlock", "front")
    swap(world, other(doors=(front(lock=Lock("io.out9", False, "safe")), lab(), store(), gate())))
    assert world.levels() == [SetOutput("io.out9", False), SetOutput("io.out1", False)]
    assert [e for e in world.events if isinstance(e, OutputReasserted)] == [
        OutputReasserted("io.out9", False),
        OutputReasserted("io.out1", False),
    ]


def test_a_door_that_is_new_is_locked_at_once(world: World) -> None:
    world.site = other(doors=(lab(), store(), gate()))
    swap(world, site())
    assert SetOutput("io.out1", False) in world.levels()


def test_a_door_that_goes_is_left_locked_by_its_own_polarity(world: World) -> None:
    swap(world, other(doors=(front(), store(), gate()), zones=ZONES[:0], fire={}))
    assert world.levels() == [SetOutput("io.out2", True)]


def test_what_fire_holds_released_stays_so(world: World) -> None:
    world.active("io.in11")
    swap(world, other(doors=(front(lock=Lock("io.out9", True, "secure")), lab(), store(), gate())))
    assert world.levels() == [SetOutput("io.out9", True)], "the new output releases, the old one is left as it is"


def test_the_alarms_of_what_is_gone_return(world: World) -> None:
    world.active("io.in1").wait(1)
    world.active("pirs.in6")
    assert {"door-forced.front", "zone-tamper.lab-case"} <= world.raised()
    swap(world, other(doors=(lab(), store(), gate()), zones=ZONES[:-1], fire={}))
    assert not world.raised() & {"door-forced.front", "zone-tamper.lab-case"}


def test_an_output_that_was_foreign_is_no_longer_ours_to_alarm(world: World) -> None:
    world.say(OutputReported("io.out1", True)).wait(2)
    assert "output-foreign.io.out1" in world.raised()
    swap(world, other(doors=(lab(), store(), gate()), fire={}))
    assert "output-foreign.io.out1" not in world.raised()
    world.wait(3600)
    assert not [key for key in world.abandoned if key.startswith("held")]


def test_an_exit_under_way_goes_on_at_the_new_output(world: World) -> None:
    world.active("io.in2")
    pulsed = world.pulses()
    swap(world, other(doors=(front(lock=Lock("io.out9", True, "secure")), lab(), store(), gate())))
    assert [p.output for p in world.pulses()] == ["io.out9"]
    assert [p.output for p in pulsed] == ["io.out1"]


def test_the_signal_survives_its_record() -> None:
    from rules.model.canonical import from_plain, to_plain

    signal = replace(PLAIN, rewired=("io.out1",), unused=(Unused("io.out2", "lab", True),), gone=(("door", "lab"),))
    assert from_plain(SiteChanged, to_plain(signal)) == signal


def test_polarity_is_what_the_door_had(world: World) -> None:
    found = described(site(), other(doors=(gate(),), zones=ZONES[:0], fire={}, access=(), minimum=(), deny=()), PLAIN)
    assert {left.output: left.locked for left in found.unused} == {"io.out1": False, "io.out2": True, "io2.out1": False}
    assert ("door", "lab") in found.gone
