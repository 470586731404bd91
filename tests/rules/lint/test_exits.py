"""Where the linter is content, nothing that is written ever speaks against leaving; and readers let out regardless."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from rules.access import decide, look_up
from rules.asked import Request
from rules.compile import compile_site
from rules.model.reasons import Reason
from rules.policy import Policy
from rules.site import Site
from rules.state import State
from tests.rules.lint.clean import clean, people, safety
from tests.rules.lint.random_exits import policies, requests, states
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


@st.composite
def cases(draw: st.DrawFn) -> tuple[Policy, State, Request]:
    policy = draw(policies())
    return policy, draw(states(policy)), draw(requests())


@examples(400)
@given(cases())
def test_nothing_that_is_written_keeps_anybody_in(case: tuple[Policy, State, Request]) -> None:
    policy, state, request = case
    door = policy.doors[request.door]
    assume(request.direction in door.egress and request.reader in door.readers_out)
    assume(not safety(policy))
    assert speaks_against(compile_site(policy, people(), "hash"), state, request) == set()


def refused(policy: Policy) -> set[str]:
    return {found.code for found in safety(policy)}


def test_the_sites_that_are_looked_over_are_not_all_refused() -> None:
    """Of the sites above about as many pass as are refused, and for many reasons."""
    seen: dict[bool, int] = {True: 0, False: 0}
    reasons: set[str] = set()

    @examples(200, derandomize=True, database=None)
    @given(policies())
    def look(policy: Policy) -> None:
        found = refused(policy)
        seen[bool(found)] += 1
        reasons.update(found)

    look()
    assert min(seen.values()) > 30
    assert len(reasons) > 10


def test_what_is_refused_would_have_kept_somebody_in() -> None:
    """Not for the reader, which releases all the same: for the rules alone."""
    kept: set[Reason] = set()

    @examples(600, derandomize=True, database=None)
    @given(cases())
    def look(case: tuple[Policy, State, Request]) -> None:
        policy, state, request = case
        door = policy.doors[request.door]
        if request.direction in door.egress and request.reader in door.readers_out and safety(policy):
            kept.update(speaks_against(compile_site(policy, people(), "hash"), state, request))

    look()
    assert len(kept) >= 8
    assert safety(clean()) == []
