"""Warnings and notes: each code for a site that earns it, and not for one that nearly does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.answers.lint.finding import NOTES, SEVERITIES, WARNINGS, Finding
from rules.people import People, Person
from rules.policy import (
    Policy,
)
from tests.rules.answers.lint import cases_people, cases_places, cases_rules
from tests.rules.answers.lint.clean import (
    CREW,
    area,
    areas,
    clean,
    codes,
    grant,
    on,
    people,
    said,
    store,
)
from tests.rules.answers.lint.general_cases import (
    DAY,
    GOING,
    IN_LAB,
    LATER,
    NOBODY,
    TWO,
    Case,
    deny,
    ending,
    groups,
    made,
)
from tests.rules.builder import MONDAY

CASES = [*cases_people.CASES, *cases_places.CASES, *cases_rules.CASES]
NAMES = [f"{case.code}: {case.name}" for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_it_is_said(case: Case) -> None:
    found = [each for each in case.of_bad() if each.code == case.code]
    assert found
    assert all(each.severity is SEVERITIES[case.code] and each.text and each.fix and each.subject for each in found)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_it_is_not_said_of_what_is_nearly_so(case: Case) -> None:
    assert case.code not in codes(case.of_good())


def test_every_code_has_its_cases() -> None:
    assert {case.code for case in CASES} == {*WARNINGS, *NOTES}


def the(policy: Policy, code: str, found: People | None = None) -> Finding:
    (only,) = [each for each in said(policy, found) if each.code == code]
    return only


def test_of_two_that_are_alike_the_first_stays() -> None:
    found = the(clean(access=(replace(CREW, id="again", source=LATER),)), "rule-duplicate")
    assert (found.subject, found.source) == ("again", LATER)
    assert found.text == "grant 'again' says the same as 'crew' (rules.yaml:2)"


def test_what_is_shadowed_says_by_what() -> None:
    found = the(clean(access=(grant("x", IN_LAB, ["crew"], when="daily", line=9),)), "rule-shadowed")
    assert "crew (rules.yaml:2) lets in already" in found.text


def test_wrong_names_come_with_the_nearest_one() -> None:
    assert "(did you mean 'crew'?)" in the(clean(access=(grant("x", IN_LAB, ["crwe"]),)), "group-unknown").text
    compny = grant("x", IN_LAB, ["staff"], attributes=(("compny", "acme"),))
    assert "(did you mean 'company'?)" in the(clean(access=(compny,)), "attribute-unknown").text


def test_an_unknown_name_is_not_said_twice() -> None:
    for who in ({"groups": ["crwe"]}, {"attributes": (("company", "acmee"),)}, {"persons": frozenset({"p-zoe"})}):
        assert "rule-nobody" not in codes(said(clean(access=(grant("x", IN_LAB, **who),))))


def test_without_people_nothing_is_said_of_them() -> None:
    policy = clean(access=(grant("x", IN_LAB, ["crwe"], two_person=TWO),), groups=made(groups("x")))
    assert codes(said(policy, NOBODY)) & {"group-unknown", "group-empty", "two-person-alone", "door-nobody"} == set()


def test_people_who_end_on_one_day_are_one_finding() -> None:
    day = MONDAY + 9 * DAY
    more = [Person(f"p-{n}", frozenset({"staff"}), ends=day) for n in range(7)]
    found = the(clean(), "expires-soon", people(*more))
    assert "7 people: p-0, p-1, p-2, p-3, p-4 and 2 more ends on 2026-12-02" in found.text
    assert str(found).startswith("directory: warning expires-soon:")


def test_a_later_day_is_told_when_it_is_asked_for() -> None:
    later = ending(ends=MONDAY + 50 * DAY)
    assert "expires-soon" not in codes(said(clean(), later))
    assert "expires-soon" in codes(said(clean(), later, days=60))


def order(found: list[Finding]) -> list[tuple[str, int, int]]:
    return [(each.source.file, each.source.line, each.source.column) for each in found]


def test_findings_come_by_place_and_always_alike() -> None:
    policy = clean(
        store(readers_out=("store-out",)),
        schedules=(GOING,),
        access=(grant("b", IN_LAB, ["crwe"], line=30), grant("a", IN_LAB, ["gards"], line=20)),
        deny=(deny("d", groups("crew")),),
        areas=areas(area("lobby", occupancy_max=3)),
    )
    found = said(policy)
    assert len(found) > 5
    assert order(found) == sorted(order(found))
    backwards = on(policy, access=policy.access[::-1], doors=dict(reversed(list(policy.doors.items()))))
    assert said(backwards) == found
