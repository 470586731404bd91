"""Explanations: they say what decide() says, name all that speaks against it, and what they offer would help."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given

from rules.access import Decision, Request, decide
from rules.cause import Cause, Change, local
from rules.compile import compile_site
from rules.explain import TIMED, Explanation, explain
from rules.model.reasons import PRECEDENCE, Reason
from rules.model.stamp import ClockState, Stamp
from rules.people import People, Person
from rules.policy import Direction
from rules.quiet import quiet
from rules.site import Site
from rules.why import WHY
from tests.rules.builder import IN, MONDAY, OUT, S, deny, grant, minimum, people, site
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


def test_every_reason_has_its_explanation() -> None:
    assert set(WHY) == set(Reason) - {Reason.GRANTED}


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


@examples(25)
@given(cases())
def test_the_answer_turns_when_it_is_said_to_and_not_before(case: Case) -> None:
    case = at_zero(case)
    pin = "ok" if any(p.has_pin for p in case.persons) else "none"
    case = replace(case, request=replace(case.request, pin=pin, age=0, fault=None, token="c1"), policy=no_pins(case))
    found = explained(case)
    assume(TIMED.issuperset(found.reasons))
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


# -- the small site --------------------------------------------------------------------------------------------------


def ask(
    token: str | None,
    door: str = "front",
    way: Direction = IN,
    utc: int = MONDAY,
    place: Site | None = None,
    *,
    armed: Iterable[str] = (),
    locked: Iterable[str] = (),
    **request: Any,
) -> Explanation:
    place = place or site()
    asked = Request(door, way, token, f"{door}-{way.value}", **request)
    return explain(place, quiet(place, utc, armed=armed, locked_down=locked), asked, utc, utc + 366 * DAY)


def texts(found: Explanation) -> dict[str, list[str]]:
    return {f"{c.reason.value}: {c.text}": [change.text for change in c.changes] for c in found.causes}


def test_outside_a_schedule() -> None:
    assert texts(ask("c-nick")) == {
        "outside_schedule: not active now: night-shift (site.yaml:1) on schedule nights": [
            "night-shift (site.yaml:1) is active again Mon 2026-11-23 22:00",
            "be in the group staff: staff-all (site.yaml:1)",
            "a grant for the group nights at this time",
        ]
    }
    assert ask("c-nick").turns == MONDAY + 12 * HOUR


def test_a_denial_and_what_lies_beneath_it() -> None:
    place = site(
        people(Person("p-two", frozenset({"crew", "nights"}), (("company", "acme"),))),
        deny=(
            deny("b-crew", [("front", IN)], ["crew", "staff"], "office"),
            deny("a-acme", [("front", IN)], attributes=(("company", "acme"),)),
        ),
    )
    assert texts(ask("c-two", place=place)) == {
        "denied_by_rule: a-acme (site.yaml:1) denies it": [
            "remove deny a-acme (site.yaml:1)",
            "change attribute company, now acme",
        ],
        "denied_by_rule: b-crew (site.yaml:1) denies it": [
            "remove deny b-crew (site.yaml:1)",
            "leave the group crew",
            "b-crew (site.yaml:1) ends Mon 2026-11-23 19:00",
        ],
        "outside_schedule: not active now: night-shift (site.yaml:1) on schedule nights": [
            "night-shift (site.yaml:1) is active again Mon 2026-11-23 22:00",
            "be in the group staff: staff-all (site.yaml:1)",
            "a grant for one of the groups crew, nights at this time",
        ],
    }


def test_a_group_that_a_denial_keeps_out_is_not_offered() -> None:
    place = site(access=(grant("g", [("front", IN)], ["staff", "crew"]),), deny=(deny("d", [("front", IN)], ["crew"]),))
    (change, _) = texts(ask("c-none", place=place))["no_access_rights: no grant covers this person here"]
    assert change == "be in the group staff: g (site.yaml:1)"


def test_attributes_that_are_missing_are_named() -> None:
    rule = grant("fit", [("front", IN)], ["staff", "crew"], "never", (("training", "valid"),))
    place = site(access=(rule, replace(rule, id="sat", when="nights")), deny=())
    found = ask("c-none", place=place).causes[0].changes
    assert [change.text for change in found] == [
        "be in one of the groups crew, staff and have attribute training: valid: sat (site.yaml:1), "
        "from Mon 2026-11-23 22:00",
        "a grant for this person at this time",
    ]


def test_a_grant_and_what_would_end_it() -> None:
    place = site(
        people(Person("p-tmp", frozenset({"staff"}), ends=MONDAY + 30 * HOUR)),
        access=(grant("day", [("front", IN)], ["staff"], "office"),),
        deny=(deny("shut", [("front", IN)], ["staff"], "nights"),),
    )
    found = ask("c-tmp", place=place)
    assert (found.granted, found.decision, found.turns) == (
        True,
        Decision(Reason.GRANTED, "p-tmp", "day"),
        MONDAY + 9 * HOUR,
    )
    assert [change.text for change in found.changes] == [
        "remove access day (site.yaml:1), or what makes it fit",
        "day (site.yaml:1) ends Mon 2026-11-23 19:00",
        "shut (site.yaml:1) begins Mon 2026-11-23 22:00",
        "the person ends Tue 2026-11-24 16:00",
        "a deny for this person, or a block",
    ]
    assert found.mode == "schedule"


def test_lockdown_and_an_armed_area_are_assumed_on_demand() -> None:
    found = ask("c-cat", "lab", armed=["lab"], locked=["lab"], pin="ok")
    assert texts(found) == {
        "lockdown: lab is in lockdown": ["end the lockdown of lab"],
        "area_armed: area lab is armed": [
            "disarm area lab",
            "be in one of the groups whose entry disarms it: keyholders",
        ],
    }
    assert found.turns is None  # time alone ends neither
    assert ask("c-ann", "lab", armed=["lab"], pin="ok").granted
    assert ask("c-ann", "lab", OUT, locked=["lab"]).granted


def test_what_demands_a_pin() -> None:
    found = ask("c-bob", "front", place=site(minimum=(minimum("pin-hours", ["front"], "office"),)))
    assert [d.id for d in found.demands] == ["pin-hours"]
    assert texts(found) == {
        "pin_required: a PIN is needed: demanded by pin-hours (site.yaml:1)": [
            "give the PIN",
            "pin-hours (site.yaml:1) ends Mon 2026-11-23 19:00",
        ]
    }
    at_night = site(minimum=(minimum("m", ["front"], "nights"),))
    assert ask("c-bob", place=at_night).turns == MONDAY + 12 * HOUR  # no PIN of theirs is on file
    assert ask("c-ann", place=at_night).turns is None


def test_a_card_that_is_early_and_a_person_who_is_late() -> None:
    when = local(site(), MONDAY + 365 * DAY)
    assert texts(ask("c-early")) == {
        f"credential_not_yet_active: the card is not valid before {when}": [
            "let the card begin earlier",
            f"the card begins {when}",
        ]
    }
    assert ask("c-early").turns == MONDAY + 365 * DAY
    late = site(people(Person("p-gone", frozenset({"staff"}), ends=MONDAY)))
    assert texts(ask("c-gone", place=late)) == {
        "credential_expired: the person was valid until Mon 2026-11-23 10:00": ["extend the person"]
    }


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("c-nobody", "unknown_credential"),
        ("c-disabled", "credential_disabled"),
        ("c-lost", "credential_lost"),
        ("c-stolen", "credential_stolen"),
        ("c-spare", "credential_unassigned"),
        ("c-blocked", "person_blocked"),
    ],
)
def test_cards_and_people(token: str, reason: str) -> None:
    found = ask(token)
    assert (found.granted, found.decision.reason.value, found.turns) == (False, reason, None)
    assert found.causes[0].changes


def test_a_free_exit_lets_everybody_out_and_says_what_is_recorded() -> None:
    found = ask("c-nobody", "store", OUT)
    assert (found.granted, found.doorway.free, found.decision.granted) == (True, True, False)
    assert [reason.value for reason in found.reasons] == ["unknown_credential", "no_access_rights"]
    assert (found.changes, found.turns) == ((), None)


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    october = MONDAY - 29 * DAY  # Sunday 2026-10-25, 10:00 UTC
    assert [local(site(), october - h * HOUR) for h in (10, 9, 8)] == [
        "Sun 2026-10-25 01:00 +0100",
        "Sun 2026-10-25 01:00 +0000",
        "Sun 2026-10-25 02:00",
    ]
