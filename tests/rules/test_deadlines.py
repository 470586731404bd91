"""Deadlines: every kind goes when it is due, and what comes next costs nothing to ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.model.events import (
    DoorLayerCleared,
    DoorLayerSet,
)
from rules.model.signals import (
    CommandFailed,
    DeadlineReached,
    GatewayBegan,
    OutputReported,
    SiteChanged,
)
from rules.policy import InspectionPolicy, TwoPerson, Who
from rules.step import DUE, next_due, step
from tests.rules.builder import HERE, IN, MONDAY, SUNDAY, S, door, gate, grant, lab, site, store
from tests.rules.world import World


def with_every_deadline() -> World:
    """A world in which one deadline of each kind runs."""
    world = World(utc=SUNDAY).begin()
    world.card("front-in", "c-bob").active("io.in1").card("lab-in", "c-ann")
    world.say(OutputReported("io.out2", False)).ask("sue", "unlock", "store")
    world.say(CommandFailed(1, "io2.out1", "SetOutput", "x"))
    world.ask("gus", "arm", "lab")
    return world


def somebody_waits() -> World:
    """A world in which one person waits for a second one, and another to be inspected."""
    pairs = replace(grant("pairs", [("store", IN)], ["nights"]), two_person=TwoPerson(S))
    search = InspectionPolicy("search", HERE, Who(frozenset({"crew"})), (("store", IN),), 1_000_000, "always", S)
    access = (pairs, grant("crew", [("store", IN)], ["crew"]))
    world = World(site(access=access, inspections=(search,))).begin()
    return world.card("store-in", "c-nick").card("store-in", "c-cat")


def kinds(world: World) -> set[str]:
    return {key.partition(":")[0] for key, _ in world.state.deadlines.items()}


def test_every_kind_goes_when_it_is_due() -> None:
    world = with_every_deadline()
    found = kinds(world)
    world.wait(20).wait(0)
    world.active("pirs.in1")
    found |= kinds(world) | kinds(somebody_waits())
    assert found == DUE.keys() - {"schedule"}
    world.wait(3600)
    assert len(world.state.deadlines) == 0
    assert not world.abandoned


def test_a_deadline_that_is_not_due_means_nothing() -> None:
    world = with_every_deadline()
    for key, _ in world.state.deadlines.items():
        assert world.say(DeadlineReached(key)).events == []
    for kind in DUE:
        assert world.say(DeadlineReached(f"{kind}:nowhere")).events == []


def test_deadlines_of_what_new_rules_no_longer_know_are_given_up() -> None:
    world = with_every_deadline()
    left = door("other")
    world.site = site(doors=(left, gate()), zones=(), fire={}, access=(), minimum=(), deny=())
    world.say(SiteChanged("h", 7, "t", "1")).wait(3600)
    assert len(world.state.deadlines) == 0
    assert {key.partition(":")[0] for key in world.abandoned} >= {"release", "warn", "held", "pin", "foreign", "retry"}
    assert not any(key.startswith("internal") for key in world.raised())


def test_the_next_is_the_earliest_and_ties_are_settled_by_name() -> None:
    world = World(utc=SUNDAY).begin()
    world.card("front-in", "c-bob").card("store-in", "c-bob")
    due = next_due(world.site, world.state, world.stamp())
    assert due == ("t", world.t + 5 * S, "release:front")


def test_nothing_due_is_none() -> None:
    world = World(site(doors=(store(), lab()), fire={}), SUNDAY)
    assert next_due(world.site, world.state, world.stamp()) is None


def test_two_hundred_scheduled_doors_are_looked_at_once_per_transition() -> None:
    """Asked again and again between two transitions, no schedule is looked at: the answer is at hand."""
    doors = tuple(door(f"d{n}", unlock="office" if n % 2 else "nights") for n in range(200))
    world = World(site(doors=doors, fire={}, zones=(), minimum=(), deny=(), access=()), MONDAY)
    world.say(GatewayBegan("1", True))
    first = next_due(world.site, world.state, world.stamp())
    known = world.state.followed
    for n in range(1_000):
        world.utc += n
        assert next_due(world.site, world.state, world.stamp()) == first
    assert world.state.followed is known
    assert first == ("utc", MONDAY + 9 * 3600 * S, "schedule:d1")
    seen: list[Any] = []
    while (due := next_due(world.site, world.state, world.stamp())) and due[1] < MONDAY + 86_400 * S:
        world.utc = max(world.utc, due[1])
        seen += step(world.site, world.state, DeadlineReached(due[2]), world.stamp()).events
    assert len(seen) == len({(type(e), e.door) for e in seen if isinstance(e, DoorLayerSet | DoorLayerCleared)}) == 400


def test_undo_forgets_what_was_worked_out() -> None:
    world = World().begin()
    next_due(world.site, world.state, world.stamp())
    assert world.state.followed is not None
    world.state.mark()
    world.state.undo()
    assert world.state.followed is None
