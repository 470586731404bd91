"""Devices lost and found, outputs read back, commands that were not carried out."""

from __future__ import annotations

import pytest

from rules.model.commands import PulseOutput, SetOutput, Wait
from rules.model.events import (
    AccessDenied,
    AlarmRaised,
    AlarmReturned,
    CommandUndelivered,
    DeviceDistrusted,
    DeviceOffline,
    DeviceOnline,
    InputReported,
    LinkOffline,
    OutputConfirmed,
    OutputForeign,
    OutputReasserted,
    OutputSensed,
    PanelAreaChanged,
    ReaderRestarted,
)
from rules.model.points import InputState, Sensed
from rules.model.signals import (
    CommandDone,
    CommandFailed,
    DeviceFound,
    DeviceInsecure,
    DeviceLost,
    DeviceRestarted,
    InputChanged,
    LinkFound,
    LinkLost,
    OutputReported,
    PanelReported,
)
from tests.rules.builder import SUNDAY, site
from tests.rules.world import World

OUT, FOREIGN, FAULT = "io.out1", "output-foreign.io.out1", "output-fault.io.out1"


def failed(kind: str = "SetOutput", target: str = OUT) -> CommandFailed:
    return CommandFailed(1, target, kind, "no reply")


# -- lost and found ---------------------------------------------------------------------------------------------


def test_a_lost_device_knows_nothing_any_more(world: World) -> None:
    world.say(OutputReported(OUT, False), DeviceLost("io", "silence"))
    assert world.only(DeviceOffline).cause == "silence"
    states = {p: r.state for p, r in world.state.inputs.items() if p.startswith("io.")}
    assert set(states.values()) == {InputState.UNKNOWN}
    assert world.state.output(OUT).on is None
    assert all(world.state.door(d).position == "unknown" for d in ("front", "lab"))


def test_a_lost_device_leaves_the_others_alone(world: World) -> None:
    world.say(DeviceLost("io2", "silence"))
    assert world.state.door("front").position == "closed"
    assert world.state.input("io.in1").state is InputState.NORMAL


def test_losing_a_device_releases_nothing(world: World) -> None:
    for device in world.site.devices:
        assert not world.say(DeviceLost(device, "silence")).orders
    for link in world.site.links:
        assert not world.say(LinkLost(link, "silence")).orders


def test_a_distrusted_device_knows_nothing_either(world: World) -> None:
    world.say(DeviceInsecure("io", "plain text"))
    assert world.has(DeviceDistrusted)
    assert world.state.door("front").position == "unknown"
    assert world.raised() == {"device-distrusted.io"}
    world.say(DeviceFound("io"))
    assert world.raised() == set()


def test_a_distrusted_reader_opens_nothing(world: World) -> None:
    world.say(DeviceInsecure("front-in", "plain text")).card("front-in", "c-bob")
    assert world.only(AccessDenied).reason == "reader_out_of_service"


def test_a_found_device_is_sent_the_level_of_the_mode_and_never_a_release(world: World) -> None:
    world.ask("sue", "unlock", "lab").card("front-in", "c-bob").say(DeviceLost("io", "gone"), DeviceFound("io"))
    assert [(e.point, e.on) for e in world.events if isinstance(e, OutputReasserted)] == [
        ("io.out1", False),
        ("io.out2", False),
    ]
    assert world.levels() == [SetOutput("io.out1", False), SetOutput("io.out2", False)]
    assert not world.pulses()
    assert [o.wait for o in world.orders] == [Wait.NONE, Wait.REQUIRED]  # locking never waits; lab wants its record


def test_somebody_who_asks_to_exit_as_the_device_returns_gets_out(world: World) -> None:
    world.say(DeviceLost("io", "gone"), InputChanged("io.in2", Sensed.CLOSED), DeviceFound("io"))
    commands = [o.command for o in world.orders if o.door == "front"]
    assert isinstance(commands[-1], PulseOutput), "the last word to the lock is the release"


def test_a_change_while_blind_is_said_so(world: World) -> None:
    world.say(DeviceLost("io", "gone"), InputChanged("io.in2", Sensed.CLOSED), InputChanged("io.in4", Sensed.CLOSED))
    found = {e.point: e.blind for e in world.events if isinstance(e, InputReported)}
    assert found == {"io.in2": True, "io.in4": False}


