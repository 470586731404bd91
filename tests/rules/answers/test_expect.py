"""Assertions on a rule set against what the engine says of everybody, everywhere, at every moment that matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.answers.expect import Broken, broken, verdicts
from rules.people import People, Person
from rules.policy import (
    Claim,
    Escort,
    ExpectApartPolicy,
    ExpectFirePolicy,
    ExpectPolicy,
    Source,
    TwoPerson,
    Who,
)
from tests.rules.builder import (
    HERE,
    IN,
    MONDAY,
    OUT,
    S,
    deny,
    front,
    grant,
    interval,
    lab,
    schedule,
    site,
    store,
)
from tests.rules.wording import who

DAY = 86_400 * S
YEAR = 366 * DAY
LONDON = ZoneInfo("Europe/London")
LAB, FRONT, STORE = ("lab", IN), ("front", IN), ("store", IN)


def expect(claim: str, whom: Who, *doors: tuple[str, Any], **changes: Any) -> ExpectPolicy:
    return ExpectPolicy("expect[0]", Source("rules.yaml", 30, 5), Claim(claim), whom, doors or (LAB,), **changes)


def found(*expected: Any, lo: int = MONDAY, hi: int = MONDAY + YEAR, **changes: Any) -> list[Broken]:
    return broken(site(expect=expected, **changes), lo, hi)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * S


def weekly(weekday: int, hour: int, minute: int = 0) -> tuple[int, None, int]:
    return weekday, None, hour * 60 + minute


def dated(text: str, hour: int, minute: int = 0) -> tuple[None, date, int]:
    return None, date.fromisoformat(text), hour * 60 + minute


SHUT = {"unlock": None}
NIGHTS = grant("nights-lab", [LAB], ["nights"], "nights")

# -- each claim, in each form of time --------------------------------------------------------------------------------

CASES = [
    # what is expected, of a site where the crew may always pass the lab and the nights by night; whether it holds
    (expect("nobody", who("staff"), LAB), False),
    (expect("nobody", who("nobodys"), LAB), True),
    (expect("nobody", who("nights"), LAB), False),
    (expect("nobody", who("nights"), LAB, when="office"), True),
    (expect("nobody", who("nights"), LAB, when="nights"), False),
    (expect("nobody", who("nights"), LAB, at=weekly(0, 21, 59)), True),
    (expect("nobody", who("nights"), LAB, at=weekly(0, 22)), False),
    (expect("nobody", who("nights"), LAB, at=dated("2026-11-28", 5, 59)), False),  # Friday's night
    (expect("nobody", who("nights"), LAB, at=dated("2026-11-28", 6)), True),
    (expect("everyone", who("crew"), LAB), True),
    (expect("everyone", who("staff"), LAB), False),
    (expect("everyone", who("nights"), LAB), True),
    (expect("everyone", who("nights"), LAB, when="nights"), True),
    (expect("everyone", who("nights"), LAB, when="always"), False),
    (expect("everyone", who("nights"), LAB, at=weekly(1, 23)), True),
    (expect("everyone", who("nights"), LAB, at=weekly(6, 23)), False),
    (expect("everyone", who("nights"), LAB, at=dated("2026-11-24", 3)), True),
    (expect("only", who("crew", "nights"), LAB), True),
    (expect("only", who("crew"), LAB), False),
    (expect("only", who("crew"), LAB, when="office"), True),
    (expect("only", who("crew"), LAB, at=weekly(4, 22)), False),
    (expect("only", who("crew"), LAB, at=weekly(4, 12)), True),
    (expect("everyone", who("nights"), LAB, opens=False, when="office"), True),
    (expect("everyone", who("nights"), LAB, opens=False), False),
    (expect("nobody", who("crew"), LAB, opens=False), True),
    (expect("nobody", who("staff"), LAB, opens=False), False),
    (expect("only", who(persons=["p-ann", "p-cat", "p-slow", "p-nick"]), LAB), True),
    (expect("only", who(persons=["p-ann", "p-cat", "p-slow"]), LAB), False),
    (expect("nobody", who(company="acme"), LAB), True),
    (expect("nobody", who("staff", but=[who("crew")]), LAB), True),
    (expect("nobody", who("staff", but=[who("keyholders")]), LAB), False),
]


@pytest.mark.parametrize(("expected", "holds"), CASES)
def test_each_claim(expected: ExpectPolicy, holds: bool) -> None:
    crew = grant("lab-crew", [LAB, ("lab", OUT)], ["crew"])
    wrong = found(expected, access=(crew, NIGHTS))
    assert (not wrong) == holds, wrong


def test_a_case_against_it_names_who_where_when_and_why() -> None:
    [wrong] = found(expect("nobody", who("nights"), LAB, at=weekly(0, 23)), access=(NIGHTS,))
    assert str(wrong) == (
        "rules.yaml:30:5 broken: nobody of nights opens lab, mon 23:00: "
        "p-nick may pass lab (in) on Mon 2026-11-23 23:00 by nights-lab (site.yaml:1)"
    )
    assert (wrong.person, wrong.door, wrong.direction, wrong.utc) == ("p-nick", "lab", IN, at("2026-11-23T23:00"))
    assert (wrong.rule, wrong.by, wrong.others) == ("nights-lab", HERE, 0)
    assert "Kim may pass" in wrong.shown(lambda id: "Kim")


def test_why_somebody_does_not_open_it() -> None:
    trained = replace(grant("trained", [LAB], ["crew"]), who=who("crew", valid=["training"]))

    def why(whom: str, **changes: Any) -> str:
        [wrong] = found(expect("everyone", who(whom), LAB, when="always"), **changes)
        return str(wrong).partition(" may not pass lab (in) ")[2]

    assert why("staff") == "on Mon 2026-11-23 10:00: no grant means them; 1 more"
    assert why("nights", access=(NIGHTS,)) == "on Mon 2026-11-23 10:00: nights-lab (site.yaml:1) is not active then"
    shut = {"deny": (deny("shut", [LAB], ["crew"], "nights"),)}
    assert why("crew", **shut) == "on Mon 2026-11-23 22:00 by deny shut (site.yaml:1); 2 more"
    blocked = {"doors": (front(), lab(blocked="nights"), store())}
    assert "the door is blocked on schedule nights" in why("crew", **blocked)
    assert "training not valid for trained (site.yaml:1)" in why("crew", access=(trained,))
    unread = {"doors": (front(), lab(readers_in=()), store())}
    assert "no reader stands on that side" in why("crew", **unread)


# -- who counts ------------------------------------------------------------------------------------------------------


def test_rights_count_and_cards_do_not() -> None:
    cardless = People.of(1, [Person("p-x", frozenset({"crew"}))], [])
    assert found(expect("nobody", who("crew")), found=cardless)
    assert not found(expect("everyone", who("crew")), found=cardless)


def test_whoever_is_blocked_or_not_valid_is_asked_for_nothing_and_can_nothing() -> None:
    for changes in ({"blocked": True}, {"ends": MONDAY - 1}, {"begins": MONDAY + 2 * YEAR}):
        gone = People.of(1, [Person("p-x", frozenset({"crew", "idle"}), **changes)], [])
        assert not found(expect("nobody", who("crew")), found=gone)
        assert not found(expect("only", who("staff")), found=gone)
        assert not found(expect("everyone", who("idle"), STORE), found=gone)


def test_a_validity_bounds_what_somebody_can() -> None:
    until = People.of(1, [Person("p-x", frozenset({"crew"}), ends=at("2026-12-01T00:00"))], [])
    assert not found(expect("nobody", who("crew"), at=dated("2026-12-01", 9)), found=until)
    assert found(expect("nobody", who("crew"), at=dated("2026-11-30", 9)), found=until)


def test_a_who_that_wants_something_valid_means_people_while_it_is() -> None:
    crew = People.of(1, [Person("p-x", frozenset({"crew"}), (("training", "2026-11-30"),))], [])
    trained = who("crew", valid=["training"])
    [wrong] = found(expect("only", trained), found=crew)
    assert wrong.utc == at("2026-12-01T00:00")
    assert not found(expect("only", trained, at=dated("2026-11-30", 23, 59)), found=crew)
    assert not found(expect("nobody", trained, at=dated("2026-12-01", 0)), found=crew)
    assert found(expect("nobody", trained, at=dated("2026-11-30", 23, 59)), found=crew)


def test_whoever_was_never_meant_is_told_from_whoever_is_no_longer() -> None:
    trained = (("training", "2026-11-30"),)
    both = [Person("p-in", frozenset({"staff", "crew"}), trained), Person("p-out", frozenset({"staff"}), trained)]
    only = expect("only", who("crew", valid=["training"]), at=dated("2026-11-29", 9))
    [wrong] = found(only, found=People.of(1, both, []), access=(grant("all", [LAB], ["staff"]),))
    assert (wrong.person, wrong.others) == ("p-out", 0)


def test_a_who_that_means_nobody_is_noted() -> None:
    place = site(expect=(expect("everyone", who("ghosts")), expect("nobody", who("ghosts"))))
    assert [(v.holds, v.note) for v in verdicts(place, MONDAY, MONDAY + YEAR)] == [(True, "means nobody")] * 2


def test_a_pin_a_second_person_an_escort_and_a_first_person_count_as_opening() -> None:
    crew = grant("crew", [LAB], ["crew"])
    for rule in (
        replace(crew, two_person=TwoPerson(30 * S, None)),
        replace(crew, escort=Escort(frozenset({"staff"}), 30 * S)),
        replace(crew, first_person=frozenset({"guards"})),
    ):
        assert found(expect("nobody", who("crew")), access=(rule,))
        assert not found(expect("everyone", who("crew")), access=(rule,))


def test_what_opens_only_while_somebody_is_not_valid_opens_never() -> None:
    day = People.of(1, [Person("p-x", frozenset({"nights"}), begins=MONDAY, ends=MONDAY + 3600 * S)], [])
    [wrong] = found(expect("everyone", who("nights")), found=day, access=(NIGHTS,))
    assert "p-x never may pass lab (in): nights-lab (site.yaml:1) is not active then" in str(wrong)


# -- doors that open to everybody ------------------------------------------------------------------------------------


def test_an_unlocked_door_opens_to_everybody() -> None:
    strangers = expect("nobody", who("nights"), FRONT, at=weekly(2, 12))
    [wrong] = found(strangers)
    assert "the door is unlocked on schedule office" in str(wrong)
    assert not found(strangers, doors=(front(unlock=None), lab(), store()))
    assert not found(replace(strangers, at=weekly(2, 20)))
    assert not found(expect("everyone", who("nights"), FRONT, at=weekly(2, 12)))


def test_everybody_leaves_by_an_egress_door() -> None:
    [wrong] = found(expect("only", who("crew"), ("front", OUT)))
    assert "everybody may leave by an egress door" in str(wrong)
    assert not found(expect("everyone", who("nights"), ("store", OUT), when="always"))


# -- at ---------------------------------------------------------------------------------------------------------------


def test_a_weekday_leaves_out_holidays() -> None:
    friday = weekly(4, 9)  # 25 December 2026 is a Friday and a holiday
    assert not found(expect("nobody", who("crew"), at=friday), lo=at("2026-12-25T00:00"), hi=at("2026-12-26T00:00"))
    [wrong] = found(expect("nobody", who("crew"), at=friday), lo=at("2026-12-25T00:00"), hi=at("2027-01-05T00:00"))
    assert wrong.utc == at("2027-01-01T09:00")
    assert found(expect("nobody", who("crew"), at=dated("2026-12-25", 9)))  # a date is that day, whatever it is


def test_a_time_that_the_clocks_leave_out_does_not_occur_that_day() -> None:
    sunday = expect("nobody", who("crew"), at=weekly(6, 1, 30))
    assert not found(sunday, lo=at("2027-03-28T00:00"), hi=at("2027-03-29T00:00"))
    [wrong] = found(sunday, lo=at("2027-03-28T00:00"), hi=at("2027-04-05T00:00"))
    assert wrong.utc == at("2027-04-04T00:30")  # summer time


def test_a_time_that_comes_twice_is_meant_twice() -> None:
    late = grant("late", [LAB], ["crew"], "late")
    hour = schedule("late", interval({6}, 90, 91))
    changes: dict[str, Any] = {"access": (late,), "schedules": (hour,)}
    sunday = expect("nobody", who("crew"), at=weekly(6, 1, 30))
    for lo in ("2027-10-31T00:00", "2027-10-31T01:00"):
        [wrong] = found(sunday, lo=at(lo), hi=at("2027-10-31T12:00"), **changes)
        assert wrong.utc == at(lo) + 30 * 60 * S


def test_a_date_beyond_the_year_is_looked_at_and_one_that_has_passed_is_noted() -> None:
    [wrong] = found(expect("nobody", who("crew"), at=dated("2029-02-28", 9)))
    assert wrong.utc == at("2029-02-28T09:00")
    place = site(expect=(expect("nobody", who("crew"), at=dated("2026-02-27", 9)),))
    [verdict] = verdicts(place, MONDAY, MONDAY + YEAR)
    assert (verdict.holds, verdict.note) == (True, "the moment has passed")


# -- fire, and what doors depend on ------------------------------------------------------------------------------------


def test_fire_releases_each_door() -> None:
    assert not found(ExpectFirePolicy("expect[0]", HERE, ("front", "lab")))
    [wrong] = found(ExpectFirePolicy("expect[0]", HERE, ("front", "store")))
    assert (wrong.door, wrong.text) == ("store", "fire releases front, store: no fire input releases store")


def apart(device: str, *doors: str, **changes: Any) -> list[str]:
    wrong = found(ExpectApartPolicy("expect[0]", HERE, doors, device), **changes)
    return [one.text.partition(": ")[2] for one in wrong]


def test_what_a_door_depends_on() -> None:
    assert apart("io2", "front") == []
    assert apart("io", "front") == [
        "the lock of front is io.out1",
        "the contact of front is io.in1",
        "the request to exit of front is io.in2",
        "the emergency release of front is io.in3",
    ]
    assert apart("io2-link", "store")[0] == "the lock of store is io2.out1, on io2-link"
    assert apart("north", "store") == [
        "the reader in of store is store-in, on north",
        "the reader out of store is store-out, on north",
    ]
    assert "the controller of gate is gate-ctl" in apart("gate-ctl", "gate")
    assert apart("pirs", "front", "lab", "store") == []


def test_a_way_with_a_reader_elsewhere_does_not_depend_on_one() -> None:
    both = store(readers_in=("store-in", "store-in2"))
    assert apart("store-in", "store", doors=(front(), lab(), both)) == []
    assert apart("store-in", "store") == ["the reader in of store is store-in"]
