"""PINs that are credentials by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules.alarm import SILENT
from rules.model.canonical import from_plain
from rules.model.commands import IdentifyPin
from rules.model.events import AccessDenied, AccessGranted, AlarmRaised, DuressReported, Event, PinFailed
from rules.model.points import Outcome
from rules.model.secret import Secret
from rules.model.signals import PinEntered, PinIdentified
from rules.people import Credential, CredentialStatus
from rules.pin import READER_FAILURES, READER_LOCKOUT
from rules.policy import MinimumPolicy, Require
from rules.record import SIGNAL_TYPES, decode, envelope, stream
from rules.snapshot import dump
from tests.rules.builder import HERE, IN, S, grant, people, site
from tests.rules.world import World

PINS = [
    Credential("p1n", "p-bob"),
    Credential("p2n", "p-cat"),
    Credential("blocked", "p-blocked"),
    Credential("lost", "p-bob", CredentialStatus.LOST),
    Credential("taken-back", None),
]


def world(require: Require = Require.PIN, when: str = "always", minimum: Require | None = None) -> World:
    rule = replace(grant("side", [("lab", IN)], ["staff"], when), require=require)
    bounds = () if minimum is None else (MinimumPolicy("m", HERE, (("lab", IN),), minimum, "always"),)
    found = people(credentials=PINS)
    return World(site(found, access=(rule,), minimum=bounds, deny=())).begin()


def enter(world: World, token: str | None, duress: bool = False) -> World:
    world.say(PinEntered("lab-in", Secret("4711")))
    for asked in world.commands(IdentifyPin):
        world.say(PinIdentified("lab-in", asked.attempt, token, duress))
    return world


def test_a_pin_alone_opens_where_a_grant_takes_one() -> None:
    found = world()
    found.say(PinEntered("lab-in", Secret("4711")))
    assert found.shown("lab-in") == [Outcome.WAIT]
    assert enter(world(), "p1n").only(AccessGranted).person == "p-bob"


@pytest.mark.parametrize(
    "found",
    [world(Require.CARD), world(Require.CARD_PIN), world(when="never"), world(minimum=Require.CARD)],
    ids=["card", "card and pin", "not now", "a minimum wants a card"],
)
def test_anywhere_else_digits_mean_nothing(found: World) -> None:
    enter(found, "p1n")
    assert not found.events
    assert not found.orders


def test_the_card_of_the_same_person_wants_its_pin_there() -> None:
    found = world()
    found.card("lab-in", "c-bob")
    assert found.shown("lab-in") == [Outcome.ENTER_PIN]


def test_a_pin_nobody_has_counts_against_the_reader_until_it_is_locked() -> None:
    found = world()
    for _ in range(READER_FAILURES):
        enter(found, "nobody")
        assert found.has(AccessDenied)
        assert found.history[-1].__class__ is PinFailed
    assert enter(found, "p1n").only(AccessDenied).reason == "pin_lockout"
    assert found.shown("lab-in") == [Outcome.DENIED]
    enter(found, "nobody")
    assert not found.has(PinFailed)
    assert enter(found.wait(READER_LOCKOUT / S), "p1n").has(AccessGranted)


def test_no_answer_in_time_opens_nothing() -> None:
    found = world()
    found.say(PinEntered("lab-in", Secret("4711"))).wait(6)
    assert found.only(AccessDenied).reason == "authentication_unavailable"
    assert not enter(found.forget(), None).pulses()


def test_an_answer_that_nobody_waits_for_means_nothing() -> None:
    found = world()
    found.say(PinIdentified("lab-in", 1, "p1n"))
    assert not found.events


# -- duress ---------------------------------------------------------------------------------------------------


def public(world: World) -> list[Event]:
    return [event for event in world.events if stream(event) == "event"]


def silent(world: World) -> list[str]:
    return [type(event).__name__ for event in world.events if stream(event) == "silent"]


def noticed(world: World) -> dict[str, Any]:
    """The state without what only the silent stream tells."""
    tables: dict[str, Any] = dump(world.state)["tables"]
    return tables | {"alarms": {k: v for k, v in tables["alarms"].items() if v["kind"] not in SILENT}}


@pytest.mark.parametrize("token", ["p1n", "p2n", "blocked", "lost"])
def test_duress_looks_exactly_like_the_ordinary_pin(token: str) -> None:
    plain, world_ = enter(world(), token), enter(world(), token, duress=True)
    assert public(world_) == public(plain)
    assert world_.orders == plain.orders
    assert noticed(world_) == noticed(plain)
    assert silent(world_) == ["DuressReported", "AlarmRaised", "AlarmReturned"]
    assert not silent(plain)
    reported = world_.only(DuressReported)
    assert (reported.door, reported.reader) == ("lab", "lab-in")
    assert reported.person == {"p1n": "p-bob", "p2n": "p-cat", "blocked": "p-blocked", "lost": "p-bob"}[token]


def test_duress_opens_and_alarms() -> None:
    found = enter(world(), "p1n", duress=True)
    assert found.only(AccessGranted).person == "p-bob"
    assert found.shown("lab-in") == [Outcome.GRANTED]
    assert found.pulses()
    assert found.only(AlarmRaised).alarm == "duress.lab"


def test_duress_is_alarmed_whatever_is_known_of_the_person() -> None:
    for token in ("taken-back", "not-seen-yet"):
        found = enter(world(), token, duress=True)
        assert silent(found) == ["AlarmRaised", "AlarmReturned"]
        assert public(found) == public(enter(world(), token))
        assert found.has(AccessDenied)


def test_each_duress_counts() -> None:
    found = world()
    for count in (1, 2, 3):
        assert enter(found, "p1n", duress=True).only(AlarmRaised).count == count


def test_no_public_record_tells_of_duress() -> None:
    """The signal, which knows, is kept with the first event of its group: a silent one."""
    found = enter(world(), "p1n", duress=True)
    stamp = found.stamp()
    signal = PinIdentified("lab-in", 1, "p1n", True)
    bodies = [envelope(event, stamp, None if n else signal) for n, event in enumerate(found.events)]
    telling = [decode(body) for body in bodies if b"duress" in body.lower()]
    assert {plain["stream"] for plain in telling} == {"silent"}
    assert [plain["signal"]["data"]["duress"] for plain in telling if "signal" in plain] == [True]


def test_an_answer_of_duress_that_nobody_waits_for_means_nothing() -> None:
    assert not world().say(PinIdentified("lab-in", 1, "p1n", True)).events


def test_an_older_record_of_an_answer_was_no_duress() -> None:
    plain = {"reader": "lab-in", "attempt": 1, "token": "p1n"}
    assert from_plain(SIGNAL_TYPES["PinIdentified"], plain) == PinIdentified("lab-in", 1, "p1n")


def test_a_locked_reader_hears_of_duress() -> None:
    plain, forced = world(), world()
    for found in (plain, forced):
        for _ in range(READER_FAILURES):
            enter(found, "nobody")
    enter(plain, "p1n")
    enter(forced, "p1n", duress=True)
    assert silent(forced) == ["DuressReported", "AlarmRaised", "AlarmReturned"]
    assert (public(forced), forced.orders) == (public(plain), plain.orders)
    assert forced.only(AccessDenied).reason == "pin_lockout"


@pytest.mark.parametrize("when", range(READER_FAILURES + 2))
def test_a_lockout_comes_when_it_would(when: int) -> None:
    """Wrong PINs, and one entry of somebody who has one at any time among them."""
    plain, forced = world(), world()
    for token in ["nobody"] * when + ["p1n"] + ["nobody"] * (READER_FAILURES - when):
        enter(plain, token)
        enter(forced, token, duress=token == "p1n")
        assert (public(forced), forced.orders) == (public(plain), plain.orders)
    assert noticed(forced) == noticed(plain)
    assert plain.state.reader("lab-in").locked_until is not None