def test_an_unchanged_input_is_no_event(world: World) -> None:
    assert world.say(InputChanged("io.in1", Sensed.CLOSED)).events == []


def test_a_device_that_was_there_all_along_is_only_asserted_again(world: World) -> None:
    world.say(DeviceFound("io"))
    assert not world.has(DeviceOnline)
    assert world.has(OutputReasserted)


def test_a_lost_link_takes_its_devices_along(world: World) -> None:
    world.say(LinkLost("io-link", "refused"))
    assert world.only(LinkOffline).devices == ("io",)
    assert world.state.device("io").status == "offline"
    assert world.state.door("front").position == "unknown"
    assert world.names.count("AlarmRaised") == 1


def test_unknown_devices_and_links(world: World) -> None:
    for signal in (DeviceLost("x", "y"), DeviceFound("x"), DeviceInsecure("x", "y"), OutputReported("x.out1", True)):
        assert world.say(signal).events == []
    world.say(LinkLost("x", "y"), DeviceRestarted("x"))
    assert not world.orders


def test_a_restarted_reader_is_shown_rest(world: World) -> None:
    world.say(DeviceRestarted("front-in"))
    assert world.has(ReaderRestarted)
    assert [o.value for o in world.shown("front-in")] == ["idle"]


def test_a_panel_is_reported_when_it_changes(world: World) -> None:
    said = PanelReported("elk", 1, "disarmed", "none")
    assert world.say(said).has(PanelAreaChanged)
    assert world.say(said).events == []
    assert world.say(PanelReported("elk", 1, "armed_away", "none")).has(PanelAreaChanged)


# -- read-back --------------------------------------------------------------------------------------------------


def test_an_output_that_moves_by_itself_is_foreign_and_put_back(world: World) -> None:
    world.say(OutputReported(OUT, True)).wait(0.9)
    assert not world.has(AlarmRaised)
    world.wait(0.2)
    assert world.names == ["OutputForeign", "AlarmRaised", "OutputReasserted"]
    assert world.levels() == [SetOutput(OUT, False)]
    assert world.raised() == {FOREIGN}
    assert not world.wait(60).events
    world.say(OutputReported(OUT, False))
    assert world.raised() == set()
    assert world.has(OutputConfirmed)


def test_a_difference_that_passes_is_nothing(world: World) -> None:
    world.say(OutputReported(OUT, True)).wait(0.5)
    world.say(OutputReported(OUT, False)).wait(60)
    assert world.events == []


def test_a_difference_that_a_grant_explains_is_nothing_but_is_looked_at_again(world: World) -> None:
    world.say(OutputReported(OUT, True)).card("front-in", "c-bob").wait(3)
    assert not world.has(OutputForeign)
    world.say(OutputReported(OUT, False)).wait(60)
    assert not world.has(OutputForeign)


@pytest.mark.parametrize("every_poll", [True, False])
def test_a_lock_that_stays_released_after_its_release_is_foreign(world: World, every_poll: bool) -> None:
    world.card("front-in", "c-bob").say(OutputReported(OUT, True)).wait(5)
    assert not world.has(OutputForeign)
    if every_poll:
        world.say(OutputReported(OUT, True))
    assert world.wait(1).has(OutputForeign)
    assert world.levels() == [SetOutput(OUT, False)]


def test_a_release_that_goes_on_explains_its_output(world: World) -> None:
    world.active("io.in2").say(OutputReported(OUT, True)).wait(20)
    assert not world.has(OutputForeign)
    world.normal("io.in2").say(OutputReported(OUT, False)).wait(20)
    assert not world.has(OutputForeign)


def test_the_end_of_a_pulse_is_read_back_a_little_early(world: World) -> None:
    world.card("front-in", "c-bob").say(OutputReported(OUT, True)).wait(4.9)
    world.say(OutputReported(OUT, False)).wait(60)
    assert not world.has(OutputForeign)


def test_an_output_that_does_not_follow_its_mode_is_foreign(world: World) -> None:
    world.say(OutputReported(OUT, False)).ask("sue", "unlock", "front")
    assert world.has(OutputSensed)
    world.wait(2.9)
    assert not world.has(OutputForeign)
    assert world.wait(0.1).has(OutputForeign)
    assert world.levels() == [SetOutput(OUT, True)]


