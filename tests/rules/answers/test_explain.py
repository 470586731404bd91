"""Explanations of the small site: the decision, all that speaks against it, and what would have to change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from rules.access import Request
from rules.answers.cause import local
from rules.answers.explain import Explanation, explain
from rules.answers.quiet import quiet
from rules.answers.why import WHY
from rules.model.reasons import Reason
from rules.people import Person
from rules.policy import Direction
from rules.site import Site
from tests.rules.builder import IN, MONDAY, OUT, S, deny, grant, minimum, people, site

DAY = 86_400 * S
HOUR = 3600 * S


def test_every_reason_has_its_explanation() -> None:
    assert set(WHY) == set(Reason) - {Reason.GRANTED, Reason.GRANTED_SOFT_PASSBACK, Reason.GRANTED_DURESS}


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
    asked = Request(door, way, token, f"{door}-{way.value}", 1_000 * S, utc, **request)
    return explain(place, quiet(place, utc, armed=armed, locked_down=locked), asked, utc + 366 * DAY)


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
    assert (found.granted, found.person, found.decision.rule, found.turns) == (
        True,
        "p-tmp",
        "day",
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
    assert (found.granted, found.free, found.decision.granted) == (True, True, False)
    assert [reason.value for reason in found.reasons] == ["unknown_credential", "no_access_rights"]
    assert (found.changes, found.turns) == ((), None)


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    october = MONDAY - 29 * DAY  # Sunday 2026-10-25, 10:00 UTC
    assert [local(site(), october - h * HOUR) for h in (10, 9, 8)] == [
        "Sun 2026-10-25 01:00 +0100",
        "Sun 2026-10-25 01:00 +0000",
        "Sun 2026-10-25 02:00",
    ]
