"""Explanations of the rules that look at where people are, which doors stand open, and who else comes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.answers.explain import explain
from rules.answers.quiet import quiet
from rules.asked import Request
from rules.people import Person
from rules.policy import (
    Escort,
    Passback,
    PassbackMode,
    Require,
    TwoPerson,
)
from rules.site import Site
from rules.state import (
    DoorRecord,
    InspectionRecord,
    Layer,
    Passage,
    PlaceRecord,
    Release,
    State,
    Waiting,
    WaitRecord,
)
from tests.rules.asking import HOUR, T, areas, ask, at_rest, open_to, plain, told
from tests.rules.builder import IN, MONDAY, S, front, gate, lab, people, site, store
from tests.rules.wording import access, area, inspection, interlock, least, who

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


def test_a_visitor_may_follow_as_long_as_the_door_is_released_for_the_escort() -> None:
    place = plain(access=open_to(who("nights"), escort=Escort(frozenset({"staff"}), 30 * S)))
    state = at_rest(place)
    ahead = Release("grant", T + 5 * S, S, True, (Passage("p-bob", "in", "lobby"),))
    state.doors.put("front", replace(state.door("front"), release=ahead))
    state.mark()
    found = ask(place, state, "c-nick")
    assert (found.granted, found.turns) == (True, MONDAY + 5 * S)


def test_the_second_person_is_none_any_more_once_their_own_training_lapses() -> None:
    midnight = MONDAY + 14 * HOUR
    pair = [Person(f"p-{id}", frozenset({"pair"}), (("training", day),)) for id, day in ENDS.items()]
    rule = access("two", who("pair", valid=["training"]), "front:in", two_person=TwoPerson(30 * S))
    place = site(people(*pair), access=(rule,), deny=(), minimum=())
    state = at_rest(place)
    state.waits.put("front:in", WaitRecord((Waiting("p-soon", "c-soon", "front-in", "two", "second", (), T + 20 * S),)))
    asked = Request("front", IN, "c-long", "front-in", T, midnight - 5 * S)
    found = explain(place, state, asked, midnight + HOUR)
    assert (found.granted, found.turns) == (True, midnight)


ENDS = {"long": "valid", "soon": "2026-11-23"}


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
