"""One level or schedule swapped in place decides as if all had been compiled anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.access import Request, decide
from rules.calendar import Schedule
from rules.compile import compile_site, named_people, renamed
from rules.edit import with_access, with_schedule, without_access
from rules.policy import AccessPolicy, Direction, Escort, Policy, TwoPerson, Who
from rules.site import Site
from rules.state import State
from tests.rules.builder import (
    HERE,
    IN,
    MONDAY,
    OUT,
    PERSONS,
    SUNDAY,
    WEEK,
    S,
    grant,
    interval,
    people,
    policy,
    schedule,
)
from tests.rules.profiles import examples

WAYS = [(door, way) for door in ("front", "lab", "store", "gate") for way in (IN, OUT)]
GROUPS = ["staff", "crew", "nights", "keyholders"]
WHOS = [
    *(Who(frozenset({g})) for g in GROUPS),
    Who(frozenset({"staff", "nights"})),
    Who(frozenset()),
    Who(frozenset({"staff"}), (("company", "acme"),)),
    Who(frozenset({"staff"}), but=(Who(frozenset({"crew"})),)),
]


@st.composite
def levels(draw: st.DrawFn) -> AccessPolicy:
    plain = grant(
        draw(st.sampled_from(["staff-all", "lab-crew", "new", "a-new"])),
        draw(st.lists(st.sampled_from(WAYS), min_size=1, max_size=4, unique=True)),
        when=draw(st.sampled_from(["office", "nights", "always", "never"])),
    )
    return replace(
        plain,
        who=draw(st.sampled_from(WHOS)),
        two_person=draw(st.sampled_from([None, None, TwoPerson(S)])),
        escort=draw(st.sampled_from([None, None, Escort(frozenset({"staff"}), S)])),
        first_person=draw(st.sampled_from([frozenset[str](), frozenset({"crew"})])),
    )


def answers(site: Site) -> list[tuple[object, ...]]:
    """What everybody is told everywhere on a Monday and a Sunday, by night and by day."""
    state = State()
    moments = [MONDAY, SUNDAY, MONDAY + 13 * 3600 * S]
    tokens = [f"c-{p.id[2:]}" for p in PERSONS]
    return [
        (found.reason, found.also_failed, found.rule, found.rules_hash)
        for door, way in WAYS
        for token in tokens
        for utc in moments
        for found in [decide(site, state, Request(door, way, token, "r", 0, utc))]
    ]


def anew(rules: Policy) -> Site:
    return compile_site(rules, people(), "hash-2")


def site() -> Site:
    return compile_site(policy(), people(), "hash-1")


@examples(40)
@given(levels())
def test_a_level_that_is_put_in(level: AccessPolicy) -> None:
    edited = with_access(site(), level, "hash-2")
    others = tuple(rule for rule in policy().access if rule.id != level.id)
    assert edited.policy.access == (*others, level)
    assert answers(edited) == answers(anew(replace(policy(), access=(*others, level))))


@examples(20)
@given(st.lists(levels(), min_size=2, max_size=4))
def test_one_after_the_other_and_out_again(found: list[AccessPolicy]) -> None:
    edited = site()
    for level in found:
        edited = with_access(edited, level, "hash-x")
    for id in dict.fromkeys(level.id for level in found):
        edited = without_access(edited, id, "hash-2")
    left = tuple(rule for rule in policy().access if rule.id not in {level.id for level in found})
    assert answers(edited) == answers(anew(replace(policy(), access=left)))


def test_a_level_that_is_not_there_cannot_be_taken_out() -> None:
    with pytest.raises(KeyError):
        without_access(site(), "nobody", "hash-2")


def test_a_schedule_means_something_else_at_once_and_everywhere() -> None:
    later = schedule("office", interval(WEEK, 11 * 60, 12 * 60))
    before = site()
    assert decide(before, State(), Request("front", IN, "c-bob", "r", 0, MONDAY)).granted
    edited = with_schedule(before, later, "hash-2")
    rules = policy()
    assert answers(edited) == answers(anew(replace(rules, schedules={**rules.schedules, "office": later})))
    assert edited.policy.schedules["office"] == later


def test_a_schedule_becomes_no_other_one() -> None:
    made = site()
    with pytest.raises(ValueError, match="cannot become"):
        made.schedules["office"].become(schedule("nights"))
    with pytest.raises(ValueError, match="cannot become"):
        made.schedules["always"].become(schedule("always"))
    with pytest.raises(KeyError):
        with_schedule(made, schedule("unknown"), "hash-2")
    assert isinstance(made.schedules["office"], Schedule)


def test_where_it_stands_is_told_by_the_new_rule() -> None:
    level = replace(grant("staff-all", [("front", IN)], ["staff"]), source=replace(HERE, line=7))
    edited = with_access(site(), level, "hash-2")
    found = decide(edited, State(), Request("front", Direction.IN, "c-bob", "r", 0, MONDAY))
    assert (found.rule, found.source, found.rules_hash) == ("staff-all", level.source, "hash-2")


def test_a_name_in_a_rule_stands_for_whoever_bears_it_now() -> None:
    rules = replace(
        policy(),
        deny=(),
        access=(replace(grant("mine", [("front", IN)]), who=Who(frozenset(), persons=frozenset({"E1001"}))),),
    )
    made = compile_site(rules, people(), "hash-1", {})
    asked = Request("front", Direction.IN, "c-none", "r", 0, MONDAY)
    assert not decide(made, State(), asked).granted
    named = renamed(made, {"E1001": "p-none"})
    assert decide(named, State(), asked).rule == "mine"
    assert renamed(named, {"E1001": "p-none"}) is named
    assert not decide(renamed(named, {"E1001": "p-bob"}), State(), asked).granted
    assert renamed(site(), {"E1001": "p-none"}).members == site().members
    assert named_people(rules) == {"E1001"}
