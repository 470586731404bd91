"""What a difference says, line by line, of the small site."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from rules.answers.diff import Diff, diff
from rules.people import People, Person
from rules.policy import (
    AccessPolicy,
    Escort,
    GroupPolicy,
    InspectionPolicy,
    InterlockPolicy,
    LimitPolicy,
    Passback,
    PassbackMode,
    Require,
    ThreatPolicy,
    TwoPerson,
    Who,
)
from rules.site import Site
from tests.rules.builder import (
    CREDENTIALS,
    HERE,
    IN,
    OUT,
    PERSONS,
    WEEK,
    S,
    deny,
    door,
    front,
    gate,
    grant,
    interval,
    lab,
    minimum,
    people,
    policy,
    schedule,
    site,
    store,
)

LO, HI = (int(datetime(year, 11, 24, tzinfo=UTC).timestamp()) * S for year in (2026, 2027))
DAY = 86_400 * S
REST = (lab(), store(), gate())
LAB = minimum("lab-pin", ["lab"])
CREW = grant("lab-crew", [("lab", IN), ("lab", OUT)], ["crew"])
GUIDED = Escort(frozenset({"staff"}), S)
HIGH = ThreatPolicy("high", HERE, 1, (deny("h", [("lab", IN)], ["crew"]),))
BAGS = InspectionPolicy("b", HERE, Who(frozenset({"crew"})), (("lab", OUT),), 50_000, "always", 60 * S)
EVENING = schedule("evening", interval(WEEK, 19 * 60, 21 * 60))
AREAS = policy().areas


def changed(before: Site | None = None, after: Site | None = None, **changes: Any) -> Diff:
    """The small site against itself with changes."""
    return diff(before or site(), after or site(**changes), LO, HI)


def lines(found: Diff) -> list[str]:
    """Without the rule behind them."""
    texts = (line.replace(" (site.yaml:1)", "") for line in found.lines(lambda id: id[2:]))
    return [text.partition(", by ")[0].partition(", without ")[0] for text in texts]


def access(*more: AccessPolicy, less: Iterable[str] = ()) -> dict[str, Any]:
    """The usual grants with others besides, or without some."""
    return {"access": (*(rule for rule in policy().access if rule.id not in less), *more)}


def crew(**changes: Any) -> dict[str, Any]:
    return access(replace(CREW, **changes), less=["lab-crew"])


def lab_area(**changes: Any) -> dict[str, Any]:
    return {"areas": {**AREAS, "lab": replace(AREAS["lab"], **changes)}}


# -- who gains and who loses ------------------------------------------------------------------------------------------

PASSAGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a grant is a gain of those who had none": (
        access(grant("late", [("lab", IN)], ["staff"], "evening")) | {"schedules": (EVENING,)},
        ["+ 1 person (bob): lab (in): Mon-Fri 19:00-21:00 except holidays, with card+pin"],
    ),
    "several doors and several groups are one line": (
        access(grant("more", [("store", IN), ("lab", OUT)], ["nights"])),
        ["+ nights (1 person): lab (out) and store (in): always"],
    ),
    "who is left out of a group is named": (
        access(less=["staff-all"]),
        ["- staff except eve (4 people): front (in), gate (in) and store (in): always"],
    ),
    "a denial that goes is a gain": (
        {"deny": ()},
        ["+ 1 person (eve): front (in), gate (in) and store (in): always"],
    ),
    "a denial that comes is a loss": (
        {"deny": (*policy().deny, deny("d", [("lab", IN)], ["keyholders"], "office"))},
        ["- keyholders (1 person): lab (in): Mon-Fri 07:00-19:00, on half_day 07:00-12:00 except holidays"],
    ),
    "a holiday more costs what holidays cost": (
        {"holidays": {**policy().holidays, date(2027, 6, 1): "holiday"}},
        [
            "- nights (1 person): front (in): Tue 1 Jun 2027 22:00-06:00",
            "~ front no longer unlocked for everybody: Tue 1 Jun 2027 07:00-19:00",
        ],
    ),
    "less that is demanded is weaker": (
        {"minimum": ()},
        ["~ crew (3 people): lab (in): always, with card instead of card+pin"],
    ),
    "a minimum binds whoever passes": (
        {"minimum": (LAB, minimum("late", ["front"], "nights"))},
        [
            "~ staff except eve and nights (5 people): front (in): Mon-Fri 22:00-06:00 except holidays,"
            " with card+pin instead of card"
        ],
    ),
    "company is demanded": (
        {
            "minimum": (
                replace(LAB, two_person=TwoPerson(30 * S, "keyholders"), escort=Escort(frozenset({"staff"}), S)),
            )
        },
        [
            "~ crew (3 people): lab (in): always, with card+pin with a second person of keyholders within 30 s with an"
            " escort of staff within 1 s instead of card+pin"
        ],
    ),
    "a grant that asks for more": (
        crew(require=Require.CARD_PIN),
        ["~ crew (3 people): lab (out): always, with card+pin instead of card"],
    ),
    "whoever may be first does not wait": (
        crew(first_person=frozenset({"keyholders"}), doors=(("lab", OUT),)) | {"minimum": ()},
        [
            "- crew (3 people): lab (in): always",
            "~ crew except ann (2 people): lab (out): always, with card once somebody of keyholders is in instead of"
            " card",
        ],
    ),
    "a threat level": (
        {
            "threats": (
                ThreatPolicy("high", HERE, 1, (deny("h", [("lab", IN)], ["crew"]),)),
                ThreatPolicy("top", HERE, 2, ()),
            )
        },
        [
            "- crew (3 people): lab (in): always, at threat level high and top",
            "~ threat levels high, top instead of none",
        ],
    ),
    "a new door": (
        access(grant("b", [("back", IN)], ["staff"]))
        | {"doors": (front(), *REST, door("back", readers_in=("back-in",)))},
        ["+ staff except eve (4 people): back (in): always", "~ door back is new"],
    ),
}


@pytest.mark.parametrize("name", PASSAGES)
def test_passages(name: str) -> None:
    changes, told = PASSAGES[name]
    assert lines(changed(**changes)) == told


def test_a_door_that_is_gone_is_lost_by_all_who_passed() -> None:
    usual = [rule for rule in policy().access if rule.id != "night-shift"]
    without = tuple(replace(r, doors=tuple(w for w in r.doors if w[0] != "front")) for r in usual)
    denied = tuple(replace(r, doors=tuple(w for w in r.doors if w[0] != "front")) for r in policy().deny)
    found = changed(after=site(doors=REST, access=without, deny=denied, fire={}))
    assert lines(found)[:2] == [
        "- staff except eve (4 people): front (in): always",
        "- nights (1 person): front (in): Mon-Fri 22:00-06:00 except holidays",
    ]
    assert "~ door front is gone" in lines(found)


def test_the_same_site_has_no_difference() -> None:
    found = changed()
    assert (found.empty, found.text(), found.rows, found.gains) == (True, "", (), 0)


def test_a_line_names_the_rule_behind_it() -> None:
    found = changed(**access(grant("late", [("lab", IN)], ["nights"]), less=["staff-all"]))
    assert [str(row.behind) for row in found.rows] == ["by late (site.yaml:1)", "without staff-all (site.yaml:1)"]
    denied = changed(deny=(*policy().deny, deny("d", [("lab", IN)], ["crew"])))
    assert denied.text().endswith(", by d (site.yaml:1)")


def test_a_weakening_is_marked_and_counted() -> None:
    assert changed(minimum=()).text().endswith(" [weaker]")
    assert (changed(minimum=()).weaker, changed(minimum=(LAB, minimum("m", ["store"]))).weaker) == (1, 0)


# -- people -----------------------------------------------------------------------------------------------------------


def folk(*persons: Person) -> Site:
    return site(People.of(2, persons, CREDENTIALS))


def test_people_who_come_go_or_are_blocked() -> None:
    found = diff(site(), site(people(Person("p-new", frozenset({"crew"})))), LO, HI)
    assert lines(found) == [
        "+ 1 person (new): lab (in): always, with card+pin",
        "+ 1 person (new): lab (out): always",
    ]
    blocked = folk(*(replace(p, blocked=p.blocked or p.id == "p-bob") for p in PERSONS))
    assert lines(diff(site(), blocked, LO, HI)) == ["- 1 person (bob): front (in), gate (in) and store (in): always"]
    assert {row.behind for row in diff(site(), blocked, LO, HI).rows} == {None}


def test_a_group_that_somebody_joins() -> None:
    joined = folk(*(replace(p, groups=p.groups | {"crew"}) if p.id == "p-nick" else p for p in PERSONS))
    assert lines(diff(site(), joined, LO, HI))[0] == "+ nights (1 person): lab (in): always, with card+pin"


def test_a_validity_that_ends_sooner_is_lost_from_then_on() -> None:
    sooner = folk(*(replace(p, ends=LO + 100 * DAY + 12 * 3600 * S) if p.id == "p-nick" else p for p in PERSONS))
    (row,) = diff(site(), sooner, LO, HI).rows
    assert (row.effect, row.when) == ("loses", "Mon-Fri 22:00-06:00 from Thu 4 Mar 2027")


def test_whoever_is_never_valid_when_something_changes_is_not_meant() -> None:
    found = changed(**access(grant("x", [("lab", OUT)], ["staff"])))
    assert found.rows[0].people == ("p-eve", "p-bob")  # not p-old, whose validity has run out
    assert changed(holidays={**policy().holidays, date(2027, 6, 1): "holiday"}).rows[0].people == ("p-nick",)


def test_a_prerequisite_tells_those_who_lack_it() -> None:
    trained = (
        Person("p-tom", frozenset({"crew"}), (("training", "2027-03-31"),)),
        Person("p-val", frozenset({"crew"}), (("training", "valid"),)),
    )
    rule = replace(CREW, who=replace(CREW.who, valid=frozenset({"training"})))
    found = diff(site(people(*trained)), site(people(*trained), **access(rule, less=["lab-crew"])), LO, HI)
    (into, out) = found.rows
    assert lines(found)[0] == "- crew (4 people): lab (in): always, while training is not valid"
    assert set(into.people) == {"p-ann", "p-cat", "p-slow", "p-tom"} == set(out.people)


# -- what people have besides -----------------------------------------------------------------------------------------

BESIDES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "lockdown": ({"lockdown_exempt": Who(frozenset({"keyholders"}))}, ["~ keyholders (1 person): pass a lockdown now"]),
    "limits": (
        {"limits": (LimitPolicy("few", HERE, Who(frozenset({"nights"})), max_uses=5, inactive_after=30 * DAY),)},
        ["~ nights (1 person): limits inactive after 30 days, max uses 5 instead of none"],
    ),
    "inspection": (
        {
            "inspections": (
                InspectionPolicy("b", HERE, Who(frozenset({"crew"})), (("lab", OUT),), 50_000, "always", 60 * S),
            )
        },
        ["~ crew (3 people): lab (out): inspection 5 %, kept for 1 min, always instead of none"],
    ),
    "disarming": (
        lab_area(arming=replace(AREAS["lab"].arming, disarmed_by=frozenset({"crew"}))),  # type: ignore[type-var]
        ["~ crew except ann (2 people): disarm lab by entering now"],
    ),
}


@pytest.mark.parametrize("name", BESIDES)
def test_what_people_have_besides(name: str) -> None:
    changes, told = BESIDES[name]
    assert lines(changed(**changes)) == [f"{line} [weaker]" if " now" in line else line for line in told]


def test_exemptions_and_modes_of_an_area() -> None:
    hard = Passback(PassbackMode.HARD, exempt=Who(frozenset({"crew"})))
    soft = Passback(PassbackMode.SOFT, exempt=Who(frozenset({"keyholders"})), forgive=(240,))
    found = changed(site(**lab_area(passback=hard, occupancy_max=3)), site(**lab_area(passback=soft, occupancy_max=5)))
    assert lines(found) == [
        "~ crew except ann (2 people): are exempt from the passback of lab no longer",
        "~ lab: occupancy max 5 instead of 3 [weaker]",
        "~ lab: passback soft, forgiven at 04:00 instead of hard [weaker]",
    ]


def test_who_may_escort_follows_the_group() -> None:
    escorted = crew(escort=Escort(frozenset({"guides"}), 60 * S))
    guides = {"guides": GroupPolicy("guides", HERE, (Who(frozenset({"nights"})),))}
    found = changed(site(**escorted), site(**escorted, groups=guides))
    assert lines(found) == ["~ guides (1 person): may escort others at lab (in) and lab (out) now [weaker]"]


# -- doors and areas --------------------------------------------------------------------------------------------------

THINGS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "blocked": ({"doors": (front(blocked="nights"), *REST)}, ["~ front blocked: Mon-Fri 22:00-06:00 except holidays"]),
    "unlocked": (
        {"doors": (front(), lab(unlock="nights"), *REST[1:])},
        ["~ lab unlocked for everybody: Mon-Fri 22:00-06:00 except holidays [weaker]"],
    ),
    "first person": (
        {"doors": (front(unlock_after=frozenset({"staff"})), *REST)},
        ["~ front: unlock after staff instead of none"],
    ),
    "settings of two doors": (
        {"doors": (front(open_time=40 * S), lab(open_time=40 * S), *REST[1:])},
        ["~ front and lab: door open time 40 s instead of 20 s"],
    ),
    "egress": (
        {"doors": (front(), lab(), store(egress=frozenset({IN, OUT})), gate())},
        ["~ store: egress in, out instead of out"],
    ),
    "interlock": (
        {"interlocks": (InterlockPolicy("x", HERE, ("front", "lab")),)},
        ["~ front: interlock lab instead of none", "~ lab: interlock front instead of none"],
    ),
    "fire": (
        {"fire": {"panel": policy().fire["panel"]}},
        ["~ front: fire release io.in11 instead of io.in11, io.in12 [weaker]", "~ fire input stairs is gone"],
    ),
    "operators": ({"operators": {}}, ["~ operator ada, gus, sue and vera are gone"]),
}


@pytest.mark.parametrize("name", THINGS)
def test_things(name: str) -> None:
    changes, told = THINGS[name]
    assert sorted(lines(changed(**changes))) == sorted(told)


def test_while_a_door_is_blocked_in_both_nobody_gains() -> None:
    doors: dict[str, Any] = {"doors": (front(blocked="nights"), *REST)}
    rule = grant("late", [("front", IN)], ["crew", "keyholders"], "nights")
    without = access(less=["staff-all"])
    assert "+" not in changed(site(**doors, **without), site(**doors, **access(rule, less=["staff-all"]))).text()


# -- many people, and for scripts -------------------------------------------------------------------------------------


def test_four_hundred_people_are_one_line() -> None:
    many = people(*(Person(f"p-{n:03}", frozenset({"fitters"})) for n in range(400)))
    fitters = grant("f", [("front", IN), ("store", IN)], ["fitters"], "nights")
    found = diff(site(many), site(many, **access(fitters)), LO, HI)
    assert lines(found) == ["+ fitters (400 people): front (in) and store (in): Mon-Fri 22:00-06:00 except holidays"]


def test_people_without_a_common_group_are_counted_and_the_first_named() -> None:
    some = [Person(f"p-{n:03}", frozenset({"fitters"}), (("role", "chief"),) if n % 3 else ()) for n in range(30)]
    named = people(*some)
    rule = replace(grant("f", [("front", IN)], ["fitters"]), who=Who(frozenset({"fitters"}), (("role", "chief"),)))
    found = diff(site(named), site(named, **access(rule)), LO, HI)
    assert lines(found) == ["+ fitters with role chief (20 people): front (in): always"]


def test_for_scripts() -> None:
    found = changed(**access(grant("late", [("lab", IN)], ["nights"], "office")))
    plain = json.loads(json.dumps(found.to_json()))
    assert (plain["equal"], plain["gains"], plain["losses"], plain["weaker"]) == (False, 1, 0, 0)
    (row,) = plain["rows"]
    assert (row["effect"], row["places"], row["people"]) == ("gains", ["lab (in)"], ["p-nick"])
    assert row["spans"][0] == [LO + 7 * 3600 * S, LO + 19 * 3600 * S]
    assert row["rule"] == {"id": "late", "file": "site.yaml", "line": 1, "gone": False}
