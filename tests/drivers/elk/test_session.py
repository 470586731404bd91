"""The conversation with a panel, in imagined time."""

from __future__ import annotations

from collections import Counter

import pytest
from pydantic import ValidationError

from drivers.elk import Config, points
from drivers.elk import messages as m
from drivers.elk.presence import NEXT, Happened, Presence, Tuning
from drivers.elk.session import Session
from drivers.elk.states import ZoneSense
from rules.model.points import PointKind, Sensed
from rules.model.signals import DeviceFound, DeviceLost, InputChanged, OutputReported, PanelReported
from simulators.elk_panel import frame

FOUND = DeviceFound("p")
QUIET = frame("AS", "0" * 8 + "1" * 8 + "0" * 8)
ZONES = frame("ZS", "2B" + "0" * 206)
OUTPUTS = frame("CS", "1" + "0" * 207)
BEAT = frame("XK", "5102177211126000")
TOLD = [
    InputChanged("p.zone1", Sensed.NORMAL),
    InputChanged("p.zone2", Sensed.ACTIVE),
    OutputReported("p.out1", True),
    PanelReported("p", 1, "disarmed", "no_alarm"),
    FOUND,
]


def session(counters: Counter[str] | None = None, **settings: object) -> Session:
    config = Config.model_validate({"zones": 2, "outputs": 1, "areas": [1], **settings})
    return Session("p", config, ZoneSense(), Counter() if counters is None else counters, Tuning(), 0.0)


def live() -> Session:
    panel = session()
    panel.open()
    assert panel.hear(ZONES + QUIET + OUTPUTS, 0.1) == TOLD
    return panel


def test_it_asks_for_everything_and_tells_it_before_the_panel_is_found() -> None:
    panel = session()
    assert panel.open() == [m.ASK_AREAS + m.ASK_ZONES + m.ASK_OUTPUTS]
    assert panel.hear(OUTPUTS + ZONES, 0.1) == []
    assert panel.hear(QUIET, 0.2) == TOLD


def test_a_change_between_the_answers_is_not_lost() -> None:
    panel = session()
    panel.open()
    told = panel.hear(ZONES + frame("ZC", "0019") + OUTPUTS + QUIET, 0.1)
    assert InputChanged("p.zone1", Sensed.ACTIVE) in told
    assert InputChanged("p.zone1", Sensed.NORMAL) not in told


def test_it_tells_changes_once() -> None:
    panel = live()
    assert panel.hear(frame("ZC", "0019"), 1.0) == [InputChanged("p.zone1", Sensed.ACTIVE)]
    assert panel.hear(frame("ZC", "001A"), 1.1) == []
    assert panel.hear(frame("ZC", "0012"), 1.2) == [InputChanged("p.zone1", Sensed.NORMAL)]
    assert panel.hear(frame("ZC", "0039"), 1.3) == [], "not a zone of ours"
    assert panel.hear(frame("CC", "0010"), 1.4) == [OutputReported("p.out1", False)]
    armed = frame("AS", "1" + "0" * 7 + "4" + "1" * 7 + "6" + "0" * 7)
    assert panel.hear(armed, 1.5) == [PanelReported("p", 1, "armed_away", "burglar_alarm")]
    assert panel.hear(armed, 1.6) == []


def test_every_heartbeat_is_followed_by_a_reading() -> None:
    """A panel whose options 36, 37 and 40 are off tells no change by itself."""
    panel = live()
    assert panel.hear(BEAT, 30.0) == [m.ASK_AREAS + m.ASK_ZONES + m.ASK_OUTPUTS]
    assert panel.hear(frame("ZS", "22" + "0" * 206), 30.1) == [InputChanged("p.zone2", Sensed.NORMAL)]


def test_a_damaged_frame_is_followed_by_a_reading_but_not_by_a_storm() -> None:
    panel = live()
    bad = b"0AZC001900CE\r\n"
    assert panel.hear(bad, 5.0) == [m.ASK_AREAS + m.ASK_ZONES + m.ASK_OUTPUTS]
    assert panel.hear(bad * 50, 5.5) == []


def test_damaged_answers_for_ever_are_no_answers() -> None:
    panel = live()
    acts = []
    for tenth in range(400):
        now = 5.0 + tenth / 10
        acts += panel.hear(b"0AZC001900CE\r\n" + BEAT, now) + panel.tick(now)
    assert DeviceLost("p", "silent") in acts


def test_unanswered_questions_are_asked_again_and_then_the_panel_is_lost() -> None:
    panel = session()
    panel.open()
    assert panel.due() == 5.0
    assert panel.tick(4.9) == []
    panel.hear(ZONES, 4.9)
    assert panel.tick(5.0) == [m.ASK_AREAS + m.ASK_OUTPUTS]
    assert panel.tick(10.0) == [m.ASK_AREAS + m.ASK_OUTPUTS]
    assert panel.tick(15.0)[0] == DeviceLost("p", "silent")
    assert panel.tick(20.0) == [m.ASK_AREAS + m.ASK_ZONES + m.ASK_OUTPUTS], "it goes on asking, and says it once"
    assert panel.hear(QUIET + ZONES + OUTPUTS, 21.0) == TOLD


