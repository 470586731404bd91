"""Explanations of the rules that look at more than people and hours: at places, companions, other doors, uses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.asked import Request
from rules.explain import Explanation, explain
from rules.model.events.access import Use
from rules.people import Person
from rules.policy import (
    AreaPolicy,
    Direction,
    Escort,
    Passback,
    PassbackMode,
    Require,
    SchedulePolicy,
    TwoPerson,
    Who,
)
from rules.quiet import quiet
from rules.site import Site
from rules.state import DoorRecord, FirstRecord, InspectionRecord, Layer, PlaceRecord, State, Waiting, WaitRecord
from tests.rules.builder import HERE, MONDAY, WEEK, S, front, gate, interval, lab, people, policy, site, store
from tests.rules.wording import access, area, denial, group, inspection, interlock, least, limit, threat, who

DAY, HOUR = 86_400 * S, 3600 * S
T = 1_000_000 * S
STAFF = who("staff")


def ask(
    place: Site, state: State | None = None, token: str = "c-bob", way: str = "front:in", **parts: Any
) -> Explanation:
    door, _, direction = way.partition(":")
    asked = Request(door, Direction(direction), token, f"{door}-{direction}", T, MONDAY, **parts)
    return explain(place, state or at_rest(place), asked, MONDAY + 30 * DAY)


def at_rest(place: Site) -> State:
    """Every door closed."""
    state = quiet(place, MONDAY)
    for door in place.doors:
        state.doors.put(door, replace(state.door(door), position="closed"))
    return state


def told(found: Explanation) -> dict[str, list[str]]:
    return {f"{c.reason.value}: {c.text}": [change.text for change in c.changes] for c in found.causes}


def areas(**found: AreaPolicy) -> dict[str, AreaPolicy]:
    return {**policy().areas, **found}


def open_to(whom: Who = STAFF, **parts: Any) -> tuple[Any, ...]:
    return (access("rule", whom, "front:in", "front:out", **parts),)


def plain(**changes: Any) -> Site:
    return site(**{"access": open_to(), "deny": (), "minimum": (), **changes})


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


# -- where people are -------------------------------------------------------------------------------------------------


def tracked(mode: PassbackMode, near: PassbackMode | None = None, **parts: Any) -> tuple[Site, State]:
    rules = {"lobby": area("lobby", passback=Passback(mode, 10 * 60 * S, **parts))}
    if near is not None:
        rules["outside"] = area("outside", passback=Passback(near))
    place = plain(areas=areas(**rules))
    state = at_rest(place)
    state.places.put("p-bob", PlaceRecord("lobby", T - 60 * S, MONDAY - 60 * S))
    return place, state


def test_passback_says_where_they_are_believed_to_be_and_what_ends_it() -> None:
    place, state = tracked(PassbackMode.HARD, exempt=who("guards"), forgive=(240,))
    text = "they are in lobby, as far as is known, since Mon 2026-11-23 09:59: passback of lobby (site.yaml:1)"
    found = ask(place, state)
    assert told(found) == {
        f"passback: {text}": [
            "leave lobby first, by a door that knows of it",
            "forgive the place of this person",
            "places are forgiven Tue 2026-11-24 04:00",
            "be in the group guards, whom it does not bind",
        ]
    }
    assert found.turns == MONDAY + 18 * HOUR


def test_timed_passback_is_over_by_itself() -> None:
    place, state = tracked(PassbackMode.TIMED)
    found = ask(place, state)
    assert [cause.reason.value for cause in found.causes] == ["timed_passback"]
    assert "10 min are over Mon 2026-11-23 10:09" in [change.text for change in found.causes[0].changes]
    assert found.turns == MONDAY + 9 * 60 * S


def test_soft_passback_is_noted_and_grants() -> None:
    place, state = tracked(PassbackMode.SOFT)
    (noted,) = ask(place, state).noted
    assert noted.text.startswith("they are in lobby already, as far as is known, since Mon 2026-11-23 09:59")
    assert ask(place, state).granted


def test_somebody_who_comes_from_elsewhere() -> None:
    place, state = tracked(PassbackMode.HARD, PassbackMode.HARD)
    state.places.put("p-bob", PlaceRecord("stores", T, MONDAY))
    (cause,) = ask(place, state).causes
    assert cause.reason.value == "unexpected_location"
    assert cause.changes[0].text == "go from stores into outside first, by a door that knows of it"


def test_an_area_that_is_full_and_one_that_must_not_hold_one_alone() -> None:
    place = plain(areas=areas(lobby=area("lobby", occupancy_max=2)))
    state = at_rest(place)
    for who_is_in in ("p-ann", "p-cat", "p-eve"):
        state.places.put(who_is_in, PlaceRecord("lobby"))
    assert told(ask(place, state)) == {
        "occupancy_max: 3 are in lobby, of at most 2": [
            "2 people leave lobby",
            "let more than 2 into lobby (site.yaml:1)",
        ]
    }
    place = plain(areas=areas(lobby=area("lobby", occupancy_min=2)), doors=(front(egress=frozenset()),))
    assert "occupancy_min: 0 are in lobby, which must hold at least 2" in told(ask(place))
    state.places.drop("p-eve")
    state.places.put("p-bob", PlaceRecord("lobby"))
    state.places.drop("p-ann")
    found = told(ask(place, state, way="front:out"))
    assert "occupancy_min: too few would be left in lobby: 2 are there, of at least 2" in found


# -- doors ------------------------------------------------------------------------------------------------------------


def test_an_interlock_names_the_door_that_stands_open_and_what_else_keeps_it() -> None:
    place = plain(interlocks=(interlock("sluice", "front", "lab", "store"),), doors=(front(), lab(), store(), gate()))
    state = at_rest(place)
    assert ask(place, state).granted
    state.doors.put("lab", DoorRecord("open"))
    state.doors.put("store", DoorRecord("closed", (Layer("operator", "operator", "unlock"),)))
    assert told(ask(place, state)) == {
        "interlock: lab stands open: interlock sluice (site.yaml:1)": [
            "close lab",
            "remove interlock sluice (site.yaml:1)",
        ],
        "interlock: store is unlocked: interlock sluice (site.yaml:1)": [
            "lock store",
            "remove interlock sluice (site.yaml:1)",
        ],
    }
    state.doors.put("lab", DoorRecord())
    assert "interlock: lab is not known to be closed: interlock sluice (site.yaml:1)" in told(ask(place, state))


def test_a_door_that_is_blocked_by_schedule_opens_again_by_itself() -> None:
    place = plain(doors=(front(blocked="office", unlock=None), lab(), store(), gate()))
    found = ask(place)
    assert told(found) == {
        "door_blocked: front (site.yaml:1) is blocked on schedule office": [
            "that ends Mon 2026-11-23 19:00",
            "let front (site.yaml:1) not be blocked then",
        ]
    }
    assert found.turns == MONDAY + 9 * HOUR


def test_beneath_a_lockdown_the_door_may_be_blocked_besides() -> None:
    place = plain(lockdown_exempt=who("guards"))
    state = quiet(place, MONDAY, locked_down=["front"])
    layers = (*state.door("front").layers, Layer("blocked", "operator", "lock"))
    state.doors.put("front", replace(state.door("front"), layers=layers))
    assert told(ask(place, state)) == {
        "lockdown: front is in lockdown": [
            "end the lockdown of front",
            "be one of those whom lockdown lets pass: guards",
        ],
        "door_blocked: front is blocked by operator": ["unblock front"],
    }


# -- who else comes ---------------------------------------------------------------------------------------------------


def test_two_have_to_come_by_a_grant_or_by_a_minimum() -> None:
    place = plain(access=open_to(two_person=TwoPerson(20 * S)))
    found = ask(place)
    assert (found.granted, found.waits) == (False, True)
    assert told(found) == {
        "second_person_pending: two have to come: demanded by rule (site.yaml:1)": [
            "a second person who has the same grant shows a badge here within 20 s"
        ]
    }
    state = at_rest(place)
    state.waits.put("front:in", WaitRecord((Waiting("p-cat", "c-cat", "front-in", "rule", "second", (), T + S),)))
    assert ask(place, state).granted
    place = plain(minimum=(least("m", "front:in", when="office", two_person=TwoPerson(20 * S, "guards")),))
    assert told(ask(place)) == {
        "second_person_pending: two have to come: demanded by m (site.yaml:1)": [
            "a second person, one of both of guards, shows a badge here within 20 s",
            "m (site.yaml:1) ends Mon 2026-11-23 19:00",
        ]
    }


def test_who_needs_an_escort_and_who_is_none() -> None:
    place = plain(access=open_to(escort=Escort(frozenset({"keyholders", "guards"}), 60 * S)))
    found = ask(place)
    assert found.waits
    assert told(found) == {
        "escort_required: they come with an escort of guards or keyholders: demanded by rule (site.yaml:1)": [
            "somebody of guards or keyholders shows a badge here within 1 min and comes along"
        ]
    }
    tour = access("tour", who("guests"), "front:in", escort=Escort(frozenset({"guards"}), 60 * S))
    place = plain(access=(*open_to(), tour))
    state = at_rest(place)
    visitor = Waiting("p-cat", "c-cat", "front-in", "rule", "escort", ("guards",), T + 30 * S)
    state.waits.put("front:in", WaitRecord((visitor,)))
    found = ask(place, state)
    assert not found.waits
    assert told(found) == {
        "wrong_escort: somebody waits here for an escort of guards": [
            "somebody of guards shows a badge here first",
            "they wait no longer Mon 2026-11-23 10:00:30",
        ]
    }
    assert found.turns == MONDAY + 30 * S


def test_what_a_grant_asks_for_is_said_where_it_is_offered() -> None:
    rule = access(
        "tour",
        who("guests"),
        "front:in",
        require=Require.CARD_PIN,
        escort=Escort(frozenset({"guards"}), 60 * S),
    )
    (cause,) = ask(plain(access=(rule,))).causes
    assert cause.changes[0].text == (
        "be in the group guests: tour (site.yaml:1), with card and PIN, with an escort of guards within 1 min"
    )


def test_an_inspection_that_was_drawn_and_one_that_stays() -> None:
    place = plain(inspections=(inspection("spot", who(), "front:in", rate=1_000_000),))
    found = ask(place)
    assert found.waits
    assert told(found) == {
        "inspection_selected: spot (site.yaml:1) chose them by lot, 100 % of all": [
            "inspect them; whoever does opens the door",
            "remove inspection spot (site.yaml:1)",
        ]
    }
    place = plain(inspections=(inspection("spot", who(), "front:in", rate=1),))
    state = at_rest(place)
    assert [policy.id for policy in ask(place, state).inspections] == ["spot"]
    state.inspections.put("p-bob", InspectionRecord("front", T + 60 * S))
    assert told(ask(place, state)) == {
        "inspection_selected: they were chosen for an inspection before": [
            "inspect them; whoever does opens the door",
            "the choice ends Mon 2026-11-23 10:01",
        ]
    }


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
