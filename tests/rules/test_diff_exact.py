"""A difference against an exhaustive one: both engines are asked at every moment at which anything can change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from rules.ask import Ask, Option
from rules.diff import Diff, Row, diff
from rules.people import People, Person
from rules.policy import Policy
from rules.compile import compile_site
from rules.ruling import is_valid
from rules.site import Site
from rules.spans import holding
from tests.rules.instants import Said, Way, around, instants, option_of, usable, ways, what_is_asked
from tests.rules.profiles import examples
from tests.rules.random_policies import MOMENTS, Draw, policies
from tests.rules.random_sites import cards, cases, moments, persons
from tests.rules.reference.case import Case

LEVELS = ("", "t1", "t2")


@dataclass(frozen=True)
class Pair:
    """Two versions of a site with their people, and the times they are compared over."""

    cases: tuple[Case, Case]

    @property
    def sites(self) -> tuple[Site, Site]:
        old, new = (compile_site(c.policy, People.of(1, c.persons, c.cards), f"h{n}") for n, c in enumerate(self.cases))
        return old, new


SECTIONS = ("access", "minimum", "deny", "groups", "threats", "holidays", "areas", "limits", "inspections", "lockdown_exempt")


@st.composite
def pairs(draw: Draw) -> Pair:
    """The second version has some sections of another random policy, and at times other people."""
    case = draw(cases())
    zone = case.policy.timezone
    other = draw(policies(zone, case.request.utc))
    changed = draw(st.sets(st.sampled_from(SECTIONS), max_size=4))
    policy = replace(case.policy, **{name: getattr(other, name) for name in changed})
    if draw(st.booleans()):
        policy = replace(policy, access=mixed(case.policy, other))
    after = replace(case, policy=policy)
    if draw(st.integers(0, 3)) == 0:
        after = replace(after, persons=[draw(persons(p, case.request.utc, zone)) for p in ("p1", "p2", "p3")])
    if draw(st.integers(0, 3)) == 0:
        after = replace(after, cards=[draw(cards(c, case.request.utc)) for c in ("c1", "c2", "c3")])
    return Pair((case, after))


def mixed(old: Policy, new: Policy):
    taken = {rule.id: rule for rule in (*old.access[:3], *new.access[:2])}
    return tuple(taken.values())


@examples(40)
@given(pairs())
def test_no_mismatch_against_both_engines(pair: Pair) -> None:
    old, new = pair.sites
    lo, hi = around(pair.cases[0])
    found = diff(old, new, lo, hi)
    moments = sorted({at for case in pair.cases for at in instants(case, (old, new), lo, hi)})
    for at in moments:
        for id in ("p1", "p2", "p3"):
            for way in ways(old):
                for level in LEVELS:
                    check(pair, found, id, way, at, level)


def check(pair: Pair, found: Diff, id: str, way: Way, at: int, level: str) -> None:
    sites = pair.sites
