"""Decisions at a reader without a PIN: every reason, the order of precedence, denials, lockdown, free exit."""

from __future__ import annotations

import pytest

from rules.model.commands import Wait
from rules.model.events import AccessDenied, AccessGranted, AccessTaken, AlarmRaised
from rules.model.points import Outcome
from rules.model.reasons import PRECEDENCE, Reason
from rules.model.signals import DeviceInsecure, DeviceLost
from rules.people import Person
from tests.rules.builder import IN, MONDAY, OUT, SUNDAY, S, deny, front, grant, people, site, store
from tests.rules.world import World

DENIALS = [
    ("c-nobody", {}, Reason.UNKNOWN_CREDENTIAL),
    (None, {}, Reason.BAD_FORMAT),
    ("c-bob", {"age": 2 * S + 1}, Reason.STALE_READ),
    ("c-disabled", {}, Reason.CREDENTIAL_DISABLED),
    ("c-lost", {}, Reason.CREDENTIAL_LOST),
    ("c-stolen", {}, Reason.CREDENTIAL_STOLEN),
    ("c-spare", {}, Reason.CREDENTIAL_UNASSIGNED),
    ("c-early", {}, Reason.CREDENTIAL_NOT_YET_ACTIVE),
    ("c-late", {}, Reason.CREDENTIAL_EXPIRED),
    ("c-old", {}, Reason.CREDENTIAL_EXPIRED),
    ("c-blocked", {}, Reason.PERSON_BLOCKED),
    ("c-eve", {}, Reason.DENIED_BY_RULE),
    ("c-none", {}, Reason.NO_ACCESS_RIGHTS),
    ("c-nick", {}, Reason.OUTSIDE_SCHEDULE),
]


@pytest.mark.parametrize(("token", "more", "reason"), DENIALS)
def test_each_denial_has_its_reason(monday: World, token: str | None, more: dict[str, int], reason: Reason) -> None:
    monday.card("front-in", token, **more)
    denied = monday.only(AccessDenied)
    assert denied.reason == reason.value
    assert monday.shown("front-in") == [Outcome.DENIED]
    assert not monday.pulses()
    assert denied.rules_hash == "hash-1"
    assert denied.people_rev == 7


def test_a_read_of_exactly_the_limit_is_not_stale(world: World) -> None:
    assert world.card("front-in", "c-bob", age=2 * S).has(AccessGranted)


def test_the_denial_shows_two_digits_and_the_token_only(world: World) -> None:
    denied = world.card("front-in", "c-nobody").only(AccessDenied)
    assert (denied.token, denied.tail, denied.person) == ("c-nobody", "17", None)


def test_a_grant_names_its_rule_and_pulses_before_anything_else_is_known(world: World) -> None:
    world.card("front-in", "c-bob")
    granted = world.only(AccessGranted)
    assert (granted.rule, granted.person, granted.direction, granted.area) == ("staff-all", "p-bob", "in", "lobby")
    (pulse,) = world.pulses()
    assert (pulse.output, pulse.on, pulse.duration) == ("io.out1", True, 5 * S)
    (order,) = [o for o in world.orders if o.command == pulse]
    assert (order.wait, order.ttl, order.door) == (Wait.BEST_EFFORT, 2 * S, "front")
    assert world.shown("front-in") == [Outcome.GRANTED]


def test_extended_people_get_the_longer_times(world: World) -> None:
    granted = world.card("front-in", "c-slow").only(AccessGranted)
    assert (granted.until - world.t, granted.open_for) == (15 * S, 60 * S)


def test_reasons_come_in_the_one_order_whatever_is_wrong() -> None:
    wrong = Person("p-wrong", frozenset(), blocked=True, begins=MONDAY + S, ends=MONDAY - S)
    world = World(site(people(wrong))).begin()
    world.say(DeviceInsecure("front-in", "plain")).ask("gus", "lockdown", "front")
    denied = world.card("front-in", "c-wrong", age=3 * S).only(AccessDenied)
    found = [denied.reason, *denied.also_failed]
    assert found == [
        "reader_out_of_service",
        "stale_read",
        "credential_not_yet_active",
        "credential_expired",
        "person_blocked",
        "lockdown",
        "no_access_rights",
    ]
    assert found == sorted(found, key=lambda r: PRECEDENCE[Reason(r)])


def test_precedence_is_the_order_of_the_vocabulary() -> None:
    assert list(PRECEDENCE) == list(Reason)
    assert list(PRECEDENCE.values()) == list(range(len(Reason)))


@pytest.mark.parametrize("order", [1, -1])
def test_a_denial_beats_every_grant_in_any_order_of_writing(order: int) -> None:
    access = (grant("a-all", [("front", IN)]), grant("z-bob", [("front", IN)], ["staff"]))[::order]
    denials = (deny("m-no", [("front", IN)], ["staff"]), deny("b-no", [("front", IN)], ["crew", "staff"]))[::order]
    world = World(site(access=access, deny=denials)).begin()
    denied = world.card("front-in", "c-bob").only(AccessDenied)
    assert (denied.reason, denied.rule) == ("denied_by_rule", "b-no")


@pytest.mark.parametrize("order", [1, -1])
def test_the_rule_named_does_not_depend_on_the_order_of_writing(order: int) -> None:
    access = (
        grant("b", [("front", IN)], ["crew"]),
        grant("a", [("front", IN)], ["staff"]),
        grant("c", [("front", IN)]),
    )
    world = World(site(access=access[::order])).begin()
    assert world.card("front-in", "c-cat").only(AccessGranted).rule == "c", "of everybody, before one of a group"


