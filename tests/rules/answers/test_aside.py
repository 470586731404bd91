"""What a replay leaves out changes nothing that a decision looks at."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given

from rules.access import decide, pin_asked
from rules.answers.aside import ASIDE, READS, TABLES
from rules.answers.explain import explain
from rules.answers.replay import FOREVER, Group, replay
from rules.answers.turning import follow
from rules.model.events import Event
from rules.state import State
from rules.step import EVOLUTIONS, evolve
from tests.golden.make import sample
from tests.rules.answers.test_replay import Recorded
from tests.rules.builder import S
from tests.rules.builder import site as small
from tests.rules.profiles import examples
from tests.rules.random_sites import built, cases
from tests.rules.reference.case import Case


class Untouchable:
    """A table that nobody may look at."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"a decision looks at {name} of a table it has no business with")


def busy() -> Recorded:
    """A day with much besides reads: doors held and forced, devices lost and found, alarms, requests, a fire."""
    world = Recorded()
    world.begin()
    world.enter("front", "c-ann")
    world.active("io.in1").wait(60)
    world.normal("io.in1")
    world.card("lab-in", "c-cat")
    world.pin("lab-in", "wrong")
    world.card("lab-in", "c-cat").wait(60)
    world.active("io.in2").normal("io.in2").wait(30)
    world.enter("front", "c-bob")
    world.card("front-out", "c-ann").wait(400)
    return world


def touched(state: State, event: Event) -> set[str]:
    """The tables that an event changes."""
    names = {id(table): name for name, table in state.tables().items()}
    state.mark()
    with suppress(LookupError, AttributeError):  # of something that this state does not know
        evolve(state, event)
    return {names[id(table)] for table, _, _ in state._undo}


@pytest.mark.parametrize("kind", sorted(ASIDE, key=repr))
def test_what_is_left_out_changes_tables_that_no_decision_looks_at(kind: type[Any]) -> None:
    assert touched(State(), sample(kind.__name__)) <= TABLES
    world = busy()
    assert touched(world.state, sample(kind.__name__)) <= TABLES


def test_so_it_is_with_events_that_happened() -> None:
    state, seen = State(), set()
    for event in busy().history:
        found = touched(state, event)
        assert type(event) not in ASIDE or found <= TABLES
        seen.add(type(event))
    assert len(seen & ASIDE) >= 3
    assert len(seen - ASIDE) >= 6


def test_reads_are_never_left_out() -> None:
    assert ASIDE.isdisjoint(READS)
    assert {*ASIDE, *READS} <= set(EVOLUTIONS)
    assert set(State().tables()) >= TABLES


@given(cases())
@examples(60)
def test_no_decision_and_no_explanation_looks_at_them(case: Case) -> None:
    site, state, request = built(case.policy, case), case.state, case.request
    whole = decide(site, state, request), pin_asked(site, state, request)
    for name in TABLES:
        setattr(state, name, Untouchable())
    assert (decide(site, state, request), pin_asked(site, state, request)) == whole
    state.mark()
    follow(site, state, tuple(site.doors), request.utc)
    explain(site, state, request, request.utc + 3600 * S)


def test_the_same_is_judged_without_them() -> None:
    world, other = busy(), small(access=())
    fewer = [Group(g.signal, g.stamp, tuple(e for e in g.events if type(e) not in ASIDE)) for g in world.groups]
    assert sum(len(g.events) for g in fewer) < sum(len(g.events) for g in world.groups)
    for site in (world.site, other):
        whole = world.against(site)
        assert list(replay(site, State(), fewer, 0, FOREVER)) == whole
        assert len(whole) >= 5
