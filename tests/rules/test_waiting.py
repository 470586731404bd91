"""Passages that wait for somebody: two persons, escorts, inspections; who comes first; what is taken back."""

from __future__ import annotations

from dataclasses import replace

from rules.compile import with_change
from rules.model.events import (
    AccessDenied,
    AccessGranted,
    AccessTaken,
    CompanionAwaited,
    DoorLayerCleared,
    DoorLayerSet,
    InspectionDrawn,
    InspectionEnded,
)
from rules.model.points import Outcome
from rules.model.signals import ReleaseTimedOut
from rules.people import Credential, PeopleChange, Person
from rules.policy import (
    AreaPolicy,
    DenyPolicy,
    Escort,
    InspectionPolicy,
    LimitPolicy,
    Passback,
    PassbackMode,
    ThreatPolicy,
    TwoPerson,
    Who,
)
from rules.state import DoorRecord
from tests.rules.builder import HERE, IN, S, deny, front, grant, people, policy, site, store
from tests.rules.world import World

WINDOW = 30 * S
VISITORS = (Person("p-vic", frozenset({"visitors"})), Person("p-vera", frozenset({"visitors"})))


def granted(world: World) -> list[str | None]:
    return [e.person for e in world.events if isinstance(e, AccessGranted)]


def denied(world: World) -> list[tuple[str | None, str]]:
    return [(e.person, e.reason) for e in world.events if isinstance(e, AccessDenied)]


# -- two persons -------------------------------------------------------------------------------------------------------


def two(second: str | None = None) -> World:
    rule = replace(grant("vault", [("store", IN)], ["staff", "crew"]), two_person=TwoPerson(WINDOW, second))
    return World(site(access=(rule,), deny=())).begin()


def test_the_first_of_two_waits_and_both_are_let_in() -> None:
    world = two()
    world.card("store-in", "c-bob")
    waits = world.only(CompanionAwaited)
    assert (waits.person, waits.reason, waits.rule) == ("p-bob", "second_person_pending", "vault")
    assert world.shown("store-in") == [Outcome.WAIT]
    assert not world.pulses()
    world.card("store-in", "c-cat")
    assert granted(world) == ["p-bob", "p-cat"]
    assert {p.output for p in world.pulses()} == {"io2.out1"}
    assert len(world.state.waits) == 0


def test_nobody_is_their_own_second_person() -> None:
    world = two()
    world.card("store-in", "c-bob").card("store-in", "c-bob")
    assert not granted(world)
    assert len(world.state.waiting("store:in")) == 1


def test_two_cards_of_one_person_are_no_two_persons() -> None:
    spare = Credential("c-bob2", "p-bob")
    rule = replace(grant("vault", [("store", IN)], ["staff"]), two_person=TwoPerson(WINDOW))
    world = World(site(people(credentials=[spare]), access=(rule,), deny=())).begin()
    world.card("store-in", "c-bob").card("store-in", "c-bob2")
    assert not granted(world)


def test_a_second_person_who_comes_too_late_waits_in_turn() -> None:
    world = two()
    world.card("store-in", "c-bob").wait(30)
    assert denied(world) == [("p-bob", "second_person_timeout")]
    world.card("store-in", "c-cat")
    assert not granted(world)
    assert world.only(CompanionAwaited).person == "p-cat"


def test_one_of_the_two_is_of_the_stated_group_in_either_order() -> None:
    for first, second in (("c-bob", "c-cat"), ("c-cat", "c-bob")):
        world = two("crew")
        world.card("store-in", first).card("store-in", second)
        assert len(granted(world)) == 2
    world = two("crew")
    world.card("store-in", "c-bob").card("store-in", "c-slow")  # slow is crew as well
    assert len(granted(world)) == 2
    world = two("keyholders")
    world.card("store-in", "c-bob").card("store-in", "c-cat")
    assert not granted(world)


def test_whoever_was_blocked_meanwhile_is_no_second_person() -> None:
    world = two()
    world.card("store-in", "c-bob")
    blocked = Person("p-bob", frozenset({"staff"}), blocked=True)
    cards = tuple(Credential(t, "p-bob") for t, c in world.site.people.credentials.items() if c.person == "p-bob")
    with_change(world.site, PeopleChange(8, (blocked,), credentials=cards))
    world.card("store-in", "c-cat")
    assert not granted(world)
    assert denied(world) == [("p-bob", "person_blocked")]
    assert world.only(CompanionAwaited).person == "p-cat"


def test_a_lockdown_meanwhile_keeps_both_out() -> None:
    world = two()
    world.card("store-in", "c-bob").ask("sue", "lockdown", "all")
    world.card("store-in", "c-cat")
    assert not granted(world)
    assert ("p-bob", "lockdown") in denied(world)
    assert ("p-cat", "lockdown") in denied(world)


# -- escorts -----------------------------------------------------------------------------------------------------------