def test_an_output_that_follows_its_mode_is_not(world: World) -> None:
    world.say(OutputReported(OUT, False)).ask("sue", "unlock", "front").wait(1)
    world.say(OutputReported(OUT, True)).wait(60)
    assert not world.has(OutputForeign)


def test_a_foreign_output_of_a_lost_device_waits_for_it(world: World) -> None:
    world.say(OutputReported(OUT, True), DeviceLost("io", "gone")).wait(60)
    assert not world.has(OutputForeign)


# -- commands ---------------------------------------------------------------------------------------------------


def test_a_level_is_sent_again_until_it_is_confirmed(world: World) -> None:
    world.ask("sue", "unlock", "front").say(failed())
    assert world.only(CommandUndelivered).retry_at is not None
    assert world.raised() == {FAULT}
    for _ in range(3):
        assert world.wait(1).levels() == [SetOutput(OUT, True)]
        world.say(failed())
    world.wait(1).say(CommandDone(2, OUT))
    assert world.names == ["OutputConfirmed", "AlarmReturned"]
    assert not world.wait(60).events


def test_a_momentary_command_is_gone(world: World) -> None:
    world.card("front-in", "c-bob").say(failed("PulseOutput"))
    assert world.only(CommandUndelivered).retry_at is None
    assert world.raised() == {FAULT}
    assert not world.wait(4).orders


def test_a_failed_pulse_does_not_stop_a_level_from_being_sent_again(world: World) -> None:
    world.say(failed(), failed("PulseOutput")).wait(1)
    assert world.levels() == [SetOutput(OUT, False)]


def test_a_level_sent_again_never_cuts_a_release_short_nor_lets_it_last(world: World) -> None:
    world.say(failed()).active("io.in2").wait(1)
    assert [o.command for o in world.orders] == [SetOutput(OUT, False), PulseOutput(OUT, True, 4_000_000)]


def test_a_failed_light_is_recorded_only(world: World) -> None:
    world.say(CommandFailed(1, "front-in", "ShowOutcome", "offline"))
    assert world.names == ["CommandUndelivered"]
    assert not world.wait(60).events


@pytest.mark.parametrize("target", ["io.out2x", "x.out1", "pin", "", "io.out9"])
def test_a_failed_command_to_something_else_ends_there(world: World, target: str) -> None:
    world.say(failed(target=target)).wait(60)
    assert not world.orders
    assert not world.abandoned


def test_a_level_that_fails_at_a_lost_device_waits_for_it(world: World) -> None:
    world.say(DeviceLost("io", "gone"), failed())
    assert FAULT not in world.raised()
    assert not world.wait(60).orders
    assert world.say(DeviceFound("io")).levels()


def test_a_confirmed_command_does_not_excuse_a_foreign_level(world: World) -> None:
    world.say(OutputReported(OUT, True)).wait(1.1)
    world.say(failed(), CommandDone(3, OUT))
    assert world.raised() == {FAULT, FOREIGN}
    assert not world.has(AlarmReturned)
    world.say(OutputReported(OUT, False))
    assert world.raised() == set()


def test_a_confirmation_nobody_waits_for_is_nothing(world: World) -> None:
    assert world.say(CommandDone(1, OUT), CommandDone(2, "nowhere"), CommandDone(3, "")).events == []


def test_a_magnet_is_read_the_other_way_round() -> None:
    world = World(site(), SUNDAY).begin()
    assert not world.say(OutputReported("io.out2", True)).wait(5).has(OutputForeign)
    assert world.say(OutputReported("io.out2", False)).wait(5).has(OutputForeign)


def test_a_link_without_devices_says_itself_that_it_is_back() -> None:
    world = World(site())
    world.say(LinkLost("bus", "refused"))
    assert world.state.alarms.get("link-lost.bus") is not None
    world.say(LinkFound("bus"))
    known = world.state.alarms.get("link-lost.bus")
    assert known is not None
    assert not known.active


@pytest.mark.parametrize("cause", ["link_lost", "link_down"])
def test_a_command_that_its_link_took_along_is_no_second_alarm(world: World, cause: str) -> None:
    world.say(CommandFailed(1, OUT, "SetOutput", cause), LinkLost("io-link", "line_closed"))
    assert world.has(CommandUndelivered)
    assert world.raised() == {"link-lost.io-link"}
