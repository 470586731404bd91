"""Card and PIN: asked from everybody alike, checked elsewhere, locked out, under duress."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules.compile import with_change
from rules.model.commands import Answer, Order, ShowOutcome
from rules.model.events import (
    AccessDenied,
    AccessGranted,
    AccessPending,
    AlarmRaised,
    DuressReported,
    PinFailed,
    PinSubmitted,
)
from rules.model.points import Outcome
from rules.model.secret import Secret
from rules.model.signals import CardPresented, PinChecked, PinEntered
from rules.people import Credential, PeopleChange
from rules.pin import CARD_LOCKOUT, CARD_LOCKOUT_MAX, READER_LOCKOUT
from rules.record import envelope, stream
from tests.rules.builder import IN, MONDAY, S, grant, interval, minimum, schedule, site
from tests.rules.world import World, picture


def wrong(world: World, token: str) -> World:
    world.card("lab-in", token)
    return world.pin("lab-in", "wrong")


def test_the_right_pin_opens(world: World) -> None:
    world.card("lab-in", "c-ann")
    assert world.names == ["AccessPending"]
    assert world.shown("lab-in") == [Outcome.ENTER_PIN]
    assert not world.pulses()
    world.say(PinEntered("lab-in", Secret("4711")))
    (check,) = world.checks()
    assert (check.person, check.pin.reveal, check.attempt) == ("p-ann", "4711", 1)
    assert world.shown("lab-in") == [Outcome.WAIT]
    world.say(PinChecked("lab-in", 1, "ok"))
    assert world.only(AccessGranted).pin
    assert world.pulses()[0].on is False  # a magnet lets go without current


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ("wrong", "wrong_pin"),
        ("unavailable", "authentication_unavailable"),
        ("", "authentication_unavailable"),
        ("OK", "authentication_unavailable"),
        ("granted", "authentication_unavailable"),
    ],
)
def test_any_other_answer_denies(world: World, result: str, reason: str) -> None:
    world.card("lab-in", "c-ann").pin("lab-in", result)
    assert world.only(AccessDenied).reason == reason
    assert not world.pulses()


def test_no_digits_in_time(world: World) -> None:
    world.card("lab-in", "c-ann").wait(14.9)
    assert world.names == []
    world.wait(0.2)
    assert world.only(AccessDenied).reason == "pin_timeout"
    assert world.state.reader("lab-in").stage == "idle"


def test_no_answer_in_time(world: World) -> None:
    world.card("lab-in", "c-ann").say(PinEntered("lab-in", Secret("1")))
    world.wait(5.1)
    assert world.only(AccessDenied).reason == "authentication_unavailable"


def test_digits_or_answers_nobody_waits_for_mean_nothing(world: World) -> None:
    assert world.say(PinEntered("lab-in", Secret("4711"))).events == []
    assert world.say(PinChecked("lab-in", 1, "ok")).events == []
    assert world.say(PinEntered("nowhere", Secret("1")), PinChecked("nowhere", 1, "ok")).events == []


def test_an_answer_to_an_earlier_asking_means_nothing(world: World) -> None:
    world.card("lab-in", "c-ann").say(PinEntered("lab-in", Secret("4711"))).card("lab-in", "c-cat")
    world.say(PinEntered("lab-in", Secret("0000")))
    assert world.say(PinChecked("lab-in", 1, "ok")).events == []
    world.say(PinChecked("lab-in", 2, "wrong"))
    assert world.only(AccessDenied).person == "p-cat"


def test_an_answer_before_the_digits_means_nothing(world: World) -> None:
    world.card("lab-in", "c-ann")
    assert world.say(PinChecked("lab-in", 1, "ok")).events == []


def test_an_answer_after_its_time_means_nothing(world: World) -> None:
    world.card("lab-in", "c-ann").say(PinEntered("lab-in", Secret("4711"))).wait(6)
    assert world.say(PinChecked("lab-in", 1, "ok")).events == []


@pytest.mark.parametrize("token", ["c-nobody", None, "c-ann", "c-bob", "c-spare", "c-blocked", "c-lost"])
def test_everybody_is_asked_alike(world: World, token: str | None) -> None:
    """What the reader shows is the same for every card and every wrong PIN, and the service is always asked."""
    world.card("lab-in", token)
    seen = list(world.orders)
    world.pin("lab-in", "wrong")
    assert [o.command for o in seen] == [ShowOutcome("lab-in", Outcome.ENTER_PIN)]
    assert len(world.checks()) == 1
    assert world.shown("lab-in") == [Outcome.WAIT, Outcome.DENIED]


def test_unknown_cards_are_checked_against_nobody(world: World) -> None:
    world.card("lab-in", "c-nobody").pin("lab-in", "ok")
    assert world.checks()[0].person is None
    assert world.only(AccessDenied).reason == "unknown_credential"


def test_a_right_pin_lends_no_right(world: World) -> None:
    world.card("lab-in", "c-bob").pin("lab-in", "ok")
    assert world.only(AccessDenied).reason == "no_access_rights"


def test_a_pin_that_is_asked_for_counts_though_the_demand_ends_meanwhile() -> None:
    hours = schedule("hours", interval(range(7), 0, 10 * 60))
    made = site(schedules=(hours,), minimum=(minimum("m", ["lab"], "hours"),))
    world = World(made, MONDAY - 2 * S).begin()
    world.card("lab-in", "c-ann").wait(3)
    world.pin("lab-in", "wrong")
    assert world.only(AccessDenied).reason == "wrong_pin"
    assert world.card("lab-in", "c-ann").has(AccessGranted)


def test_a_reader_without_keys_cannot_satisfy_a_pin(world: World) -> None:
    made = site(minimum=(minimum("m", ["store"]),))
    denied = World(made).begin().card("store-in", "c-bob").only(AccessDenied)
    assert denied.reason == "pin_required"


def test_the_way_out_asks_no_pin(world: World) -> None:
    assert world.card("lab-out", "c-ann").has(AccessGranted)


# -- lockouts -------------------------------------------------------------------------------------------------


def test_five_wrong_pins_lock_the_card_and_each_lockout_doubles(world: World) -> None:
    expected = CARD_LOCKOUT
    for _ in range(6):
        for n in range(5):
            failed = wrong(world, "c-ann").only(PinFailed)
            assert (failed.locked_until is not None and failed.locked_until > world.t) == (n == 4)
            world.wait(61)
            failed_at = world.t - 61 * S
        assert failed.locked_until == failed_at + expected
        world.card("lab-in", "c-ann").pin("lab-in", "ok")
        assert world.only(AccessDenied).reason == "pin_lockout"
        assert not world.has(PinFailed)
        world.wait(expected / S)
        expected = min(2 * expected, CARD_LOCKOUT_MAX)
    assert expected == CARD_LOCKOUT_MAX


def test_a_right_pin_forgets_the_wrong_ones(world: World) -> None:
    for _ in range(4):
        wrong(world, "c-ann")
    world.card("lab-in", "c-ann").pin("lab-in", "ok")
    assert world.state.pins.get("c-ann") is None
    assert wrong(world, "c-ann").only(PinFailed).failures == 1


def test_a_locked_card_locks_no_other(world: World) -> None:
    for _ in range(5):
        wrong(world, "c-ann")
    world.wait(61)
    assert world.card("lab-in", "c-cat").pin("lab-in", "ok").has(AccessGranted)


def test_ten_wrong_pins_in_a_minute_lock_the_reader(world: World) -> None:
    for n in range(10):
        failed = wrong(world, f"c-unknown-{n}").only(PinFailed)
        assert (failed.reader_locked_until is not None) == (n == 9)
    world.card("lab-in", "c-ann").pin("lab-in", "ok")
    assert world.only(AccessDenied).reason == "pin_lockout"
    world.wait(READER_LOCKOUT / S)
    assert world.card("lab-in", "c-ann").pin("lab-in", "ok").has(AccessGranted)


def test_wrong_pins_over_more_than_a_minute_do_not(world: World) -> None:
    for n in range(20):
        failed = wrong(world, f"c-unknown-{n}").wait(7)
        assert failed.state.reader("lab-in").locked_until is None


def test_a_wrong_pin_of_an_unreadable_card_counts_at_the_reader(world: World) -> None:
    world.card("lab-in", None).pin("lab-in", "wrong")
    failed = world.only(PinFailed)
    assert (failed.token, len(failed.reader_failures)) == (None, 1)


def test_lockouts_never_touch_free_exit(world: World) -> None:
    for _ in range(5):
        wrong(world, "c-ann")
    assert world.card("store-out", "c-ann").only(AccessGranted).flags == ()


# -- duress ---------------------------------------------------------------------------------------------------


def through(result: str, token: str = "c-ann") -> tuple[World, list[Any], list[Order]]:
    """The world, its public events and its orders after a card and a PIN."""
    world = World().begin()
    world.card("lab-in", token).pin("lab-in", result)
    return world, [e for e in world.events if stream(e) == "event"], world.orders


@pytest.mark.parametrize("token", ["c-ann", "c-bob", "c-blocked"])
def test_duress_looks_exactly_like_the_right_pin(token: str) -> None:
    _, plain, orders = through("ok", token)
    world, public, same_orders = through("duress", token)
    assert public == plain
    assert same_orders == orders
    silent = [e for e in world.events if stream(e) == "silent"]
    assert [type(e).__name__ for e in silent] == ["DuressReported", "AlarmRaised", "AlarmReturned"]
    assert world.only(DuressReported).person == f"p-{token[2:]}"


def test_duress_is_reported_even_from_a_locked_card(world: World) -> None:
    for _ in range(5):
        wrong(world, "c-ann")
    world.card("lab-in", "c-ann").pin("lab-in", "duress")
    assert world.has(DuressReported)
    assert world.only(AccessDenied).reason == "pin_lockout"


def test_each_duress_counts(world: World) -> None:
    for n in range(1, 4):
        world.card("lab-in", "c-ann").pin("lab-in", "duress")
        assert world.only(AlarmRaised).count == n


def test_everything_about_a_duress_alarm_is_silent(world: World) -> None:
    world.card("lab-in", "c-ann").pin("lab-in", "duress")
    for verb in ("acknowledge", "reset"):
        world.ask("sue", verb, "duress.lab")
        assert {stream(e) for e in world.events} == {"silent"}, verb
        assert world.answered().ok


# -- redaction ------------------------------------------------------------------------------------------------


def test_no_digit_is_kept(world: World) -> None:
    world.card("lab-in", "c-ann")
    signal = PinEntered("lab-in", Secret("314159"))
    stamp = world.stamp()
    world.say(signal)
    kept = b"".join(envelope(e, stamp, signal) for e in world.events) + picture(world.state)
    assert b"314159" not in kept
    assert "314159" not in repr((signal, world.orders, world.events))


# -- controllers ----------------------------------------------------------------------------------------------


def test_a_controller_is_answered_at_once_even_where_a_pin_is_demanded() -> None:
    made = site(minimum=(minimum("m", ["gate"]),), access=(grant("g", [("gate", IN)]),))
    reader = made.readers["gate-ctl"]
    keyed = replace(reader, policy=replace(reader.policy, keypad=True))
    world = World(replace(made, readers={**made.readers, "gate-ctl": keyed})).begin()
    world.say(CardPresented("gate-ctl", "c-bob", "h10301", "17", read="q1"))
    assert not world.has(AccessPending)
    assert world.only(AccessDenied).reason == "pin_required"
    assert world.commands(Answer)[0].code == "denied"
    assert not world.has(PinSubmitted)


def test_a_card_that_changes_hands_while_its_pin_is_asked_opens_nothing(world: World) -> None:
    world.card("lab-in", "c-ann")
    with_change(world.site, PeopleChange(8, credentials=(Credential("c-ann", "p-bob"),)))
    world.pin("lab-in", "ok")
    assert world.only(AccessDenied).reason == "authentication_unavailable"
    assert not world.pulses()
