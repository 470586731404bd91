"""The core: in order, undone whole, never starved, never ended by a fault, and the last word is the last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.core import BATCH
from rules import step as steps
from rules.compile import with_people
from rules.model.commands import Answer, PulseOutput, SetOutput, ShowOutcome, VerifyPin
from rules.model.events import (
    AccessGranted,
    AlarmRaised,
    DoorLayerCleared,
    DoorLayerSet,
    InputReported,
    ReleaseEnded,
    SiteActivated,
)
from rules.model.points import Outcome, Sensed
from rules.model.secret import CardBits, Secret
from rules.model.signals import (
    CardPresented,
    CardRead,
    CommandDone,
    DeviceFound,
    DeviceLost,
    GatewayBegan,
    GatewayEnding,
    InputChanged,
    LinkLost,
    PinChecked,
    PinEntered,
    RequestReceived,
    SiteChanged,
)
from rules.people import Person
from rules.site import Site
from rules.state import DeadlineRecord, State
from tests.gateway.room import Hands, Room, room
from tests.rules.builder import MONDAY, S, front, people, policy, site, store

CHANGE = SiteChanged("", 0, "tz", "1")


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Room]:
    async with room(tmp_path) as made:
        made.begin()
        await made.durable()
        made.core.turn()  # whatever the disk was late with
        await made.durable()
        made.orders.clear()
        yield made


def card(token: str = "c-ann", reader: str = "front-in") -> CardPresented:
    return CardPresented(reader, token, "h10301", "17")


Raise = Callable[..., None]


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Raise:
    """Makes the evolution of an event type raise, after it changed the state; where: only for that door."""

    def make(event_type: type[Any], where: str = "") -> None:
        evolve = steps.EVOLUTIONS[event_type]

        def fault(state: State, event: Any) -> None:
            evolve(state, event)
            if not where or event.door == where:
                raise ZeroDivisionError("planted")

        monkeypatch.setitem(steps.EVOLUTIONS, event_type, fault)

    return make


# -- a fault undoes one signal and no more -------------------------------------------------------------------------


async def test_a_fault_is_a_denial_with_an_alarm_and_leaves_no_trace(core: Room, raising: Raise) -> None:
    before, head = core.picture(), core.core.head
    raising(AccessGranted)
    core.say(card())
    assert await core.names(head) == ["InternalError", "AccessDenied", "AlarmRaised", "AlarmReturned"]
    denied = (await core.events(head))[1]["data"]
    assert (denied["reason"], denied["door"]) == ("internal_error", "front")
    assert core.commands(PulseOutput) == []
    assert core.commands(ShowOutcome) == [ShowOutcome("front-in", Outcome.DENIED)]
    core.core.state.alarms.drop("internal-error.gw1")
    assert core.picture() == before


async def test_bits_no_reader_should_send(core: Room) -> None:
    """More bits than there is data: a reader that lies must not end the daemon."""
    head = core.core.head
    core.say(CardRead("front-in", CardBits(b"\x01", 26)), CardRead("front-in", CardBits(b"", 0)))
    names = await core.names(head)
    assert names.count("AccessDenied") == 2
    assert core.commands(PulseOutput) == []


async def test_what_has_no_stored_form_is_undone_too(core: Room) -> None:
    """A lone surrogate cannot be written as UTF-8: found only when the event is sealed."""
    before, head = core.picture(), core.core.head
    core.say(DeviceLost("io", "\ud800"), InputChanged("\ud800.in1", Sensed.OPEN))
    core.core.state.alarms.drop("internal-error.gw1")
    assert core.picture() == before
    assert (await core.names(head))[0] == "InternalError"


async def test_a_request_that_raised_is_answered(core: Room, raising: Raise) -> None:
    raising(DoorLayerSet)
    asked = RequestReceived("q1", "sue", "unlock", "front", "{}", "n1", MONDAY, MONDAY + 5 * S)
    core.say(asked, link="bus")
    await core.durable()
    await asyncio.sleep(0)
    assert core.commands(Answer) == [Answer("q1", False, "internal_error")]
    assert core.core.state.nonces.get("n1") is None


async def test_even_the_step_of_a_fault_may_raise(core: Room, raising: Raise) -> None:
    head = core.core.head
    raising(AccessGranted)
    raising(AlarmRaised)
    core.say(card(), InputChanged("io.in2", Sensed.CLOSED))
    events = await core.events(head)
    assert events[0]["type"] == "InternalError"
    assert events[0]["data"] == {"kind": "CardPresented", "subject": "front-in", "error": "ZeroDivisionError"}
    assert "ExitRequested" in [e["type"] for e in events]
    assert len(core.core.state.alarms) == 0


async def test_somebody_at_the_way_out_is_let_out_even_then(core: Room, raising: Raise) -> None:
    raising(AccessGranted)
    raising(AlarmRaised)
    core.say(card(reader="front-out"))
    assert [c.output for c in core.commands(PulseOutput)] == ["io.out1"]
    core.say(card(reader="front-in"))
    assert len(core.commands(PulseOutput)) == 1


async def test_fire_and_exit_are_carried_out_even_then(core: Room, raising: Raise) -> None:
    raising(InputReported)
    core.say(InputChanged("io.in11", Sensed.OPEN))  # the fire panel
    assert core.commands(SetOutput) == [SetOutput("io.out1", True), SetOutput("io.out2", False)]
    core.say(InputChanged("io.in2", Sensed.CLOSED))  # the exit button of the front door
    assert [c.output for c in core.commands(PulseOutput)] == ["io.out1"]


# -- deadlines -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault_of_the_fault", [False, True])
async def test_a_deadline_that_raises_is_given_up(core: Room, raising: Raise, fault_of_the_fault: bool) -> None:
    core.say(card())
    await core.durable()
    raising(ReleaseEnded)
    if fault_of_the_fault:
        raising(AlarmRaised)
    head = core.core.head
    core.wait(10)
    core.wait(10)
    names = await core.names(head)
    assert names.count("DeadlineAbandoned") == 1
    assert core.core.state.deadlines.get("release:front") is None


async def test_a_deadline_nobody_knows_is_given_up(core: Room) -> None:
    core.core.state.deadlines.put("nonsense:x", DeadlineRecord(core.core.clock.t()))
    head = core.core.head
    core.wait(1)
    core.wait(1)
    assert (await core.names(head)).count("DeadlineAbandoned") == 1
    assert core.core._pause() > 0


async def test_deadlines_and_signals_take_turns(core: Room) -> None:
    """A thousand locks to relock at once: a badge does not wait for all of them, nor the loop for either."""
    for n in range(1_000):
        core.core.state.deadlines.put(f"pin:ghost-{n}", DeadlineRecord(core.core.clock.t()))
    head, taken = core.core.head, core.core.counters["signals"]
    core.wait(0.001)
    for token in ("c-ann", "c-bob"):
        core.core.emit("north")(card(token))
    core.core.turn()
    assert (await core.names(head)).count("AccessGranted") == 2
    assert core.core.counters["signals"] - taken <= 2 * (BATCH + 40)
    for _ in range(20):
        core.core.turn()
    assert core.core.state.deadlines.first() is None or core.core._pause() > 0


async def test_signals_without_end_do_not_hold_up_a_deadline(core: Room) -> None:
    core.say(card())
    core.hands.go(10)
    emit = core.core.emit("north")
    for n in range(900):
        emit(InputChanged("io.in9", Sensed.OPEN if n % 2 else Sensed.CLOSED))
    core.core.turn()
    assert core.core.state.door("front").release is None
    assert core.core.waiting > 900 - BATCH


# -- schedules -----------------------------------------------------------------------------------------------------


def two_scheduled() -> Site:
    return site(doors=(front(), store(unlock="office")))


async def test_a_schedule_that_raises_stops_neither_the_core_nor_the_other_doors(
    tmp_path: Path, raising: Raise
) -> None:
    hands = Hands(wall=MONDAY - 4 * 3_600 * S)  # 06:00
    async with room(tmp_path, two_scheduled(), hands=hands) as made:
        made.begin()
        raising(DoorLayerSet, "front")
        head = made.core.head
        for _ in range(5):
            made.wait(3_600)
        names = await made.names(head)
        assert names.count("DeadlineAbandoned") == 1
        assert len(names) < 30
        assert made.core.state.door("front").layers == ()
        assert made.core.state.door("store").layers != ()
        raising(DoorLayerCleared, "nowhere")
        made.wait(9 * 3_600)
        assert made.core.state.door("store").layers == ()


async def test_a_new_site_follows_every_schedule_again(
    tmp_path: Path, raising: Raise, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands(wall=MONDAY - 4 * 3_600 * S)
    async with room(tmp_path, two_scheduled(), hands=hands) as made:
        made.begin()
        with monkeypatch.context() as patch:
            patch.setitem(steps.EVOLUTIONS, DoorLayerSet, lambda state, event: 1 // 0)
            made.wait(2 * 3_600)
        assert made.core.state.door("front").layers == ()
        made.core.edit_site(lambda found: found, CHANGE)
        made.core.turn()
        assert made.core.state.door("front").layers != ()


async def test_a_step_of_the_clock_goes_straight_to_the_present_mode(core: Room) -> None:
    assert core.core.state.door("front").layers
    head = core.core.head
    core.hands.wall += 3 * 86_400 * S + 12 * 3_600 * S  # Thursday night: three openings and closings skipped
    core.core.turn()
    assert (await core.names(head)) == ["ClockStepped", "DoorLayerCleared"]


# -- edits of the site ---------------------------------------------------------------------------------------------


def blocked(who: str) -> Callable[[Site], Site]:
    persons = people().persons
    return lambda found: with_people(found, people(replace(persons[who], blocked=True)))


async def test_an_edit_takes_effect_before_the_next_badge(core: Room) -> None:
    core.core.emit("north")(card("c-bob"))
    core.core.edit_site(blocked("p-bob"), CHANGE)
    head = core.core.head
    core.core.turn()
    events = await core.events(head)
    assert [e["type"] for e in events[:2]] == ["SiteActivated", "AccessDenied"]
    assert events[1]["data"]["reason"] == "person_blocked"


async def test_a_later_edit_sees_the_earlier_one(core: Room) -> None:
    seen: list[str] = []

    def named(name: str) -> Callable[[Site], Site]:
        def edit(found: Site) -> Site:
            seen.append(found.rules_hash)
            return replace(found, rules_hash=name)

        return edit

    core.core.edit_site(named("a"), CHANGE)
    core.core.edit_site(named("b"), CHANGE)
    core.core.turn()
    assert seen == ["hash-1", "a"]
    assert core.core.state.gateway().rules_hash == "b"


async def test_a_bad_edit_leaves_the_old_site(core: Room, raising: Raise) -> None:
    before = core.core.site
    core.core.edit_site(lambda found: with_people(None, people()), CHANGE)  # type: ignore[arg-type]
    core.core.turn()
    raising(SiteActivated)
    core.core.edit_site(lambda found: replace(found, rules_hash="x"), CHANGE)
    core.core.turn()
    assert core.core.site is before
    assert (await core.names()).count("InternalError") == 2


# -- a pending PIN -------------------------------------------------------------------------------------------------


async def test_a_person_blocked_while_the_pin_is_asked_stays_out(core: Room) -> None:
    core.say(card("c-ann", "lab-in"))
    core.core.edit_site(blocked("p-ann"), CHANGE)
    core.say(PinEntered("lab-in", Secret("4711")))
    (check,) = core.commands(VerifyPin)
    head = core.core.head
    core.say(PinChecked("lab-in", check.attempt, "ok"), link="pin")
    (denied,) = [e for e in await core.events(head) if e["type"] == "AccessDenied"]
    assert denied["data"]["reason"] == "person_blocked"


async def test_a_reader_lost_while_the_pin_is_asked(core: Room) -> None:
    core.say(card("c-ann", "lab-in"))
    core.say(LinkLost("north", "eof"), link="north")
    head = core.core.head
    core.wait(16)
    (denied,) = [e for e in await core.events(head) if e["type"] == "AccessDenied"]
    assert denied["data"]["reason"] == "pin_timeout"
    core.say(PinEntered("lab-in", Secret("4711")), link="north")
    assert core.commands(VerifyPin) == []


# -- links lost and found ------------------------------------------------------------------------------------------


async def test_a_link_that_comes_and_goes_is_alarmed_each_time_it_went(core: Room) -> None:
    head = core.core.head
    core.say(LinkLost("north", "eof"), LinkLost("north", "eof"), link="north")
    core.say(DeviceFound("front-in"), link="north")  # one of its readers answers, then all is gone again
    core.say(LinkLost("north", "eof"), link="north")
    names = [n for n in await core.names(head) if n in ("LinkOffline", "AlarmRaised", "AlarmReturned", "DeviceOnline")]
    assert names == ["LinkOffline", "AlarmRaised", "DeviceOnline", "AlarmReturned", "LinkOffline", "AlarmRaised"]
    assert core.core.state.device("front-in").status == "offline"


# -- receipts and the end ------------------------------------------------------------------------------------------


async def test_the_receipt_of_a_signal_without_events_waits_for_what_it_was_judged_by(tmp_path: Path) -> None:
    async with room(tmp_path, watched=False) as made:
        made.begin()
        receipt = made.core.emit("north")(CommandDone(1, "io.out1"))
        made.core.turn()
        waiting = asyncio.ensure_future(_hear(receipt))
        await asyncio.sleep(0)
        assert not waiting.done()
        made.core.durable(made.core.head)
        assert await waiting == made.core.head


async def _hear(receipt: Any) -> int:
    async with asyncio.timeout(5):
        found: int = await receipt
        return found


async def test_a_link_that_gave_up_on_its_receipt_does_not_end_the_core(core: Room) -> None:
    """An MQTT link that reconnects cancels what awaited; the signal is stepped afterwards."""
    await core.durable()
    await asyncio.sleep(0.01)
    receipt = core.core.emit("north")(CommandDone(1, "io.out1"))
    waiting = asyncio.ensure_future(_hear(receipt))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    core.core.turn()
    core.core.durable(core.core.head)
    core.say(card())
    assert core.core.state.door("front").release is not None


async def test_the_end_is_the_last_event(core: Room) -> None:
    """What comes after it would make an orderly stop look like a crash."""
    emit = core.core.emit("north")
    core.core.say(GatewayEnding())
    emit(card())
    core.core.turn()
    emit(LinkLost("north", "eof"))
    core.core.edit_site(lambda found: found, CHANGE)
    core.hands.go(86_400)
    core.core.turn()
    assert (await core.names())[-1] == "GatewayStopped"
    assert core.core._pause() > 0


async def test_it_runs_until_it_is_cancelled(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        made.core.say(GatewayBegan("1", True))
        task = asyncio.ensure_future(made.core.run())
        async with asyncio.timeout(5):
            await made.core.emit("north")(card())
        assert "AccessGranted" in await made.names()
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()


async def test_a_grant_that_could_not_be_recorded_is_taken_back_and_nothing_shows_green(tmp_path: Path) -> None:
    """The lab demands its record. The disk hangs: the lock stays, the reader does not say yes, the record says so."""
    async with room(tmp_path, site(minimum=()), watched=False) as made:
        made.begin()
        task = asyncio.ensure_future(made.core.run())
        made.core.emit("north")(card("c-ann", "lab-in"))
        async with asyncio.timeout(5):
            while made.core.state.door("lab").release is None:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            while made.core.state.door("lab").release is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        made.core.durable(made.core.head)
        assert made.commands(PulseOutput) == []
        assert Outcome.GRANTED not in [c.outcome for c in made.commands(ShowOutcome)]
        assert "ReleaseWithheld" in await made.names()
        task.cancel()
        await asyncio.wait({task})


def test_the_small_site_is_what_these_tests_take_it_for() -> None:
    found = policy().doors["lab"]
    assert found.journal_required
    assert people().credentials["c-ann"].person == "p-ann"
    assert isinstance(people().persons["p-ann"], Person)
