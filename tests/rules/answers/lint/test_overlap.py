"""Whatever is said to change nothing may be taken out, all at once, and nobody's decision changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.access import decide
from rules.answers.lint.finding import Finding
from rules.answers.lint.linter import lint
from rules.answers.lint.overlap import grant_suffices
from rules.asked import Request
from rules.compile import compile_site
from rules.people import People, Person
from rules.policy import (
    AccessPolicy,
    DenyPolicy,
    Escort,
    GroupPolicy,
    MinimumPolicy,
    Policy,
    Require,
    Source,
    TwoPerson,
    Who,
)
from rules.site import Site
from rules.state import FirstRecord, State, Waiting, WaitRecord
from tests.rules.answers.lint.clean import clean, on, people, said, weekly
from tests.rules.builder import IN, MONDAY, S, interval
from tests.rules.dice import rolled
from tests.rules.instants import Way, around, instants, ways
from tests.rules.profiles import examples
from tests.rules.random_sites import built, case
from tests.rules.reference.case import Case

WAYS = [("front", IN), ("lab", IN)]
WHENS = ["always", "daily", "noons", "nights", "never"]
NIGHTS = weekly("nights", interval(range(7), 960, 1920, ["holiday"]))
LEADS = {"leads": GroupPolicy("leads", Source("groups.yaml", 1, 1), (Who(frozenset({"guards"})),))}
REDUNDANT = ("rule-shadowed", "rule-duplicate")


def who(rng: Random) -> Who:
    groups = rng.sample(["staff", "crew", "guards", "leads"], rng.choice([0, 1, 1, 1, 2]))
    attributes = rng.choice([(), (), (), (("company", "acme"),), (("company", "acme"), ("company", "doorco"))])
    but = rng.choice([(), (), (), (Who(frozenset({"crew"})),)])
    valid = rng.choice([frozenset[str]()] * 4 + [frozenset({"training"})])
    return Who(frozenset(groups), attributes, valid=valid, but=but)


def grant(rng: Random, n: int) -> AccessPolicy:
    return AccessPolicy(
        f"g{n}",
        Source("rules.yaml", rng.randrange(9), 1),
        who(rng),
        tuple(rng.sample(WAYS, rng.choice([1, 1, 2]))),
        rng.choice(WHENS),
        rng.choice([Require.CARD] * 3 + [Require.CARD_PIN, Require.PIN]),
        rng.choice([None, None, None, TwoPerson(S, "guards"), TwoPerson(S)]),
        rng.choice([None, None, None, Escort(frozenset({"guards"}), S)]),
        rng.choice([frozenset[str]()] * 3 + [frozenset({"guards"})]),
    )


def denial(rng: Random, n: int) -> DenyPolicy:
    whom = replace(who(rng), valid=frozenset())
    return DenyPolicy(f"d{n}", Source("deny.yaml", rng.randrange(9), 1), whom, (rng.choice(WAYS),), rng.choice(WHENS))


def minimum(rng: Random, n: int) -> MinimumPolicy:
    return MinimumPolicy(
        f"m{n}",
        Source("minimum.yaml", rng.randrange(9), 1),
        (rng.choice(WAYS),),
        rng.choice([None, Require.CARD_PIN]),
        rng.choice(WHENS),
        rng.choice([None, TwoPerson(S, "guards"), TwoPerson(S)]),
    )


def policy_of(rng: Random) -> Policy:
    return on(
        clean(schedules=(NIGHTS,), groups=LEADS),
        access=tuple(grant(rng, n) for n in range(6)),
        deny=tuple(denial(rng, n) for n in range(rng.choice([0, 0, 3]))),
        minimum=tuple(minimum(rng, n) for n in range(rng.choice([0, 0, 3]))),
    )


def without(policy: Policy, found: Iterable[Finding]) -> Policy:
    gone = {each.subject for each in found}
    return on(
        policy,
        access=tuple(rule for rule in policy.access if rule.id not in gone),
        deny=tuple(rule for rule in policy.deny if rule.id not in gone),
        minimum=tuple(rule for rule in policy.minimum if rule.id not in gone),
    )


EVERYBODY = people(
    Person("p-dan", frozenset({"crew"}), (("company", "acme"),)),
    Person("p-eve", frozenset({"guards"}), (("training", "2020-01-01"),)),
    Person("p-fay", frozenset({"crew", "guards"}), (("company", "acme"), ("training", "valid"))),
)


def answers(site: Site, rng: Random) -> list[object]:
    """What some requests in some moments come to."""
    state = State()
    if rng.random() < 0.5:
        for door in ("lobby", "lab"):
            state.firsts.put(f"{door}/guards", FirstRecord(MONDAY - rng.randrange(48) * 3600 * S))
    for door in ("front", "lab"):
        other = rng.choice(sorted(EVERYBODY.persons))
        waits = Waiting(other, f"c-{other[2:]}", f"{door}-in", None, "second", (), 20_000 * S)
        state.waits.put(f"{door}:in", WaitRecord((waits,)))
    return [decide(site, state, _request(rng)).failed for _ in range(40)]


def _request(rng: Random) -> Request:
    door, pin, by = rng.choice(["front", "lab"]), rng.choice(["none", "ok"]), "card"
    if pin == "ok":
        by = rng.choice(["card", "pin"])
    token = rng.choice(sorted(EVERYBODY.credentials))
    utc = MONDAY + rng.randrange(400) * 1800 * S
    return Request(door, IN, token, f"{door}-in", 10_000 * S, utc, pin=pin, by=by, entropy="00")


@examples(200)
@given(st.integers(0, 1 << 64))
def test_nothing_changes_without_what_is_redundant(seed: int) -> None:
    policy = policy_of(Random(seed))
    less = without(policy, (each for each in said(policy, _fresh()) if each.code in REDUNDANT))
    if less != policy:
        sites = [compile_site(each, _fresh(), "hash") for each in (policy, less)]
        assert answers(sites[0], Random(seed)) == answers(sites[1], Random(seed))


@examples(25)
@given(rolled(case, 900))
def test_nor_on_a_site_with_all_of_the_language(found: Case) -> None:
    site, now = built(found.policy, found), found.request.utc
    less = without(found.policy, (each for each in lint(site, now) if each.code in REDUNDANT))
    if less != found.policy:
        _without_visitors(found.state)
        sites, hi = (site, built(less, found)), around(found)[1]
        for at in instants(found, sites[:1], now, hi)[:8]:
            for way in ways(site):
                for card in found.cards:
                    asked = replace(found.request, **_at(way, at), token=card.token, pin="none", by="card")
                    before, after = (decide(one, found.state, asked) for one in sites)
                    assert (before.failed, before.flags) == (after.failed, after.flags)


def _at(way: Way, utc: int) -> dict[str, Any]:
    return {"door": way[0], "direction": way[1], "reader": f"{way[0]}-{way[1].value}", "utc": utc}


def _without_visitors(state: State) -> None:
    """Nobody waits for an escort where no rule may want one any more."""
    for way, record in tuple(state.waits.items()):
        left = tuple(one for one in record.waiting if one.need != "escort")
        state.waits.put(way, replace(record, waiting=left))


@examples(100)
@given(st.integers(0, 1 << 64))
def test_a_beaten_grant_lets_nobody_in(seed: int) -> None:
    policy = policy_of(Random(seed))
    for found in said(policy, _fresh()):
        if found.code == "rule-beaten":
            alone = on(policy, access=tuple(rule for rule in policy.access if rule.id == found.subject))
            assert all(answers(compile_site(alone, _fresh(), "hash"), Random(seed)))


def test_the_rules_looked_over_are_redundant_often_enough() -> None:
    rng = Random(1)
    found = [each.code for _ in range(150) for each in said(policy_of(rng), _fresh())]
    assert found.count("rule-shadowed") > 50
    assert found.count("rule-beaten") > 5
    assert found.count("grant-undercut") > 20


def _fresh() -> People:
    return EVERYBODY.snapshot()


PLAIN = AccessPolicy("a", Source("rules.yaml", 1, 1), Who(frozenset()), tuple(WAYS), "daily")
TWO, GUARDED, FIRST = TwoPerson(S), Escort(frozenset({"guards"}), S), frozenset({"guards"})


@pytest.mark.parametrize(
    ("asked", "suffices"),
    [
        ({}, True),
        ({"require": Require.CARD_PIN}, False),
        ({"require": Require.PIN}, False),
        ({"two_person": TWO}, False),
        ({"escort": GUARDED}, False),
        ({"first_person": FIRST}, False),
    ],
)
def test_a_grant_that_asks_for_more_does_not_suffice(asked: dict[str, Any], suffices: bool) -> None:
    assert grant_suffices(replace(PLAIN, **asked), PLAIN) is suffices
    assert grant_suffices(replace(PLAIN, **asked), replace(PLAIN, **asked))


def test_whoever_comes_first_comes_anew_with_each_schedule() -> None:
    waiting = replace(PLAIN, first_person=FIRST)
    assert grant_suffices(waiting, replace(waiting, id="b"))
    assert not grant_suffices(replace(waiting, when="always"), waiting)
    assert grant_suffices(replace(PLAIN, when="always"), waiting)


def test_windows_and_companions_must_be_the_same() -> None:
    two = replace(PLAIN, two_person=TWO)
    assert not grant_suffices(replace(two, two_person=TwoPerson(2 * S)), two)
    assert not grant_suffices(replace(PLAIN, escort=Escort(FIRST, 2 * S)), replace(PLAIN, escort=GUARDED))


@pytest.mark.parametrize("by_minimum", [False, True])
def test_where_two_pass_by_one_grant_one_for_both_is_not_said_by_one_for_each(by_minimum: bool) -> None:
    """A chemist and a guard pass together by `both`, and by neither of the others."""
    two = None if by_minimum else TWO
    demand = MinimumPolicy("m", Source("minimum.yaml", 1, 1), (WAYS[0],), None, "always", TWO)
    each = (
        replace(PLAIN, id=id, who=Who(frozenset(groups)), doors=(WAYS[0],), when="always", two_person=two)
        for id, groups in {"a": ["crew"], "b": ["guards"], "both": ["crew", "guards"]}.items()
    )
    policy = on(clean(), access=tuple(each), minimum=(demand,) if by_minimum else ())
    assert [each.subject for each in said(policy, _fresh()) if each.code in REDUNDANT] == ["a", "b"]
    alone = on(policy, access=policy.access[:2])
    state, asked = State(), Request("front", IN, "c-dan", "front-in", 10_000 * S, MONDAY, entropy="00")
    waits = Waiting("p-eve", "c-eve", "front-in", None, "second", (), 20_000 * S)
    state.waits.put("front:in", WaitRecord((waits,)))
    granted = [decide(compile_site(found, _fresh(), "hash"), state, asked).granted for found in (policy, alone)]
    assert granted == [True, False]
