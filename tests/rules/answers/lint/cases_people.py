"""Sites with something odd about whom rules mean, and sites that nearly have it."""

from __future__ import annotations

from dataclasses import replace

from rules.people import Credential, CredentialStatus, People, Person
from rules.policy import (
    Arming,
    Escort,
    LimitPolicy,
    TwoPerson,
)
from tests.rules.answers.lint.clean import (
    area,
    areas,
    clean,
    front,
    grant,
    minimum,
    people,
    weekly,
)
from tests.rules.answers.lint.general_cases import (
    DAY,
    HERE,
    IN_LAB,
    NOBODY,
    SHUT_ALL_DAY,
    TWO,
    UNTIL,
    Case,
    deny,
    ending,
    groups,
    made,
)
from tests.rules.builder import MONDAY, S, interval

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
]
