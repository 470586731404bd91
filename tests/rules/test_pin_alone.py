"""PINs that are credentials by themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.model.commands import IdentifyPin
from rules.model.events import AccessDenied, AccessGranted, PinFailed
from rules.model.points import Outcome
from rules.model.secret import Secret
from rules.model.signals import PinEntered, PinIdentified
from rules.people import Credential
from rules.pin import READER_FAILURES
from rules.policy import MinimumPolicy, Require
from tests.rules.builder import HERE, IN, grant, people, site
from tests.rules.world import World


def world(require: Require = Require.PIN, when: str = "always", minimum: Require | None = None) -> World:
    rule = replace(grant("side", [("lab", IN)], ["staff"], when), require=require)
    bounds = () if minimum is None else (MinimumPolicy("m", HERE, (("lab", IN),), minimum, "always"),)
    found = people(credentials=[Credential("p1n", "p-bob")])
    return World(site(found, access=(rule,), minimum=bounds, deny=())).begin()


def enter(world: World, token: str | None) -> World:
    world.say(PinEntered("lab-in", Secret("4711")))
    for asked in world.commands(IdentifyPin):
        world.say(PinIdentified("lab-in", asked.attempt, token))
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
    enter(found, "p1n")
    assert not found.events


def test_no_answer_in_time_opens_nothing() -> None:
    found = world()
    found.say(PinEntered("lab-in", Secret("4711"))).wait(6)
    assert found.only(AccessDenied).reason == "authentication_unavailable"
    assert not enter(found.forget(), None).pulses()


def test_an_answer_that_nobody_waits_for_means_nothing() -> None:
    found = world()
    found.say(PinIdentified("lab-in", 1, "p1n"))
    assert not found.events