def test_an_inactive_denial_denies_nothing() -> None:
    world = World(site(deny=(deny("no", [("front", IN)], ["staff"], "never"),))).begin()
    assert world.card("front-in", "c-bob").has(AccessGranted)


def test_every_attribute_and_the_group_must_match() -> None:
    rule = grant("fit", [("front", IN)], ["staff"], attributes=(("company", "acme"), ("training", "valid")))
    half = Person("p-half", frozenset({"staff"}), (("company", "acme"),))
    full = Person("p-full", frozenset({"staff"}), (("training", "valid"), ("company", "acme")))
    other = Person("p-other", frozenset({"crew"}), full.attributes)
    world = World(site(people(half, full, other), access=(rule,), deny=())).begin()
    assert world.card("front-in", "c-half").only(AccessDenied).reason == "no_access_rights"
    assert world.card("front-in", "c-other").only(AccessDenied).reason == "no_access_rights"
    assert world.card("front-in", "c-full").has(AccessGranted)


def test_lockdown_denies_entry_and_never_exit(world: World) -> None:
    world.ask("gus", "lockdown", "all")
    denied = world.card("store-in", "c-bob").only(AccessDenied)
    assert (denied.reason, denied.also_failed) == ("lockdown", ())
    assert world.card("lab-out", "c-ann").has(AccessGranted)
    exit_ = world.card("store-out", "c-bob")
    assert exit_.only(AccessGranted).flags == ()
    assert exit_.pulses()


def test_lockdown_wins_over_a_denial_and_a_grant(world: World) -> None:
    world.ask("gus", "lockdown", "front")
    denied = world.card("front-in", "c-eve").only(AccessDenied)
    assert (denied.reason, denied.also_failed) == ("lockdown", ("denied_by_rule",))


def test_a_blocked_door_denies_both_ways_unless_exit_is_free(world: World) -> None:
    world.ask("sue", "block", "lab").ask("sue", "block", "store")
    assert world.card("lab-out", "c-ann").only(AccessDenied).reason == "door_blocked"
    assert world.card("store-in", "c-bob").only(AccessDenied).reason == "door_blocked"
    assert world.card("store-out", "c-bob").only(AccessGranted).flags == ("door_blocked",)


@pytest.mark.parametrize(("token", "more", "reason"), DENIALS)
def test_exit_is_free_whatever_is_wrong(token: str | None, more: dict[str, int], reason: Reason) -> None:
    world = World(site(access=(), deny=(deny("all", [("front", OUT)]),)), SUNDAY).begin()
    world.ask("gus", "lockdown", "all").ask("sue", "block", "front")
    world.say(DeviceInsecure("front-out", "plain"), DeviceLost("io", "gone"))
    world.card("front-out", token, **more)
    granted = world.only(AccessGranted)
    assert granted.flags
    assert world.pulses()
    assert all(o.wait is Wait.NONE for o in world.orders)
    assert world.shown("front-out") == [Outcome.GRANTED]


@pytest.mark.parametrize("token", ["c-lost", "c-stolen"])
@pytest.mark.parametrize("reader", ["front-in", "front-out"])
def test_a_lost_or_stolen_card_alarms_at_every_reader(world: World, token: str, reader: str) -> None:
    assert world.card(reader, token).only(AlarmRaised).alarm == "stolen-card.front"


def test_free_exit_does_not_wait_for_the_record(world: World) -> None:
    world.card("store-out", "c-bob")
    assert {o.wait for o in world.orders} == {Wait.NONE}


def test_a_door_that_requires_the_record_waits_for_it(world: World) -> None:
    world.card("lab-out", "c-ann")
    assert {o.wait for o in world.orders} == {Wait.REQUIRED}


def test_exit_at_a_door_without_egress_is_decided(world: World) -> None:
    assert world.card("lab-out", "c-bob").only(AccessDenied).reason == "no_access_rights"


def test_egress_by_the_way_in_frees_the_reader_that_leads_there() -> None:
    world = World(site(doors=(front(egress=frozenset({IN, OUT}), unlock=None), store()), zones=(), fire={}, minimum=()))
    world.begin().ask("gus", "lockdown", "all")
    assert world.card("front-in", "c-nobody").only(AccessGranted).flags[0] == "unknown_credential"


def test_without_a_contact_a_grant_is_a_passage(world: World) -> None:
    world.card("store-in", "c-bob")
    assert world.only(AccessTaken).area == "stores"
    assert world.state.places.get("p-bob").area == "stores"  # type: ignore[union-attr]


@pytest.mark.parametrize("reader", ["nowhere", "io", "", "lab-in.reader"])
def test_a_reader_nobody_knows_means_nothing(world: World, reader: str) -> None:
    assert world.card(reader, "c-bob").events == []


def test_validity_ends_at_its_instant_and_begins_at_its_instant() -> None:
    brief = Person("p-brief", frozenset({"staff"}), begins=MONDAY, ends=MONDAY + S)
    world = World(site(people(brief)), MONDAY - 1).begin()
    assert world.card("store-in", "c-brief").only(AccessDenied).reason == "credential_not_yet_active"
    world.utc = MONDAY
    assert world.card("store-in", "c-brief").has(AccessGranted)
    world.utc = MONDAY + S
    assert world.card("store-in", "c-brief").only(AccessDenied).reason == "credential_expired"