def escorted() -> World:
    visit = replace(grant("visit", [("store", IN)], ["visitors"]), escort=Escort(frozenset({"staff"}), WINDOW))
    crew = grant("staff", [("store", IN)], ["staff", "nights"])
    return World(site(people(*VISITORS), access=(visit, crew), deny=())).begin()


def test_visitors_wait_and_their_escort_lets_all_in() -> None:
    world = escorted()
    world.card("store-in", "c-vic").card("store-in", "c-vera")
    assert world.only(CompanionAwaited).reason == "escort_required"
    world.card("store-in", "c-bob")
    assert granted(world) == ["p-vic", "p-vera", "p-bob"]


def test_somebody_who_is_no_escort_is_kept_out_while_a_visitor_waits() -> None:
    world = escorted()
    world.card("store-in", "c-vic").card("store-in", "c-nick")
    assert denied(world) == [("p-nick", "wrong_escort")]
    world.wait(30)
    assert denied(world) == [("p-vic", "escort_required")]
    world.card("store-in", "c-nick")
    assert granted(world) == ["p-nick"]


def test_a_visitor_follows_an_escort_who_went_ahead() -> None:
    visit = replace(grant("visit", [("front", IN)], ["visitors"]), escort=Escort(frozenset({"staff"}), WINDOW))
    rules = (visit, grant("staff", [("front", IN)], ["staff"]))
    world = World(site(people(*VISITORS), access=rules, deny=(), doors=(front(unlock=None), store()))).begin()
    world.card("front-in", "c-bob").card("front-in", "c-vic")
    assert granted(world) == ["p-vic"]
    world.wait(60).card("front-in", "c-vera")
    assert not granted(world)


# -- inspections -------------------------------------------------------------------------------------------------------


def inspected(rate: int) -> World:
    rule = InspectionPolicy("search", HERE, Who(frozenset({"staff"})), (("store", IN),), rate, "always", 300 * S)
    return World(
        site(access=(grant("all", [("store", IN)], ["staff", "nights"]),), inspections=(rule,), deny=())
    ).begin()


def test_whoever_is_drawn_stays_so_until_an_operator_opens() -> None:
    world = inspected(1_000_000)
    world.card("store-in", "c-bob")
    assert world.only(InspectionDrawn).person == "p-bob"
    assert world.shown("store-in") == [Outcome.WAIT]
    world.card("store-in", "c-bob")
    assert not granted(world)
    world.ask("gus", "open", "store")
    assert world.only(InspectionEnded).by == "gus"
    assert world.pulses()


def test_who_is_not_meant_is_never_drawn_and_a_rate_of_nothing_draws_nobody() -> None:
    assert granted(inspected(1_000_000).card("store-in", "c-nick")) == ["p-nick"]
    assert granted(inspected(0).card("store-in", "c-bob")) == ["p-bob"]


def test_who_went_away_is_forgotten() -> None:
    world = inspected(1_000_000)
    world.card("store-in", "c-bob").wait(300)
    assert world.only(InspectionEnded).by is None
    assert len(world.state.inspections) == 0


# -- who comes first ---------------------------------------------------------------------------------------------------


def test_a_door_that_waits_for_its_first_person_opens_once_they_came_and_closes_with_the_schedule() -> None:
    door = front(unlock="office", unlock_after=frozenset({"keyholders"}))
    world = World(site(doors=(door, store()))).begin()
    assert "schedule" not in {found.layer for found in world.state.door("front").layers}
    world.card("front-in", "c-bob").active("io.in1")
    assert not world.has(DoorLayerSet)
    world.rest("io.in1", world.site.inputs["io.in1"].active)
    world.wait(10)
    world.card("front-in", "c-ann").active("io.in1")
    assert world.only(AccessTaken).firsts == ("front/keyholders",)
    assert world.only(DoorLayerSet).layer == "schedule"
    world.wait(9 * 3600)
    assert world.has(DoorLayerCleared)
    world.wait(24 * 3600)
    assert "schedule" not in {found.layer for found in world.state.door("front").layers}


def test_a_grant_waits_for_the_first_person_of_this_period() -> None:
    early = replace(grant("early", [("store", IN)], ["nights"], "office"), first_person=frozenset({"crew"}))
    world = World(site(access=(early, grant("crew", [("store", IN)], ["crew"])), deny=())).begin()
    assert denied(world.card("store-in", "c-nick")) == [("p-nick", "first_person_not_in")]
    world.card("store-in", "c-cat")
    assert granted(world.card("store-in", "c-nick")) == ["p-nick"]
    world.wait(24 * 3600)
    assert denied(world.card("store-in", "c-nick")) == [("p-nick", "first_person_not_in")]


def test_a_door_is_blocked_by_its_schedule() -> None:
    world = World(site(doors=(front(unlock=None, blocked="office"), store()))).begin()
    assert denied(world.card("front-in", "c-bob")) == [("p-bob", "door_blocked")]
    world.wait(10 * 3600)
    assert granted(world.card("front-in", "c-bob")) == ["p-bob"]


# -- counting ----------------------------------------------------------------------------------------------------------