def test_silence_loses_the_panel_and_everything_is_told_again() -> None:
    panel = live()
    panel.hear(frame("ST", "001135"), 10.0)
    assert panel.due() == 85.0
    assert panel.tick(84.9) == []
    acts = panel.tick(85.0)
    assert acts[0] == DeviceLost("p", "silent")
    assert panel.hear(frame("ZC", "0019"), 100.0) == [], "not believed before the rest is known"
    assert panel.hear(ZONES + QUIET + OUTPUTS, 101.0) == TOLD


def test_noise_is_no_sign_of_life() -> None:
    panel = live()
    for second in range(1, 75):
        panel.hear(b"\xff\x00noise\r\n", float(second))
    assert DeviceLost("p", "silent") in panel.tick(75.2)


@pytest.mark.parametrize(("code", "cause"), [("01", "programming"), ("02", "starting")])
def test_programming_mode_silences_us_until_it_ends(code: str, cause: str) -> None:
    panel = live()
    assert panel.hear(frame("RP", code), 1.0) == [DeviceLost("p", cause)]
    assert panel.hear(BEAT + frame("ZC", "0019") + b"noise\r\n", 2.0) == []
    assert panel.tick(30.0) == []
    assert panel.hear(frame("RP", "00"), 40.0) == [m.ASK_AREAS + m.ASK_ZONES + m.ASK_OUTPUTS]
    assert panel.hear(frame("IE"), 40.1) == []
    assert panel.hear(QUIET + ZONES + OUTPUTS, 41.0) == TOLD


def test_a_lost_end_of_programming_is_found_out() -> None:
    panel = live()
    panel.hear(frame("RP", "01"), 1.0)
    assert panel.due() == 61.0
    assert panel.tick(61.0) == [m.ASK_AREAS + m.ASK_ZONES + m.ASK_OUTPUTS]
    assert panel.hear(frame("RP", "01"), 61.1) == [], "still programming: said already"
    assert panel.tick(121.1) != []
    assert panel.hear(QUIET + ZONES + OUTPUTS, 121.2) == TOLD


def test_leaving_programming_at_a_keypad_is_followed_by_a_reading() -> None:
    panel = live()
    assert panel.hear(b"06IE00AC\r\n", 1.0) == [m.ASK_AREAS + m.ASK_ZONES + m.ASK_OUTPUTS]


def test_bypassed_zones_are_counted() -> None:
    panel = live()
    panel.hear(frame("ZC", "001D") + frame("ZC", "002E"), 1.0)
    assert panel.bypassed == 2
    panel.hear(frame("ZC", "0019"), 1.0)
    assert panel.bypassed == 1


def test_what_is_not_understood_is_counted() -> None:
    counters: Counter[str] = Counter()
    panel = session(counters)
    panel.open()
    panel.hear(frame("IC", "0000030405060000") + frame("ZC", "9999") + b"0AZC002200CF\r\n09ZC\r\n" + BEAT, 1.0)
    assert {"other": 1, "malformed": 2, "checksum": 1, "frames": 3}.items() <= counters.items()


def test_only_what_is_configured_is_asked_and_told() -> None:
    panel = session(zones=0, outputs=0, areas=["2"])
    assert panel.open() == [m.ASK_AREAS]
    assert panel.hear(QUIET, 0.1) == [PanelReported("p", 2, "disarmed", "no_alarm"), FOUND]


@pytest.mark.parametrize("presence", list(Presence))
@pytest.mark.parametrize("happened", [Happened.PROGRAMMING, Happened.RESUMED])
def test_what_the_wire_can_cause_is_in_the_table_for_every_presence(presence: Presence, happened: Happened) -> None:
    assert (presence, happened) in NEXT


def test_points() -> None:
    config = Config.model_validate({"zones": ["1", "12"], "outputs": "2"})
    assert points(config) == {
        "zone1": PointKind.DETECTOR,
        "zone12": PointKind.DETECTOR,
        "out1": PointKind.OUTPUT,
        "out2": PointKind.OUTPUT,
    }
    assert config.areas == [1]


@pytest.mark.parametrize(
    "settings",
    [{}, {"zones": 209}, {"zones": [0]}, {"zones": ["1", "1"]}, {"zones": 4, "areas": [9]}, {"zones": "x"},
     {"zones": -1}, {"zones": 4, "outputs": [209]}, {"zones": 4, "code": "1234"}],
)  # fmt: skip
def test_a_wrong_configuration_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate(settings)
