"""Where the linter is content, nothing that is written ever speaks against leaving; and readers let out regardless."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.access import decide, look_up
from rules.asked import Request
from rules.compile import compile_site
from rules.model.reasons import Reason
from rules.policy import Policy
from rules.site import Site
from rules.state import State
from tests.rules.answers.lint.clean import people, safety
from tests.rules.answers.lint.random_exits import policies, request_of, state_of
from tests.rules.profiles import examples

OF_THE_PERSON = frozenset({Reason.NO_ACCESS_RIGHTS, Reason.OUTSIDE_SCHEDULE})
"""What a grant that somebody does not have says of them: there is no rule to take out."""


def speaks_against(site: Site, state: State, request: Request) -> set[Reason]:
    """The reasons for which rules would keep somebody in who has every right to leave."""
    found = set(decide(site, state, request).failed) - OF_THE_PERSON
    if Reason.AREA_ARMED in found and not _may_be_in(site, request):
        found.discard(Reason.AREA_ARMED)
    return found


def _may_be_in(site: Site, request: Request) -> bool:
    """True if a rule lets them into the area that they leave."""
    asked = look_up(site, State(), request)
    ways = [*site.entries.values(), *site.exits.values()]
    into = [way for way in ways if way.area.id == asked.way.near.id]
    return any(not set(way.grants).isdisjoint(asked.classes) for way in into)


SEEDS = st.integers(0, 1 << 64)
STATES = 15
"""How many are looked at of each site."""


def is_free(policy: Policy, request: Request) -> bool:
    """True for a reader that lets people out whatever it reads."""
    door = policy.doors[request.door]
    return request.direction in door.egress and request.reader in door.readers_out


def kept_in(policy: Policy, seed: int) -> set[Reason]:
    """The reasons met at free readers in some states of a site."""
    site, rng = compile_site(policy, people(), "hash"), Random(seed)
    cases = ((state_of(policy, rng), request_of(rng)) for _ in range(STATES))
    return {
        reason
        for state, request in cases
        if is_free(policy, request)
        for reason in speaks_against(site, state, request)
    }


@examples(400)
@given(policies(), SEEDS)
def test_nothing_that_is_written_keeps_anybody_in(policy: Policy, seed: int) -> None:
    if not safety(policy):
        assert kept_in(policy, seed) == set()


def test_the_sites_looked_over_are_of_both_kinds_and_what_is_refused_would_have_kept_people_in() -> None:
    """Not for the reader, which releases all the same: for the rules alone."""
    refused, passed = set[str](), 0
    kept: set[Reason] = set()

    @settings(examples(250), derandomize=True, database=None)
    @given(policies(), SEEDS)
    def look(policy: Policy, seed: int) -> None:
        nonlocal passed
        found = safety(policy)
        refused.update(each.code for each in found)
        passed += not found
        if found:
            kept.update(kept_in(policy, seed))

    look()
    assert passed > 30
    assert len(refused) > 10
    assert len(kept) > 10
