"""The gateway itself: start, restart, site, clock, journal, faults, and deadlines that always go."""

from __future__ import annotations

import pytest

from rules.mode import mode
from rules.model.commands import SetOutput
from rules.model.events import (
    AccessDenied,
    ClockStepped,
    DeadlineAbandoned,
    DoorForced,
    GatewayStarted,
    GatewayStopped,
    InternalError,
    JournalGap,
    JournalLevelChanged,
    RecordedLate,
    RecoveryStopped,
    SiteActivated,
    UncleanStop,
)
from rules.model.points import InputState, Outcome, Sensed
from rules.model.secret import CardBits
from rules.model.signals import (
    CardRead,
    ClockChanged,
    DeadlineFaulted,
    DeadlineReached,
    DeviceFound,
    GatewayBegan,
    GatewayEnding,
    InputChanged,
    JournalGapFound,
    JournalStateChanged,
    OutputReported,
    RecordLagged,
    RecoveryFaulted,
    SignalFaulted,
    SiteChanged,
)
from rules.state import State
from rules.step import evolve, next_due, step
from tests.rules.builder import MONDAY, SUNDAY, S
from tests.rules.world import World, picture

# -- start and restart --------------------------------------------------------------------------------------------


def test_a_first_start_knows_nothing() -> None:
    world = World(utc=SUNDAY).say(GatewayBegan("1.0", True))
    assert world.names == ["GatewayStarted"]
    assert world.only(GatewayStarted).version == "1.0"
    assert world.state.door("front").position == "unknown"
    assert world.state.device("io").status == "unknown"


def test_an_unclean_stop_is_said_first() -> None:
    assert World(utc=SUNDAY).say(GatewayBegan("1.0", False)).names == ["UncleanStop", "GatewayStarted"]


def test_a_start_follows_the_schedules_and_pulses_nothing() -> None:
    world = World().say(GatewayBegan("1.0", True))
    assert world.levels() == [SetOutput("io.out1", True)]
    assert not world.pulses()


def restarted(world: World, clean: bool = False) -> World:
    return world.say(GatewayBegan("1.1", clean))


def test_after_a_restart_everything_on_the_wires_is_unknown(world: World) -> None:
    world.say(OutputReported("io.out1", False))
    restarted(world)
    assert world.has(UncleanStop)
    assert {r.state for _, r in world.state.inputs.items()} == {InputState.UNKNOWN}
    assert {r.on for _, r in world.state.outputs.items()} == {None}
    assert {r.status for _, r in world.state.devices.items()} == {"unknown"}
    assert {r.position for _, r in world.state.doors.items()} <= {"unknown"}


def test_after_a_restart_inputs_of_a_device_never_found_are_unknown_too() -> None:
    world = World(utc=SUNDAY).say(GatewayBegan("1", True), InputChanged("io.in1", Sensed.CLOSED))
    restarted(world)
    assert world.state.input("io.in1").state is InputState.UNKNOWN


def test_a_restart_keeps_what_was_decided(world: World) -> None:
    world.ask("gus", "lockdown", "front").active("io.in11").ask("gus", "arm", "lab").wait(20)
    world.card("lab-out", "c-ann")
    restarted(world)
    assert mode(world.state.door("front").layers) == "fire"
    assert world.state.area("lab").status == "armed_away"
    assert "fire.panel" in world.raised()
    assert world.wait(60).names[:1] == ["ReleaseEnded"]


def test_a_door_that_opened_while_we_were_away_is_not_called_forced(world: World) -> None:
    restarted(world).say(InputChanged("io.in1", Sensed.OPEN), DeviceFound("io"))
    assert not world.has(DoorForced)
    assert world.state.door("front").position == "open"


def test_a_pending_pin_ends_after_a_restart(world: World) -> None:
    world.card("lab-in", "c-ann")
    restarted(world).wait(16)
    assert world.only(AccessDenied).reason == "pin_timeout"


def test_an_end_in_order(world: World) -> None:
    assert world.say(GatewayEnding()).has(GatewayStopped)
    assert not world.state.gateway().running
    assert not restarted(world, True).has(UncleanStop)


