"""Past reads against other rules: what they change, exactly, and what cannot be judged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from rules.answers.replay import FOREVER, Group, Judged, Replay, replay
from rules.answers.verdict import Verdict
from rules.model.commands import IdentifyPin
from rules.model.events import AccessTaken, Event
from rules.model.secret import Secret
from rules.model.signals import PinEntered, PinIdentified, Signal, SignalFaulted
from rules.people import Credential, CredentialStatus, People, Person
from rules.policy import AreaPolicy, Direction, MinimumPolicy, Passback, PassbackMode, Require, TwoPerson
from rules.record import decode, envelope, event_of, signal_of
from rules.site import Site
from rules.state import State
from tests.rules.builder import CREDENTIALS, HERE, IN, OUT, PERSONS, S, deny, front, gate, grant, lab, store
from tests.rules.builder import site as small
from tests.rules.world import World, picture


class Recorded(World):
    """Keeps what the journal would hold of every signal: read back from the stored bytes."""

    def __init__(self, found: Site | None = None) -> None:
        super().__init__(found)
        self.groups: list[Group] = []

    def _say(self, signal: Signal) -> None:
        before = len(self.history)
        stamp = replace(self.stamp(), entropy="00" * 16)
        super()._say(signal)
        events = self.history[before:]
        if events:
            bodies = [decode(envelope(e, stamp, None if n else signal)) for n, e in enumerate(events)]
            found = signal_of(bodies[0])
            assert found is not None
            self.groups.append(Group(found[0], found[1], tuple(map(event_of, bodies))))

    def enter(self, door: str, token: str) -> None:
        """Badge, open, close."""
        self.card(f"{door}-in", token)
        contact = {"front": "io.in1", "lab": "io.in5"}[door]
        self.active(contact)
        self.normal(contact)
        self.wait(30)

    def against(self, site: Site, since: int = 0, until: int = FOREVER) -> list[Judged]:
        return list(replay(site, State(), self.groups, since, until))


def passages(*doors: str) -> list[tuple[str, Direction]]:
    return [(door, way) for door in doors for way in (IN, OUT)]


def kinds(found: list[Judged]) -> list[str]:
    """What became of each read, in order: its kind of change, why it is beyond, or `same`."""
    return [judged.beyond or judged.kind or "same" for judged in found]


def after(judged: Judged) -> Verdict:
    assert judged.after is not None
    return judged.after


@pytest.fixture
def day() -> Recorded:
    """A morning: grants, denials, PINs of every kind, an unknown card, somebody who goes out."""
    world = Recorded()
    world.begin()
    world.enter("front", "c-ann")
    world.card("front-in", "c-none").wait(30)
    world.card("front-in", "c-nobody").wait(30)
    world.card("front-in", None).wait(30)
    world.card("front-in", "c-eve").wait(30)
    world.card("front-in", "c-old").wait(30)
    for result in ("ok", "wrong", "unavailable"):
        world.card("lab-in", "c-cat")
        world.pin("lab-in", result)
        world.wait(30)
    world.card("lab-in", "c-bob")
    world.pin("lab-in", "wrong")
    world.wait(30)
    world.card("lab-in", "c-ann").wait(60)  # the PIN never comes
    world.card("front-out", "c-ann").wait(30)
    world.card("front-out", "c-nobody").wait(30)
    return world


READS = 13


def test_the_same_rules_change_nothing(day: Recorded) -> None:
    found = day.against(small())
    assert len(found) == READS
    assert kinds(found) == ["same"] * READS


def test_what_came_of_each_is_told_as_it_was(day: Recorded) -> None:
    told = [(judged.read.before.what, judged.read.before.reason) for judged in day.against(small())]
    assert told[:6] == [
        ("granted", "granted"),
        ("denied", "no_access_rights"),
        ("denied", "unknown_credential"),
        ("denied", "bad_format"),
        ("denied", "denied_by_rule"),
        ("denied", "credential_expired"),
    ]
    assert [reason for _, reason in told[6:11]] == [
        "granted",
        "wrong_pin",
        "authentication_unavailable",
        "no_access_rights",
        "pin_timeout",
    ]


def test_a_schedule_that_ended_is_a_denial_with_its_rule(day: Recorded) -> None:
    access = (
        grant("staff-all", passages("front", "store", "gate"), ["staff"], "nights"),
        grant("lab-crew", passages("lab"), ["crew"]),
        grant("night-shift", [("front", IN)], ["nights"], "nights"),
    )
    found = day.against(small(access=access))
    assert kinds(found) == ["denied", *["same"] * 10, "noted", "same"]
    assert (after(found[0]).reason, after(found[0]).rule) == ("outside_schedule", "staff-all")
    assert after(found[0]).source == HERE
    assert after(found[11]).flags == {"outside_schedule"}  # the way out is free: it is noted there


def test_a_deny_that_is_gone_grants(day: Recorded) -> None:
    found = day.against(small(deny=()))
    assert [n for n, kind in enumerate(kinds(found)) if kind != "same"] == [4]
    assert (found[4].kind, found[4].read.person, after(found[4]).rule) == ("granted", "p-eve", "staff-all")


def test_a_new_deny_denies_all_whom_it_means(day: Recorded) -> None:
    out = deny("crew-out", [("lab", IN)], ["crew"])
    found = day.against(small(deny=(out,)))
    changed = [(n, kind) for n, kind in enumerate(kinds(found)) if kind != "same"]
    assert changed == [(4, "granted"), (6, "denied"), (7, "reason"), (10, "reason")]
    assert after(found[8]).reason == "authentication_unavailable"  # that comes first
    assert after(found[6]).rule == "crew-out"


def test_a_minimum_asks_for_a_pin_of_who_has_one() -> None:
    world = Recorded()
    world.begin()
    world.enter("front", "c-ann")
    world.card("front-in", "c-bob").wait(30)
    pin = (MinimumPolicy("front-pin", HERE, (("front", IN),), Require.CARD_PIN, "always"),)
    no_keypad = world.against(small(minimum=pin))
    assert kinds(no_keypad) == ["denied", "denied"]
    assert {after(judged).reason for judged in no_keypad} == {"pin_required"}


def test_a_minimum_that_is_gone_asks_for_no_pin(day: Recorded) -> None:
    found = day.against(small(minimum=()))
    assert [(n, kind) for n, kind in enumerate(kinds(found)) if kind != "same"] == [
        (6, "no_pin"),
        (7, "granted"),
        (8, "granted"),
        (10, "granted"),
    ]


def hard() -> dict[str, AreaPolicy]:
    found = small().policy.areas
    return {**found, "lobby": replace(found["lobby"], passback=Passback(PassbackMode.HARD))}


def test_passback_is_judged_in_the_state_of_then() -> None:
    world = Recorded()
    world.begin()
    world.enter("front", "c-ann")
    world.enter("front", "c-ann")
    world.enter("front", "c-bob")
    found = world.against(small(areas=hard()))
    assert kinds(found) == ["same", "denied", "same"]
    assert after(found[1]).reason == "passback"


def test_somebody_who_never_went_in_may_come_again() -> None:
    world = Recorded()
    world.begin()
    world.card("front-in", "c-ann").wait(30)  # granted, not taken
    world.card("front-in", "c-ann").wait(30)
    assert kinds(world.against(small(areas=hard()))) == ["same", "same"]


def test_only_reads_of_the_period_are_judged_and_the_state_is_of_before() -> None:
    world = Recorded()
    world.begin()
    world.enter("front", "c-ann")
    since = world.utc
    world.enter("front", "c-ann")
    until = world.utc
    world.enter("front", "c-bob")
    found = world.against(small(areas=hard()), since, until)
    assert [(judged.read.person, judged.kind) for judged in found] == [("p-ann", "denied")]


# -- what cannot be judged -------------------------------------------------------------------------------------------


def held(*cards: Credential, persons: tuple[Person, ...] = PERSONS) -> People:
    """The usual people, with these cards instead of those of the same token."""
    given = {card.token: card for card in (*CREDENTIALS, *cards)}
    return People.of(8, persons, given.values())


def once(token: str) -> Recorded:
    world = Recorded()
    world.begin()
    world.card("front-in", token)
    return world


BEYOND: list[tuple[str, str, dict[str, Any]]] = [
    ("reader_unknown", "c-bob", {"doors": (lab(), store(), gate())}),
    ("reader_moved", "c-bob", {"doors": (front(readers_in=("front-out",), readers_out=("front-in",)), lab(), store())}),
    ("card_reassigned", "c-bob", {"found": held(Credential("c-bob", "p-ann"))}),
    ("card_new", "c-nobody", {"found": held(Credential("c-nobody", "p-ann"))}),
    ("card_gone", "c-bob", {"found": People.of(8, PERSONS, [c for c in CREDENTIALS if c.token != "c-bob"])}),
    ("directory", "c-bob", {"found": held(Credential("c-bob", "p-bob", CredentialStatus.LOST))}),
    ("directory", "c-blocked", {"found": held(persons=tuple(replace(p, blocked=False) for p in PERSONS))}),
]


@pytest.mark.parametrize(("why", "token", "now"), BEYOND)
def test_what_cannot_be_judged_says_why(why: str, token: str, now: dict[str, Any]) -> None:
    if "doors" in now:
        now = {**now, "fire": {}, "access": (), "deny": (), "minimum": ()}
    (found,) = once(token).against(small(**now))
    assert (found.beyond, found.after, found.kind) == (why, None, None)


def test_an_unknown_card_stays_unknown() -> None:
    assert kinds(once("c-nobody").against(small(deny=(), access=()))) == ["same"]


def test_a_read_that_failed_then_is_not_judged() -> None:
    world = once("c-bob")
    last = world.groups[-1]
    faulted = SignalFaulted("CardPresented", "front-in", "ZeroDivisionError", "front-in")
    groups = [*world.groups[:-1], replace(last, signal=faulted)]
    assert kinds(list(replay(small(), State(), groups))) == ["internal_error"]


def test_a_pin_that_the_record_ends_before_is_unfinished() -> None:
    world = Recorded()
    world.begin()
    world.card("lab-in", "c-cat")
    assert kinds(world.against(small())) == ["unfinished"]


def test_events_that_cannot_be_folded_are_counted() -> None:
    world = Recorded()
    world.begin()
    world.enter("front", "c-ann")
    groups = [replace(group, events=tuple(map(_spoiled, group.events))) for group in world.groups]
    replayed = Replay(small(), State())
    assert kinds(list(replayed.judged(groups, 0, FOREVER))) == ["same"]
    assert replayed.unfolded == 1


def _spoiled(event: Event) -> Event:
    return replace(event, area=cast(Any, [])) if isinstance(event, AccessTaken) else event


def test_nothing_of_a_judgement_stays_in_the_state() -> None:
    """The next read is judged in what really was, not in what would have been."""
    world = Recorded()
    world.begin()
    world.enter("front", "c-eve")
    world.enter("front", "c-ann")
    states = State(), State()
    for state, found in zip(states, (small(), small(deny=(), minimum=())), strict=True):
        list(replay(found, state, world.groups))
    assert picture(states[0]) == picture(states[1]) == picture(world.state)


# -- reads that take more than a card --------------------------------------------------------------------------------


def test_a_pin_alone_is_judged_as_one() -> None:
    found = held(Credential("p1n", "p-bob"))
    rule = replace(grant("side", [("lab", IN)], ["staff"]), require=Require.PIN)
    world = Recorded(small(found, access=(rule,), minimum=(), deny=()))
    world.begin()
    for token in ("p1n", None):
        world.say(PinEntered("lab-in", Secret("4711")))
        world.say(PinIdentified("lab-in", world.commands(IdentifyPin)[0].attempt, token))
        world.wait(30)
    assert kinds(world.against(world.site)) == ["same", "same"]
    bare = small(found, access=(grant("side", [("lab", IN)], ["staff"]),), minimum=(), deny=())
    assert kinds(world.against(bare))[0] == "denied"


def crew(**more: Any) -> Site:
    rule = replace(grant("crew", [("front", IN)], ["staff"]), **more)
    return small(access=(rule,), minimum=(), deny=())


def test_somebody_who_waits_for_a_second_is_judged_in_turn() -> None:
    pair = TwoPerson(30 * S)
    world = Recorded(crew(two_person=pair))
    world.begin()
    world.card("front-in", "c-ann")
    world.card("front-in", "c-bob").wait(60)
    assert kinds(world.against(crew(two_person=pair))) == ["same", "same"]
    single = world.against(crew())
    assert (kinds(single)[0], single[0].read.before.what) == ("granted", "waits")


def test_a_second_person_that_is_new_makes_the_first_one_wait() -> None:
    world = Recorded(crew())
    world.begin()
    world.card("front-in", "c-ann").wait(60)
    (found,) = world.against(crew(two_person=TwoPerson(30 * S)))
    assert (found.kind, after(found).reason) == ("waits", "second_person_pending")
