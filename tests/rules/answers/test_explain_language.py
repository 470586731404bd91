"""Explanations of the rules that look at more than people and hours: at uses, threats, prerequisites, PINs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.model.events.access import Use
from rules.people import Person
from rules.policy import (
    Require,
    SchedulePolicy,
    TwoPerson,
)
from rules.site import Site
from rules.state import FirstRecord
from tests.rules.asking import DAY, HOUR, STAFF, T, ask, at_rest, open_to, plain, told
from tests.rules.builder import HERE, MONDAY, WEEK, S, interval, people, schedule
from tests.rules.wording import access, denial, group, least, limit, threat, who

# -- limits -----------------------------------------------------------------------------------------------------------


def test_a_card_that_was_used_up_idle_or_on_too_many_days() -> None:
    limits = (
        limit("idle", STAFF, inactive_after=30 * DAY),
        limit("some", who("staff", "crew"), max_uses=5),
        limit("week", who(), max_days=3),
    )
    place = plain(limits=limits)
    state = at_rest(place)
    state.uses.put("c-bob", Use(5, 3, 1, MONDAY - 31 * DAY))
    found = ask(place, state)
    assert told(found) == {
        "credential_inactive: the card was last used Fri 2026-10-23 11:00, more than 30 days ago: idle (site.yaml:1)": [
            "remove limit idle (site.yaml:1)",
            "give them another card",
        ],
        "max_uses: the card was used 5 times, of at most 5: some (site.yaml:1)": [
            "remove limit some (site.yaml:1)",
            "give them another card",
        ],
        "max_days: the card was used on 3 days, of at most 3: week (site.yaml:1)": [
            "remove limit week (site.yaml:1)",
            "give them another card",
        ],
    }
    assert found.causes[1].rule == "some"


def test_a_card_that_will_be_used_up_or_idle() -> None:
    place = plain(limits=(limit("some", STAFF, max_uses=5), limit("idle", STAFF, inactive_after=10 * DAY)))
    state = at_rest(place)
    state.uses.put("c-bob", Use(4, 4, 1, MONDAY - DAY))
    found = ask(place, state)
    assert "1 more use: some (site.yaml:1)" in [change.text for change in found.changes]
    assert found.turns == MONDAY + 9 * DAY + 1


# -- threat levels ----------------------------------------------------------------------------------------------------


def test_a_threat_level_names_its_restriction_and_from_which_level_on() -> None:
    levels = (
        threat("raised", 1, denial("no-guests", who("staff", but=[who("guards")]), "front:in")),
        threat("severe", 2, denial("nobody", who(), "front:in", when="office")),
    )
    place = plain(threats=levels)
    state = at_rest(place)
    assert "threat level raised: no-guests (site.yaml:1)" in [c.text for c in ask(place, state).changes]
    state.system.put("gateway", replace(state.gateway(), threat="severe"))
    assert told(ask(place, state)) == {
        "threat_level: no-guests (site.yaml:1) denies it from threat level raised on": [
            "lower the threat level below raised",
            "remove threat rule no-guests (site.yaml:1)",
            "be in the group guards, which it leaves out",
        ],
        "threat_level: nobody (site.yaml:1) denies it from threat level severe on": [
            "lower the threat level below severe",
            "remove threat rule nobody (site.yaml:1)",
            "nobody (site.yaml:1) ends Mon 2026-11-23 19:00",
        ],
    }


# -- what a grant wants -----------------------------------------------------------------------------------------------


def trained(until: str | None, **more: Any) -> Site:
    values = (("training", until),) if until is not None else ()
    pat = Person("p-pat", frozenset({"staff"}), values)
    return plain(found=people(pat), access=open_to(who("staff", valid=["training"])), **more)


def test_a_prerequisite_that_lapsed_says_when() -> None:
    found = ask(trained("2026-10-31"), token="c-pat")
    assert told(found) == {
        "prerequisite_lapsed: not valid: training, valid up to 2026-10-31; wanted by rule (site.yaml:1)": [
            "renew training, valid up to 2026-10-31: rule (site.yaml:1)",
            "a grant for the group staff at this time",
        ]
    }
    assert "training, which they do not have" in str(told(ask(trained(None), token="c-pat")))
    assert "training, which holds no date" in str(told(ask(trained("soon"), token="c-pat")))


def test_a_prerequisite_that_will_lapse_turns_the_answer() -> None:
    found = ask(trained("2026-11-25"), token="c-pat")
    assert found.turns == MONDAY - 10 * HOUR + 3 * DAY
    assert "training lapses Thu 2026-11-26 00:00" in [change.text for change in found.changes]


def test_who_must_come_first_where_the_period_never_began() -> None:
    """A schedule that holds day and night, by whatever it is called."""
    whole = schedule("whole", interval(range(7), 0, 1440, ["holiday", "half_day"]))
    for when in ("always", "whole"):
        rule = access("rule", STAFF, "front:in", when=when, first_person=frozenset({"guards"}))
        (cause,) = ask(plain(access=(rule,), schedules=(whole,))).causes
        assert cause.text == "nobody of guards has entered lobby since ever: rule (site.yaml:1)"


def test_who_must_come_first() -> None:
    place = plain(access=open_to(when="office", first_person=frozenset({"keyholders", "guards"})))
    state = at_rest(place)
    reason = "first_person_not_in: nobody of guards or keyholders has entered lobby since Mon 2026-11-23 07:00: rule"
    assert told(ask(place, state)) == {
        f"{reason} (site.yaml:1)": [
            "let somebody of guards or keyholders enter lobby first: rule (site.yaml:1)",
            "a grant for the group staff at this time",
        ]
    }
    assert ask(place, state, "c-ann").granted  # who is one of them, and asks
    state.firsts.put("lobby/guards", FirstRecord(MONDAY - HOUR))
    assert ask(place, state).turns == MONDAY + 9 * HOUR


# -- PINs, nested groups, overlays ------------------------------------------------------------------------------------


def test_a_lockout_says_when_it_ends() -> None:
    place = plain(access=(access("rule", STAFF, "lab:in", require=Require.CARD_PIN),))
    state = at_rest(place)
    state.pins.put("c-ann", replace(state.pin("c-ann"), locked_until=T + 300 * S))
    found = ask(place, state, "c-ann", "lab:in", pin="ok")
    assert told(found) == {
        "pin_lockout: too many wrong PINs with this card": ["the lockout ends Mon 2026-11-23 10:05"],
    }
    assert found.turns == MONDAY + 300 * S


def test_a_group_within_a_group_is_left_and_joined_by_what_one_is_in() -> None:
    groups = {"outsiders": group("outsiders", who("acme"), who("zed"))}
    zoe = Person("p-zoe", frozenset({"staff", "acme"}))
    place = plain(found=people(zoe), groups=groups, deny=(denial("no", who("outsiders"), "front:in"),))
    (cause,) = ask(place, token="c-zoe").causes
    assert [change.text for change in cause.changes] == ["remove deny no (site.yaml:1)", "leave the group acme"]


def test_a_grant_of_an_overlay_begins_and_ends_by_itself() -> None:
    begins, ends = MONDAY + HOUR, MONDAY + 3 * HOUR
    gala = SchedulePolicy("open@gala", HERE, (interval(WEEK, 0, 1440),), (begins, ends))
    place = plain(access=open_to(when="open@gala"), schedules=(gala,))
    found = ask(place)
    assert found.turns == begins
    assert next(iter(told(found).values()))[0] == "rule (site.yaml:1) is active again Mon 2026-11-23 11:00"


def test_the_minimum_beyond_the_grant_is_told() -> None:
    place = plain(minimum=(least("m", "front:in", require=Require.CARD_PIN, two_person=TwoPerson(20 * S)),))
    found = ask(place, pin="ok")
    assert [(d.id, d.pin, d.two_person is not None) for d in found.demands] == [("m", True, True)]
