"""Ways in that must not be: rules, people, modes and the record that change while somebody is on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.compile import compile_site
from rules.model.commands import SetOutput, Wait
from rules.model.events import AccessDenied, AccessGranted, CompanionAwaited, DoorLayerSet
from rules.model.signals import CommandFailed, DeviceFound, DeviceLost, ReleaseTimedOut, SiteChanged
from rules.people import Person
from rules.policy import (
    AccessPolicy,
    DoorPolicy,
    Escort,
    InspectionPolicy,
    LimitPolicy,
    Passback,
    PassbackMode,
    Require,
    TwoPerson,
    Who,
)
from rules.site import Site
from rules.swap import described
from tests.rules.builder import IN, MONDAY, OUT, S, front, gate, grant, interval, lab, people, policy, schedule, store
from tests.rules.wording import area, least, threat
from tests.rules.wording import denial as restriction
from tests.rules.world import World

PAIR = TwoPerson(30 * S)
LATE = schedule("late", interval(range(7), 10 * 60 + 1, 20 * 60))
"""From a minute after the world begins."""


def made(hash: str = "hash-1", **changes: Any) -> Site:
    return compile_site(policy(**{"deny": (), "minimum": (), **changes}), people(), hash)


def world_of(**changes: Any) -> World:
    return World(made(**changes)).begin()


def swap(world: World, **changes: Any) -> World:
    new = made("hash-2", **changes)
    signal = described(world.site, new, SiteChanged("", 0, "t", "1", "reload"))
    world.site = new
    return world.say(signal)


def granted(world: World) -> list[str | None]:
    return [e.person for e in world.events if isinstance(e, AccessGranted)]


def denied(world: World) -> list[tuple[str | None, str]]:
    return [(e.person, e.reason) for e in world.events if isinstance(e, AccessDenied)]


# -- two persons ----------------------------------------------------------------


def two(id: str = "two", second: str | None = None, **more: Any) -> AccessPolicy:
    return replace(grant(id, [("store", IN)], ["staff", "crew"]), two_person=TwoPerson(30 * S, second), **more)


def test_who_waits_proves_no_pin_by_waiting() -> None:
    """The PIN is demanded only since they showed their card."""
    demand = least("late-pin", "store:in", when="late", require=Require.CARD_PIN)
    world = world_of(access=(two(),), minimum=(demand,), schedules=(LATE,))
    world.wait(50).card("store-in", "c-bob").wait(15)
    world.card("store-in", "c-cat")
    assert ("p-bob", "pin_required") in denied(world)
    assert not granted(world)


def test_who_waits_with_a_pin_has_proven_it() -> None:
    demand = least("pin", "lab:in", require=Require.CARD_PIN)
    pair = replace(grant("lab", [("lab", IN)], ["crew"]), two_person=PAIR)
    world = world_of(access=(pair,), minimum=(demand,))
    world.card("lab-in", "c-ann").pin("lab-in", "ok")
    assert world.only(CompanionAwaited).shown == "card+pin"
    world.card("lab-in", "c-cat").pin("lab-in", "ok")
    assert granted(world) == ["p-ann", "p-cat"]


def test_nobody_enters_alone_because_the_one_they_rely_on_is_held_for_inspection() -> None:
    """The lot falls on the one who waits when the other asks: then both wait."""
    bag = InspectionPolicy("bags", LATE.source, Who(frozenset({"crew"})), (("store", IN),), 1_000_000, "late", 300 * S)
    world = world_of(access=(two(),), inspections=(bag,), schedules=(LATE,))
    world.wait(50).card("store-in", "c-cat").wait(15)
    world.card("store-in", "c-bob")
    assert not granted(world)
    assert world.only(CompanionAwaited).person == "p-bob"
    assert not world.pulses()


def test_nobody_enters_alone_because_the_one_they_rely_on_needs_an_escort_now() -> None:
    demand = least("led", "store:in", when="late", escort=Escort(frozenset({"keyholders"}), 30 * S))
    world = world_of(access=(two(),), minimum=(demand,), schedules=(LATE,))
    world.wait(50).card("store-in", "c-bob").wait(15)
    world.card("store-in", "c-ann")
    assert not granted(world)


def test_a_wait_under_earlier_rules_is_ended_as_the_present_ones_say() -> None:
    """Anybody would have done when Bob came; now a keyholder is wanted."""
    alone = grant("alone", [("store", IN)], ["crew"])
    world = world_of(access=(two(who=Who(frozenset({"staff"}))), alone))
    world.card("store-in", "c-bob")
    swap(world, access=(two(second="keyholders", who=Who(frozenset({"staff"}))), alone))
    world.card("store-in", "c-cat")
    assert granted(world) == ["p-cat"]
    world.card("store-in", "c-ann")
    assert granted(world) == ["p-bob", "p-ann"]


def test_two_demands_are_both_met_whoever_comes_first() -> None:
    """A grant that wants a second of its own, and a minimum that wants a guard; a guard alone is not both."""
    persons = people(Person("p-gus", frozenset({"guards"})))
    rules = (two(), grant("guard", [("store", IN)], ["guards"]))
    demand = least("m", "store:in", two_person=TwoPerson(30 * S, "guards"))
    plain = policy(access=rules, minimum=(demand,), deny=())
    for first, then in (("c-bob", "c-gus"), ("c-gus", "c-bob")):
        world = World(compile_site(plain, persons, "h")).begin()
        world.card("store-in", first).card("store-in", then)
        assert granted(world) == []


def test_a_reader_that_is_gone_while_somebody_waits_there_stops_nobody() -> None:
    world = world_of(access=(two(),))
    world.card("store-in", "c-bob")
    swap(world, access=(two(),), doors=(front(), lab(), store(readers_in=("side-in",)), gate()))
    world.card("side-in", "c-cat")
    assert granted(world) == ["p-bob", "p-cat"]


def test_a_wait_at_a_reader_that_is_gone_ends() -> None:
    world = world_of(access=(two(),))
    world.card("store-in", "c-bob")
    swap(world, access=(two(),), doors=(front(), lab(), store(readers_in=("side-in",)), gate()))
    world.wait(31)
    assert denied(world) == [("p-bob", "second_person_timeout")]
    assert not world.abandoned
    assert len(world.state.waits) == 0


# -- what an exit proves ----------------------------------------------------------------


def limited(**bounds: int) -> World:
    bound = LimitPolicy("bound", LATE.source, Who(frozenset({"staff"})), **bounds)
    return world_of(limits=(bound,))


def test_an_exit_in_spite_of_a_limit_does_not_lift_it() -> None:
    world = limited(max_days=1)
    assert granted(world.card("store-in", "c-bob")) == ["p-bob"]
    world.wait(24 * 3600).card("store-out", "c-bob")
    assert granted(world) == ["p-bob"], "nobody is kept in"
    assert denied(world.card("store-in", "c-bob")) == [("p-bob", "max_days")]


def test_a_dormant_card_is_not_woken_at_the_way_out() -> None:
    world = limited(inactive_after=3600 * S)
    world.card("store-in", "c-bob").wait(3601)
    world.card("store-out", "c-bob")
    assert denied(world.card("store-in", "c-bob")) == [("p-bob", "credential_inactive")]


def test_an_exit_in_order_counts() -> None:
    world = limited(max_uses=2)
    world.card("store-in", "c-bob").card("store-out", "c-bob")
    assert denied(world.card("store-in", "c-bob")) == [("p-bob", "max_uses")]


def test_a_stolen_card_at_the_way_out_is_nobodys_first_person() -> None:
    led = replace(grant("led", [("front", IN)], ["nights"]), first_person=frozenset({"staff"}))
    for token, reason in (("c-stolen", ["first_person_not_in"]), ("c-bob", [])):
        world = world_of(access=(led, grant("staff", [("store", OUT)], ["staff"])))
        world.card("store-out", token)
        assert [r for _, r in denied(world.card("front-in", "c-nick"))] == reason


# -- threat levels ----------------------------------------------------------------


def test_a_threat_level_that_the_rules_lose_restricts_as_the_highest_does() -> None:
    levels = (threat("low", 1), threat("high", 2, restriction("no", Who(frozenset({"staff"})), "store:in")))
    world = world_of(threats=levels)
    world.ask("sue", "threat-level", "high")
    assert denied(world.card("store-in", "c-bob")) == [("p-bob", "threat_level")]
    swap(world, threats=(threat("low", 1), replace(levels[1], id="severe")))
    assert denied(world.card("store-in", "c-bob")) == [("p-bob", "threat_level")]
    world.ask("sue", "threat-level", "none")
    assert granted(world.card("store-in", "c-bob")) == ["p-bob"]


# -- orders to lock, and the record ----------------------------------------------------------------


def test_an_entry_that_a_lockdown_ended_is_not_resumed_by_a_retry() -> None:
    world = World(utc=MONDAY).begin()
    world.card("store-in", "c-bob").ask("sue", "lockdown", "store")
    world.say(CommandFailed(1, "io2.out1", "SetOutput", "unconfirmed")).wait(2)
    assert world.levels() == [SetOutput("io2.out1", False)]
    assert not world.pulses()


def test_an_entry_that_must_be_on_record_is_never_resumed_without() -> None:
    world = world_of(doors=(front(unlock=None, journal_required=True), lab(), store(), gate()))
    world.card("front-in", "c-bob")
    world.say(CommandFailed(1, "io.out1", "SetOutput", "unconfirmed")).wait(2)
    waits = [o.wait for o in world.orders if o.command in world.pulses()]
    assert waits == [Wait.REQUIRED]


def test_an_entry_is_not_resumed_when_its_module_returns() -> None:
    world = World(utc=MONDAY).begin()
    world.card("store-in", "c-bob").say(DeviceLost("io2", "timeout"), DeviceFound("io2"))
    assert not world.pulses()


def test_a_detector_that_shunts_makes_no_release_longer() -> None:
    """Somebody stands inside: the lock is not worked for longer, and nobody follows an escort through it later."""
    visit = replace(grant("visit", [("lab", IN)], ["nights"]), escort=Escort(frozenset({"crew"}), 30 * S))
    world = world_of(access=(visit, grant("crew", [("lab", IN)], ["crew"])))
    world.card("lab-in", "c-cat").active("io.in7").wait(12)
    world.say(CommandFailed(1, "io.out2", "SetOutput", "unconfirmed")).wait(2)
    assert not world.pulses()
    assert not granted(world.card("lab-in", "c-nick"))


def vault(**changes: Any) -> DoorPolicy:
    """A door whose passages nobody sees, and whose releases must be on record."""
    return store(**{"egress": frozenset(), "egress_by": None, "journal_required": True, "readers_out": (), **changes})


def test_who_was_withheld_never_came_and_was_not_the_first() -> None:
    led = frozenset({"staff"})
    world = world_of(doors=(front(), lab(), vault(unlock="always", unlock_after=led), gate()))
    world.card("store-in", "c-bob")
    assert world.has(DoorLayerSet)
    world.say(ReleaseTimedOut("store"))
    assert world.state.places.get("p-bob") is None
    assert world.state.firsts.get("store/staff") is None
    assert world.state.door("store").layers == ()
    assert world.levels()[-1] == SetOutput("io2.out1", False)


def test_who_was_withheld_may_try_again() -> None:
    hard = {**policy().areas, "stores": area("stores", passback=Passback(PassbackMode.HARD))}
    world = world_of(areas=hard, doors=(front(), lab(), vault(), gate()))
    world.card("store-in", "c-bob").say(ReleaseTimedOut("store"))
    assert granted(world.card("store-in", "c-bob")) == ["p-bob"]


def test_a_withheld_release_drops_the_orders_that_still_wait() -> None:
    """Of a second grant too, whose count was taken back with it: the gate drops what a level overtakes."""
    world = world_of(doors=(front(), lab(), vault(), gate()))
    world.card("store-in", "c-bob").wait(0.3)
    world.card("store-in", "c-cat").say(ReleaseTimedOut("store"))
    (level,) = [o for o in world.orders if isinstance(o.command, SetOutput)]
    assert (level.command, level.wait) == (SetOutput("io2.out1", False), Wait.NONE)


# -- areas and doors that come and go ----------------------------------------------------------------


def test_who_is_in_an_area_of_another_name_now_is_nowhere_known() -> None:
    def areas(id: str) -> dict[str, Any]:
        plain = {name: area(name) for name in ("outside", "lab")}
        hard = Passback(PassbackMode.HARD)
        return {**plain, "lobby": area("lobby", passback=hard), id: area(id, passback=hard)}

    rules = (grant("all", [("store", IN), ("store", OUT)], ["staff"]),)
    inner = store(egress=frozenset(), egress_by=None)
    world = world_of(areas=areas("stores"), doors=(front(), lab(), inner, gate()), access=rules)
    assert granted(world.card("store-in", "c-bob")) == ["p-bob"]
    moved = replace(inner, between=("lobby", "vault"))
    swap(world, areas=areas("vault"), doors=(front(), lab(), moved, gate()), access=rules)
    assert granted(world.card("store-out", "c-bob")) == ["p-bob"]


def test_a_door_that_comes_back_knows_nothing_of_who_was_let_in_before() -> None:
    doors = (front(unlock=None), lab(), store(), gate())
    world = world_of(doors=doors)
    world.card("front-in", "c-bob")
    swap(world, doors=doors[1:], fire={})
    assert world.state.door("front").release is None
    assert "AccessNotTaken" in world.names
    assert not world.wait(60).abandoned