def test_the_fold_of_all_events_is_the_state() -> None:
    world = World(utc=SUNDAY).begin()
    world.card("front-in", "c-bob").active("io.in1").wait(60)
    world.card("lab-in", "c-ann").pin("lab-in", "wrong")
    world.ask("gus", "lockdown", "all").ask("gus", "arm", "lab").active("pirs.in3")
    restarted(world).wait(86_400).ask("gus", "acknowledge", "door-forced.front")
    state = State()
    for event in world.history:
        evolve(state, event)
    assert picture(state) == picture(world.state)


# -- site, clock, journal -----------------------------------------------------------------------------------------


def test_a_changed_site_is_recorded(world: World) -> None:
    world.say(SiteChanged("h2", 8, "2026b", "1.2"))
    assert world.only(SiteActivated).rules_hash == "h2"
    found = world.state.gateway()
    assert (found.rules_hash, found.people_rev) == ("h2", 8)


def test_a_stepped_clock_goes_straight_to_the_present(world: World) -> None:
    world.utc = MONDAY
    world.say(ClockChanged(MONDAY - SUNDAY))
    assert world.has(ClockStepped)
    assert mode(world.state.door("front").layers) == "schedule"
    world.utc = SUNDAY
    world.say(ClockChanged(SUNDAY - MONDAY))
    assert mode(world.state.door("front").layers) == "locked"


def test_a_transition_that_was_slept_through_is_due_at_once(world: World) -> None:
    world.utc = MONDAY
    assert next_due(world.site, world.state, world.stamp()) == ("utc", MONDAY, "schedule:front")
    world.wait(0)
    assert mode(world.state.door("front").layers) == "schedule"


@pytest.mark.parametrize("late", [0, 1, 999, S])
def test_a_transition_is_taken_however_late_somebody_looks(late: int) -> None:
    """The core asks what is due after every signal, and steps it if its time has come: never early, never missed."""
    world = World(utc=MONDAY - 3 * 3600 * S - S).begin()
    world.t += S + late
    world.utc += S + late
    due = next_due(world.site, world.state, world.stamp())
    assert due is not None
    assert due[1] <= world.utc
    world.say(DeadlineReached(due[2]))
    assert mode(world.state.door("front").layers) == "schedule"
    after = next_due(world.site, world.state, world.stamp())
    assert after is not None
    assert after[1] == MONDAY + 9 * 3600 * S


def test_the_journal_is_heard(world: World) -> None:
    world.say(JournalStateChanged("spool"))
    assert world.only(JournalLevelChanged).level == "spool"
    assert not world.say(JournalStateChanged("spool")).events
    world.say(JournalGapFound(3, 9), RecordLagged(1, 2), RecoveryFaulted(4, "bad"))
    assert world.has(JournalGap)
    assert world.has(RecordedLate)
    assert world.has(RecoveryStopped)
    assert {"journal-gap.journal", "recovery.journal"} <= set(world.state.alarms.keys())


# -- faults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["CardPresented", "PinChecked"])
def test_a_fault_on_a_badge_denies_and_alarms(world: World, kind: str) -> None:
    world.say(SignalFaulted(kind, "front-in", "KeyError"))
    assert world.only(InternalError).error == "KeyError"
    assert world.only(AccessDenied).reason == "internal_error"
    assert world.shown("front-in") == [Outcome.DENIED]
    assert world.state.alarms.get("internal-error.gw1") is not None


def test_a_fault_elsewhere_denies_nobody(world: World) -> None:
    world.say(SignalFaulted("InputChanged", "io.in1", "KeyError"), SignalFaulted("CardPresented", "nowhere", "x"))
    assert not world.has(AccessDenied)


def test_a_faulty_deadline_is_abandoned(world: World) -> None:
    world.card("front-in", "c-bob").say(DeadlineFaulted("release:front", "KeyError"))
    assert world.has(DeadlineAbandoned)
    assert world.state.deadlines.get("release:front") is None


def test_a_raw_card_is_never_stepped(world: World) -> None:
    with pytest.raises(TypeError):
        step(world.site, world.state, CardRead("front-in", CardBits(b"\0", 8)), world.stamp())


def test_what_is_no_signal_is_refused(world: World) -> None:
    with pytest.raises(TypeError):
        step(world.site, world.state, object(), world.stamp())  # type: ignore[arg-type]
