"""Warnings and notes: each code for a site that earns it, and not for one that nearly does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from rules.lint.finding import NOTES, SEVERITIES, WARNINGS, Finding
from rules.people import Credential, CredentialStatus, People, Person
from rules.policy import (
    Arming,
    Claim,
    ControllerPolicy,
    DenyPolicy,
    Escort,
    ExpectFirePolicy,
    ExpectPolicy,
    FirePolicy,
    GroupPolicy,
    InspectionPolicy,
    InterlockPolicy,
    LimitPolicy,
    Lock,
    Passback,
    PassbackMode,
    Policy,
    Require,
    Rex,
    Source,
    ThreatPolicy,
    TwoPerson,
    Who,
)
from tests.rules.builder import IN, MONDAY, OUT, S, circuit, interval
from tests.rules.lint.clean import (
    CREW,
    STAFF,
    area,
    areas,
    clean,
    codes,
    front,
    grant,
    lab,
    minimum,
    on,
    people,
    said,
    store,
    weekly,
)

HERE = Source("rules.yaml", 7, 3)
LATER = Source("rules.yaml", 70, 3)
DAY = 86_400 * S
TWO = TwoPerson(30 * S)
IN_LAB = [("lab", IN)]
SHUT_ALL_DAY = ["holiday", "half_day"]
NOBODY = People.of(1, (), ())


@dataclass(frozen=True)
class Case:
    """people: of the bad site, and of the good one where `else_people` says nothing."""

    name: str
    code: str
    bad: Policy
    good: Policy
    people: People | None = None
    else_people: People | None = None
    loss: dict[str, str] = field(default_factory=dict)

    def of_bad(self) -> list[Finding]:
        return said(self.bad, self.people, loss=self.loss)

    def of_good(self) -> list[Finding]:
        return said(self.good, self.else_people or self.people, loss=self.loss)


def deny(id: str, who: Who, when: str = "always", source: Source = HERE) -> DenyPolicy:
    return DenyPolicy(id, source, who, (("lab", IN),), when)


def groups(*names: str, **more: object) -> Who:
    return Who(frozenset(names), **more)  # type: ignore[arg-type]


def made(*members: Who) -> dict[str, GroupPolicy]:
    return {"leads": GroupPolicy("leads", HERE, members)}


def interlocked(*doors: object) -> Policy:
    """Two doors without an exit in one interlock."""
    plain: dict[str, Any] = {"egress": frozenset(), "egress_by": None, "lock": Lock("io.out1", False, "safe")}
    return clean(
        front(**plain),
        *doors,  # type: ignore[arg-type]
        interlocks=(InterlockPolicy("airlock", HERE, ("front", "lab")),),
    )


def inner(**changes: object) -> object:
    """The lab's door as none that people must be able to leave by."""
    return lab(**{"egress": frozenset(), "egress_by": None, "lock": Lock("io.out2", False, "safe"), **changes})


def threat(*restrictions: DenyPolicy) -> Policy:
    return clean(threats=(ThreatPolicy("high", HERE, 1, restrictions),))


def expect(who: Who, **more: object) -> Policy:
    doors = more.pop("doors", (("lab", IN),))
    return clean(expect=(ExpectPolicy("e1", HERE, Claim.NOBODY, who, doors, **more),))  # type: ignore[arg-type]


def controlled(**changes: object) -> Policy:
    door = lab(lock=None, controller="ctl", readers_in=("ctl",), readers_out=("ctl",), contacts=(), **changes)
    return on(clean(door), controllers={"ctl": ControllerPolicy("ctl", HERE, bytes(32), "deny")})


def released(*doors: str) -> dict[str, FirePolicy]:
    return {"panel": FirePolicy("panel", HERE, circuit("io.in11"), doors, False)}


def ending(**more: object) -> People:
    return people(Person("p-dan", frozenset({"staff"}), **more))  # type: ignore[arg-type]


NIGHTS = weekly("nights", interval(range(7), 1020, 1920, SHUT_ALL_DAY))
GOING = weekly("going", interval(range(7), 480, 1020, SHUT_ALL_DAY))
UNTIL = {"at": date(2026, 12, 1), "far": date(2027, 12, 1)}

