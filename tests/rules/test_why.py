"""Explanations over random sites: what they offer would help, whatever the site, the moment and the state."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from hypothesis import given

from rules.access import decide
from rules.cause import Cause, Change
from rules.compile import compile_site
from rules.explain import TIMED, Explanation, explain
from rules.model.reasons import PRECEDENCE, Reason
from rules.model.stamp import ClockState, Stamp
from rules.people import People
from rules.site import Site
from rules.state import State
from tests.rules.builder import S
from tests.rules.profiles import examples
from tests.rules.random_sites import Case, cases

DAY = 86_400 * S
HOUR = 3600 * S


def site_of(case: Case) -> Site:
    return compile_site(case.policy, People.of(1, case.persons, case.cards), "h")


def explained(case: Case, horizon: int = 3 * DAY) -> Explanation:
    utc = case.stamp.utc
    return explain(site_of(case), case.state, case.request, utc, utc + horizon)


def at_zero(case: Case) -> Case:
    """With `t` as explain() has it: lockouts of the random state count from there."""
    return replace(case, stamp=Stamp(0, case.stamp.utc, ClockState.OK, ""))


@examples(50)
@given(cases())
def test_the_decision_is_that_of_decide_and_every_reason_of_it_is_explained(case: Case) -> None:
    case = at_zero(case)
    found = explained(case)
    decision = decide(site_of(case), case.state, case.request, case.stamp)
    assert found.decision == decision
    assert found.granted == decision.granted  # no exit of these sites is free
    said = [] if decision.granted else [decision.reason, *decision.also_failed]
    beneath = [reason for reason in found.reasons if reason not in said]
    assert set(said) <= set(found.reasons)
    assert list(found.reasons) == sorted(found.reasons, key=PRECEDENCE.__getitem__)
    assert not beneath or Reason.DENIED_BY_RULE in said
    assert all(cause.changes for cause in found.causes)
    assert bool(found.changes) == found.granted


@examples(40)
@given(cases())
def test_without_the_denials_that_are_named_none_is_left(case: Case) -> None:
    found = explained(case)
    named = {cause.rule for cause in found.causes if cause.reason is Reason.DENIED_BY_RULE}
    left = replace(case.policy, deny=tuple(d for d in case.policy.deny if d.id not in named))
    after = explained(replace(case, policy=left))
    assert Reason.DENIED_BY_RULE not in after.reasons
    assert set(after.reasons) == set(found.reasons) - {Reason.DENIED_BY_RULE}  # what lay beneath was said


@examples(50)
@given(cases())
def test_what_waiting_is_said_to_end_has_ended_then(case: Case) -> None:
    for cause, change in changes(explained(case), "wait"):
        if change.at is None:
            continue
        later = replace(case, stamp=replace(case.stamp, utc=change.at))
        still = {(c.reason, c.text) for c in explained(later).causes}
        before = explained(replace(case, stamp=replace(case.stamp, utc=change.at - 1)))
        assert (cause.reason, cause.text) not in still
        assert (cause.reason, cause.rule) in {(c.reason, c.rule) for c in before.causes}


def changes(found: Explanation, code: str) -> list[tuple[Cause, Change]]:
    return [(cause, change) for cause in found.causes for change in cause.changes if change.code == code]


def offered(text: str) -> list[str]:
    """The groups that a change says to be in; [""] where it wants none."""
    said = re.search(r"be in (?:the group|one of the groups) ([a-z, ]+?)(?: and have|:)", text)
    return said[1].split(", ") if said else [""]


@examples(50)
@given(cases())
def test_whoever_joins_as_offered_has_a_grant_and_no_new_denial(case: Case) -> None:
    found = explained(case)
    rules = {rule.id: rule for rule in case.policy.access}
    person = next((p for p in case.persons if p.id == found.decision.person), None)
    for cause, change in changes(found, "join"):
        if cause.reason is Reason.AREA_ARMED or change.rule is None or person is None:
            continue
        for group in offered(change.text):
            wanted = dict(person.attributes) | dict(rules[change.rule].who.attributes)
            grown = replace(person, groups=person.groups | ({group} - {""}), attributes=tuple(wanted.items()))
            persons = [grown if p is person else p for p in case.persons]
            stamp = replace(case.stamp, utc=change.at or case.stamp.utc)
            after = explained(replace(case, persons=persons, stamp=stamp))
            assert change.rule in {rule.id for rule in after.grants}
            before = explained(replace(case, stamp=stamp))
            assert denials(after) == denials(before)


def denials(found: Explanation) -> set[str | None]:
    return {cause.rule for cause in found.causes if cause.reason is Reason.DENIED_BY_RULE}


@examples(50)
@given(cases())
def test_the_answer_turns_when_it_is_said_to_and_not_before(case: Case) -> None:
    case = at_zero(case)
    pin = "ok" if any(p.has_pin for p in case.persons) else "none"
    asked = replace(case.request, pin=pin, age=0, fault=None, token="c1")
    case = replace(case, request=asked, policy=no_pins(case), state=State())
    found = explained(case)
    if not TIMED.issuperset(found.reasons):
        assert found.turns is None
        return
    place, utc = site_of(case), case.stamp.utc
    end = utc + 3 * DAY if found.turns is None else found.turns

    def granted(at: int) -> bool:
        return decide(place, case.state, case.request, replace(case.stamp, utc=at)).granted

    known = found.decision.person is not None
    moments = [*range(utc, end, HOUR), end - 1, *(m for m in (utc + 1,) if m < end)]
    assert {granted(at) for at in moments} == {found.granted}
    if found.turns is not None:
        assert granted(found.turns) != found.granted
        assert known


def no_pins(case: Case) -> Any:
    return replace(case.policy, minimum=())