def counting(**bounds: int) -> World:
    limit = LimitPolicy("tens", HERE, Who(frozenset({"staff"})), **bounds)
    return World(site(limits=(limit,), deny=())).begin()


def test_uses_and_days_are_counted_by_card() -> None:
    world = counting(max_uses=2)
    for _ in range(2):
        assert granted(world.card("store-in", "c-bob")) == ["p-bob"]
    assert denied(world.card("store-in", "c-bob")) == [("p-bob", "max_uses")]
    assert granted(world.card("store-in", "c-cat")) == ["p-cat"]
    world = counting(max_days=1)
    assert granted(world.card("store-in", "c-bob")) == ["p-bob"]
    assert granted(world.card("store-in", "c-bob")) == ["p-bob"]
    world.wait(24 * 3600)
    assert denied(world.card("store-in", "c-bob")) == [("p-bob", "max_days")]


def test_a_card_left_alone_for_too_long_is_inactive() -> None:
    world = counting(inactive_after=3600 * S)
    assert granted(world.card("store-in", "c-bob")) == ["p-bob"]
    world.wait(3601)
    assert denied(world.card("store-in", "c-bob")) == [("p-bob", "credential_inactive")]


def test_a_withheld_release_is_no_use() -> None:
    limit = LimitPolicy("tens", HERE, Who(frozenset({"crew"})), max_uses=1)
    world = World(site(limits=(limit,), minimum=(), deny=())).begin()
    world.card("lab-in", "c-cat")
    assert world.state.use("c-cat").uses == 1
    world.say(ReleaseTimedOut("lab"))
    assert world.state.use("c-cat").uses == 0
    assert granted(world.card("lab-in", "c-cat")) == ["p-cat"]


# -- places ------------------------------------------------------------------------------------------------------------


def test_places_are_counted_and_undone_with_the_step() -> None:
    world = World().begin()
    world.card("store-in", "c-bob").card("store-in", "c-cat")
    assert world.state.places.count("stores") == 2
    world.card("store-out", "c-bob")
    assert (world.state.places.count("stores"), world.state.places.count("lobby")) == (1, 1)
    world.state.undo()
    assert (world.state.places.count("stores"), world.state.places.count("lobby")) == (2, 0)


def test_what_is_unusual_follows_the_records() -> None:
    world = World().begin()
    assert world.state.unusual == set()
    world.ask("sue", "lockdown", "store")
    assert world.state.unusual == {"door store"}
    world.ask("sue", "lockdown-end", "store")
    assert world.state.unusual == set()
    world.state.doors.put("x", DoorRecord())
    assert world.state.unusual == set()


# -- threat levels and forgiving --------------------------------------------------------------------------------------


def threatened() -> World:
    def rule(id: str, group: str) -> DenyPolicy:
        return deny(id, [("store", IN)], [group])

    levels = (
        ThreatPolicy("guarded", HERE, 1, (rule("guarded.0", "nights"),)),
        ThreatPolicy("high", HERE, 2, (rule("high.0", "staff"),)),
    )
    access = (grant("all", [("store", IN)], ["staff", "nights"]),)
    return World(site(access=access, threats=levels, deny=())).begin()


def test_each_threat_level_adds_its_restrictions_to_those_below() -> None:
    world = threatened()
    assert granted(world.card("store-in", "c-nick")) == ["p-nick"]
    assert world.ask("sue", "threat-level", "guarded").answered().code == "ok"
    assert denied(world.card("store-in", "c-nick")) == [("p-nick", "threat_level")]
    assert granted(world.card("store-in", "c-bob")) == ["p-bob"]
    world.ask("sue", "threat-level", "high")
    assert denied(world.card("store-in", "c-nick")) == [("p-nick", "threat_level")]
    assert denied(world.card("store-in", "c-bob")) == [("p-bob", "threat_level")]
    assert world.ask("sue", "threat-level", "none").answered().code == "ok"
    assert granted(world.card("store-in", "c-bob")) == ["p-bob"]


def test_a_threat_level_nobody_wrote_is_refused() -> None:
    world = threatened()
    assert world.ask("sue", "threat-level", "purple").answered().code == "no_such_threat_level"
    assert world.ask("sue", "threat-level", "none").answered().code == "already_so"
    assert world.ask("gus", "threat-level", "high").answered().code == "not_allowed"


def test_forgiving_makes_a_place_unknown() -> None:
    hard = AreaPolicy("stores", HERE, None, Passback(PassbackMode.HARD))
    areas = {**policy().areas, "stores": hard}
    world = World(site(areas=areas, deny=())).begin()
    assert granted(world.card("store-in", "c-bob")) == ["p-bob"]
    assert denied(world.card("store-in", "c-bob")) == [("p-bob", "passback")]
    assert world.ask("sue", "forgive", "p-bob").answered().code == "ok"
    assert granted(world.card("store-in", "c-bob")) == ["p-bob"]
    assert world.ask("sue", "forgive", "stores").answered().code == "ok"
    assert world.ask("sue", "forgive", "all").answered().code == "nobody_there"