CASES = [
    Case(
        "a group that nobody knows",
        "group-unknown",
        clean(access=(grant("x", IN_LAB, ["crwe"]),)),
        clean(access=(grant("x", IN_LAB, ["guards"]),)),
    ),
    Case(
        "a group left out that nobody knows",
        "group-unknown",
        clean(access=(grant("x", IN_LAB, ["staff"], but=(groups("gards"),)),)),
        clean(groups=made(groups("guards")), access=(grant("x", IN_LAB, ["staff"], but=(groups("leads"),)),)),
    ),
    Case(
        "second of an unknown group",
        "group-unknown",
        clean(minimum=(minimum("m", IN_LAB, two_person=TwoPerson(S, "gards")),)),
        clean(minimum=(minimum("m", IN_LAB, two_person=TwoPerson(S, "guards")),)),
    ),
    Case(
        "a person who is not there",
        "person-unknown",
        clean(access=(grant("x", IN_LAB, persons=frozenset({"p-zoe"})),)),
        clean(access=(grant("x", IN_LAB, persons=frozenset({"p-bob"})),)),
    ),
    Case(
        "an attribute that nobody has",
        "attribute-unknown",
        clean(access=(grant("x", IN_LAB, ["staff"], attributes=(("compny", "acme"),)),)),
        clean(access=(grant("x", IN_LAB, ["staff"], attributes=(("company", "acme"),)),)),
    ),
    Case(
        "a value that nobody has",
        "attribute-unknown",
        clean(deny=(deny("d", groups(attributes=(("company", "acmee"),))),)),
        clean(deny=(deny("d", groups(attributes=(("company", "acme"),))),)),
    ),
    Case(
        "a prerequisite that nobody has",
        "attribute-unknown",
        clean(access=(grant("x", IN_LAB, ["staff"], valid=frozenset({"induction"})),)),
        clean(access=(grant("x", IN_LAB, ["staff"], valid=frozenset({"training"})),)),
    ),
    Case(
        "a group made of nobody",
        "group-empty",
        clean(groups=made(groups("guards", "staff", attributes=(("company", "globex"),)))),
        clean(groups=made(groups("guards", attributes=(("company", "doorco"),)))),
    ),
    Case(
        "a second group of nobody",
        "group-needed-empty",
        clean(groups=made(groups("visitors")), minimum=(minimum("m", IN_LAB, two_person=TwoPerson(S, "leads")),)),
        clean(groups=made(groups("guards")), minimum=(minimum("m", IN_LAB, two_person=TwoPerson(S, "leads")),)),
    ),
    Case(
        "an escort of nobody",
        "group-needed-empty",
        clean(groups=made(groups("x")), access=(grant("v", IN_LAB, ["crew"], escort=Escort(frozenset({"leads"}), S)),)),
        clean(access=(grant("v", IN_LAB, ["crew"], escort=Escort(frozenset({"guards"}), S)),)),
    ),
    Case(
        "nobody to come first",
        "group-needed-empty",
        clean(groups=made(groups("x")), access=(grant("v", IN_LAB, ["crew"], first_person=frozenset({"leads"})),)),
        clean(access=(grant("v", IN_LAB, ["crew"], first_person=frozenset({"guards"})),)),
    ),
    Case(
        "nobody to open",
        "group-needed-empty",
        clean(front(unlock="daily", unlock_after=frozenset({"leads"})), groups=made(groups("x"))),
        clean(front(unlock="daily", unlock_after=frozenset({"guards"}))),
    ),
    Case(
        "nobody to disarm",
        "group-needed-empty",
        clean(groups=made(groups("x")), areas=areas(area("lab", arming=Arming(S, S, frozenset({"leads"}))))),
        clean(areas=areas(area("lab", arming=Arming(S, S, frozenset({"guards"}))))),
    ),
    Case(
        "nobody is both",
        "rule-nobody",
        clean(access=(grant("x", IN_LAB, ["guards"], attributes=(("company", "acme"),)),)),
        clean(access=(grant("x", IN_LAB, ["guards"], attributes=(("company", "doorco"),)),)),
    ),
    Case(
        "limits of nobody",
        "rule-nobody",
        clean(limits=(LimitPolicy("l", HERE, groups("guards", attributes=(("company", "acme"),)), max_uses=1),)),
        clean(limits=(LimitPolicy("l", HERE, groups("crew", attributes=(("company", "acme"),)), max_uses=1),)),
    ),
    Case(
        "all left out",
        "rule-contradictory",
        clean(access=(grant("x", IN_LAB, ["crew"], but=(groups("crew", "staff"),)),)),
        clean(access=(grant("x", IN_LAB, ["crew"], but=(groups("guards"),)),)),
    ),
    Case(
        "left out by a group around it",
        "rule-contradictory",
        clean(
            groups=made(groups("guards"), groups("crew")),
            access=(grant("x", IN_LAB, ["guards"], but=(groups("leads"),)),),
        ),
        clean(
            groups=made(groups("guards", attributes=(("company", "doorco"),))),
            access=(grant("x", IN_LAB, ["guards"], but=(groups("leads"),)),),
        ),
    ),
    Case(
        "the same again",
        "rule-duplicate",
        clean(access=(replace(CREW, id="again", source=LATER),)),
        clean(access=(replace(CREW, id="again", source=LATER, doors=(("front", IN), *CREW.doors)),)),
    ),
    Case(
        "the same denial",
        "rule-duplicate",
        clean(deny=(deny("a", groups("crew")), deny("b", groups("crew"), source=LATER))),
        clean(deny=(deny("a", groups("crew")), deny("b", groups("guards"), source=LATER))),
    ),
    Case(
        "less time",
        "rule-shadowed",
        clean(access=(grant("x", IN_LAB, ["crew"], when="daily", line=9),)),
        on(
            clean(schedules=(NIGHTS,)),
            access=(STAFF, grant("crew", IN_LAB, ["crew"], when="nights"), grant("x", IN_LAB, ["crew"], when="daily")),
        ),
    ),
    Case(
        "demanding more",
        "rule-shadowed",
        clean(access=(grant("x", IN_LAB, ["crew"], two_person=TWO, line=9),)),
        clean(access=(grant("x", IN_LAB, ["guards"], two_person=TWO, line=9),)),
    ),
    Case(
        "by two together",
        "rule-shadowed",
        clean(access=(grant("g", IN_LAB, ["guards"]), grant("x", IN_LAB, ["crew", "guards"], line=9, when="daily"))),
        clean(access=(grant("g", IN_LAB, ["guards"]), grant("x", IN_LAB, ["crew", "staff"], line=9, when="daily"))),
    ),
    Case(
        "a denial within a denial",
        "rule-shadowed",
        clean(deny=(deny("a", groups("crew")), deny("b", groups("crew"), "daily", LATER))),
        clean(
            schedules=(NIGHTS,), deny=(deny("a", groups("crew"), "nights"), deny("b", groups("crew"), "daily", LATER))
        ),
    ),
    Case(
        "a minimum beneath a minimum",
        "rule-shadowed",
        clean(
            minimum=(
                minimum("a", IN_LAB, "daily", require=Require.CARD_PIN),
                minimum("b", IN_LAB, require=Require.CARD_PIN),
            )
        ),
        clean(
            minimum=(
                minimum("a", IN_LAB, "daily", require=Require.CARD_PIN),
                minimum("b", IN_LAB, require=Require.CARD, two_person=TWO),
            )
        ),
    ),
    Case(
        "always denied",
        "rule-beaten",
        clean(access=(grant("x", IN_LAB, ["guards"]),), deny=(deny("d", groups("guards", "staff")),)),
        clean(access=(grant("x", IN_LAB, ["guards"]),), deny=(deny("d", groups("guards"), "daily"),)),
    ),
    Case(
        "asking in vain",
        "grant-undercut",
        on(
            clean(),
            access=(
                STAFF,
                CREW,
                grant("strict", IN_LAB, ["guards"], require=Require.CARD_PIN),
                grant("lax", IN_LAB, ["guards"], when="daily"),
            ),
        ),
        clean(
            schedules=(NIGHTS,),
            access=(
                grant("strict", IN_LAB, ["guards"], when="nights", require=Require.CARD_PIN),
                grant("lax", IN_LAB, ["guards"], when="daily"),
            ),
        ),
    ),
    Case(
        "a minimum above grants",
        "minimum-raises",
        clean(minimum=(minimum("m", IN_LAB, require=Require.CARD_PIN),)),
        clean(minimum=(minimum("m", IN_LAB, require=Require.CARD),)),
    ),
    Case(
        "let in by nobody",
        "door-nobody",
        on(clean(), access=(STAFF, replace(CREW, doors=(("lab", OUT),)))),
        clean(),
    ),
    Case(
        "a grant to nobody",
        "door-nobody",
        on(clean(groups=made(groups("x"))), access=(STAFF, replace(CREW, who=groups("leads")))),
        on(clean(), access=(STAFF, replace(CREW, who=groups("guards")))),
    ),
    Case(
        "let out by nobody",
        "door-nobody",
        on(clean(inner()), access=(STAFF, replace(CREW, doors=(("lab", IN),)))),  # type: ignore[arg-type]
        on(
            clean(inner(rex=(Rex(circuit("io.in9"), "button", True, S),))),  # type: ignore[arg-type]
            access=(STAFF, replace(CREW, doors=(("lab", IN),))),
        ),
    ),
    Case(
        "open for everybody",
        "door-nobody",
        on(clean(lab(unlock="never")), access=(STAFF,)),
        on(clean(lab(unlock="daily")), access=(STAFF,)),
    ),
    Case(
        "nothing opens it",
        "door-no-reader",
        clean(inner(readers_in=(), readers_out=())),  # type: ignore[arg-type]
        clean(lab(readers_in=(), readers_out=())),
    ),
    Case(
        "nobody can ask",
        "rule-no-reader",
        clean(access=(grant("x", [("store", OUT)], ["crew"]),)),
        clean(access=(grant("x", [("store", OUT), ("store", IN)], ["crew"]),)),
    ),
    Case(
        "unlocked in an interlock",
        "interlock-unlocked",
        interlocked(inner(unlock="daily")),
        interlocked(inner(unlock="never")),
    ),
    Case(
        "never shut",
        "interlock-no-contact",
        interlocked(inner(contacts=())),
        interlocked(inner()),
    ),
    Case(
        "out without a read",
        "passback-unseen-exit",
        clean(areas=areas(area("stores", passback=Passback(PassbackMode.HARD)))),
        clean(areas=areas(area("lab", passback=Passback(PassbackMode.HARD)))),
    ),
    Case(
        "nobody comes in twos",
        "occupancy-min-alone",
        clean(areas=areas(area("stores", occupancy_min=2))),
        clean(
            areas=areas(area("stores", occupancy_min=2)),
            minimum=(minimum("m", [("store", IN)], two_person=TWO),),
        ),
    ),
    Case(
        "never",
        "rule-never",
        clean(access=(grant("x", IN_LAB, ["guards"], when="never"),)),
        clean(access=(grant("x", IN_LAB, ["guards"], when="daily"),)),
    ),
    Case(
        "over",
        "rule-never",
        clean(
            schedules=(weekly("old", interval(range(7), 480, 1020), within=(MONDAY - 9 * DAY, MONDAY - DAY)),),
            inspections=(InspectionPolicy("i", HERE, groups("crew"), (("lab", IN),), 9, "old", S),),
        ),
        clean(
            schedules=(weekly("old", interval(range(7), 480, 1020), within=(MONDAY - 9 * DAY, MONDAY + DAY)),),
            inspections=(InspectionPolicy("i", HERE, groups("crew"), (("lab", IN),), 9, "old", S),),
        ),
    ),
    Case(
        "within the hour",
        "schedule-dst",
        clean(schedules=(weekly("n", interval({6}, 90, 300, SHUT_ALL_DAY)),)),
        clean(schedules=(weekly("n", interval({5}, 90, 300, SHUT_ALL_DAY)),)),
    ),
    Case(
        "closed on holidays",
        "schedule-holiday",
        clean(schedules=(weekly("n", interval({6}, 480, 600, ["holiday"])),)),
        clean(schedules=(weekly("n", interval({6}, 480, 600, SHUT_ALL_DAY)),)),
    ),
    Case(
        "used nowhere",
        "schedule-unused",
        clean(schedules=(GOING,)),
        clean(lab(unlock="daily"), front(unlock="noons")),
    ),
    Case(
        "two of one",
        "two-person-alone",
        clean(access=(grant("x", IN_LAB, ["guards"], two_person=TWO),)),
        clean(access=(grant("x", IN_LAB, ["staff"], two_person=TWO),)),
    ),
    Case(
        "first for good",
        "first-person-endless",
        clean(access=(grant("x", IN_LAB, ["staff"], first_person=frozenset({"guards"})),)),
        clean(access=(grant("x", IN_LAB, ["staff"], when="daily", first_person=frozenset({"guards"})),)),
    ),
    Case(
        "unlocked for good",
        "first-person-endless",
        clean(front(unlock="always", unlock_after=frozenset({"guards"}))),
        clean(front(unlock="daily", unlock_after=frozenset({"guards"}))),
    ),
    Case("a level of nothing", "threat-idle", threat(), threat(deny("d", groups("crew")))),
    Case(
        "a level that never holds",
        "threat-idle",
        threat(deny("d", groups("crew"), "never")),
        threat(deny("d", groups("crew"))),
    ),
    Case(
        "of nobody",
        "expect-idle",
        expect(groups("guards", attributes=(("company", "acme"),))),
        expect(groups("guards")),
    ),
    Case("of an empty group", "expect-idle", expect(groups("nobodies")), expect(groups("crew"))),
    Case("of no door", "expect-idle", expect(groups("crew"), doors=()), expect(groups("crew"))),
    Case("at no time", "expect-idle", expect(groups("crew"), when="never"), expect(groups("crew"), when="daily")),
    Case(
        "of no fire door",
        "expect-idle",
        clean(expect=(ExpectFirePolicy("e1", HERE, ()),)),
        clean(expect=(ExpectFirePolicy("e1", HERE, ("lab",)),)),
    ),
    Case(
        "a person leaves",
        "expires-soon",
        clean(),
        clean(),
        ending(ends=MONDAY + 29 * DAY),
        ending(ends=MONDAY + 31 * DAY),
    ),
    Case(
        "a person left", "expires-soon", clean(), clean(), ending(ends=MONDAY + 9 * DAY), ending(ends=MONDAY - 9 * DAY)
    ),
    Case(
        "a card ends",
        "expires-soon",
        clean(),
        clean(),
        People.of(1, [Person("p-ann")], [Credential("c1", "p-ann", ends=MONDAY + DAY)]),
        People.of(1, [Person("p-ann")], [Credential("c1", "p-ann", CredentialStatus.LOST, ends=MONDAY + DAY)]),
    ),
    Case(
        "training lapses",
        "expires-soon",
        clean(access=(grant("x", IN_LAB, ["staff"], valid=frozenset({"training"})),)),
        clean(access=(grant("x", IN_LAB, ["staff"]),)),
        ending(attributes=(("training", "2026-12-01"),)),
    ),
    Case(
        "a schedule ends",
        "expires-soon",
        clean(schedules=(weekly("n", replace(interval({6}, 0, 60, SHUT_ALL_DAY), ends=UNTIL["at"])),)),
        clean(schedules=(weekly("n", replace(interval({6}, 0, 60, SHUT_ALL_DAY), ends=UNTIL["far"])),)),
    ),
    Case(
        "an overlay ends",
        "expires-soon",
        clean(schedules=(weekly("n@day", interval({6}, 0, 60), within=(MONDAY, MONDAY + 9 * DAY)),)),
        clean(schedules=(weekly("n@day", interval({6}, 0, 60), within=(MONDAY, MONDAY + 99 * DAY)),)),
    ),
    Case("nobody at all", "people-none", clean(), clean(), NOBODY, people()),
    Case(
        "a fire forgets an exit",
        "fire-misses-exit",
        clean(fire=released("front", "store")),
        clean(fire={}),
    ),
    Case(
        "a fire's door locks again",
        "fire-lost-contact",
        clean(),
        clean(fire=released("store")),
        loss={"io": "lock", "io2": "hold"},
    ),
    Case(
        "not ours to release",
        "fire-without-effect",
        controlled(),
        on(controlled(), fire=released("front", "store")),
    ),
]
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
