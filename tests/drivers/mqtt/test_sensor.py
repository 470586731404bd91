"""One sensor without a broker: what is believed, and when."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.mqtt.config import Config, points
from drivers.mqtt.sensor import Sensor
from rules.model.points import PointKind, Sensed
from rules.model.signals import DeviceFound, DeviceLost, InputChanged, Signal

WALL = 1_800_000_000.0
ONLINE, OFFLINE = b'{"state":"online"}', b"offline"


def sensor(kind: str = "contact", **keys: Any) -> Sensor:
    config = Config.model_validate({"preset": "zigbee2mqtt", "name": "hall", "kind": kind, **keys})
    return Sensor("hall", config, 0.0)


def say(it: Sensor, *, retained: bool = False, now: float = 1.0, **values: Any) -> list[Signal]:
    return it.state(json.dumps(values).encode(), retained=retained, now=now, wall=WALL)


def found(contact: Sensed) -> list[Signal]:
    return [
        InputChanged("hall.contact", contact),
        InputChanged("hall.tamper", Sensed.NORMAL),
        InputChanged("hall.battery", Sensed.UNKNOWN),
        DeviceFound("hall"),
    ]


def test_contact_true_is_closed_and_false_is_open() -> None:
    it = sensor()
    assert it.availability(ONLINE) == []
    assert say(it, contact=True, tamper=False) == found(Sensed.CLOSED)
    assert say(it, contact=False, tamper=False) == [InputChanged("hall.contact", Sensed.OPEN)]
    assert say(it, contact=False, tamper=True) == [InputChanged("hall.tamper", Sensed.ACTIVE)]
    assert say(it, contact=False, tamper=True) == []


def test_motion_battery_and_its_percentage() -> None:
    it = sensor("motion")
    it.availability(ONLINE)
    assert InputChanged("hall.motion", Sensed.NORMAL) in say(it, occupancy=False, battery=80)
    assert say(it, occupancy=True, battery=9) == [
        InputChanged("hall.motion", Sensed.ACTIVE),
        InputChanged("hall.battery", Sensed.ACTIVE),
    ]
    assert say(it, occupancy=True, battery_low=False, battery=9) == [InputChanged("hall.battery", Sensed.NORMAL)]


def test_retained_state_is_not_believed_until_something_live_confirms_it() -> None:
    it = sensor()
    it.availability(ONLINE)
    assert say(it, retained=True, contact=True, tamper=False) == []
    assert say(it, contact=False, tamper=False) == found(Sensed.OPEN)


def test_a_live_state_waits_for_the_availability() -> None:
    it = sensor()
    assert say(it, contact=True, tamper=False) == []
    assert it.availability(b"online") == found(Sensed.CLOSED)


@pytest.mark.parametrize(
    ("age", "believed"), [(60, True), (89 * 60, True), (91 * 60, False), (-30, True), (-90, False)]
)
def test_a_time_stamp_within_max_silence_confirms_retained_state(age: int, believed: bool) -> None:
    for stamp in (
        int((WALL - age) * 1000),
        datetime.fromtimestamp(WALL - age, UTC).isoformat(),
        datetime.fromtimestamp(WALL - age, UTC).isoformat().replace("+00:00", "Z"),
    ):
        it = sensor()
        it.availability(ONLINE)
        heard = say(it, retained=True, contact=True, tamper=False, last_seen=stamp)
        assert heard == (found(Sensed.CLOSED) if believed else [])


def test_an_old_message_that_was_queued_is_not_news() -> None:
    it = sensor()
    it.availability(ONLINE)
    assert say(it, contact=True, last_seen=int((WALL - 7200) * 1000)) == []


def test_offline_loses_it_and_only_a_fresh_state_brings_it_back() -> None:
    it = sensor()
    it.availability(ONLINE)
    say(it, contact=True, tamper=False)
    assert it.availability(OFFLINE) == [DeviceLost("hall", "offline")]
    assert it.availability(OFFLINE) == []
    assert it.availability(ONLINE) == []
    assert say(it, contact=True, tamper=False) == found(Sensed.CLOSED)


def test_the_bridge_going_takes_its_sensors_with_it() -> None:
    it = sensor()
    it.availability(ONLINE)
    say(it, contact=True)
    assert it.bridge(b'{"state":"offline"}') == [DeviceLost("hall", "bridge_offline")]
    assert say(it, contact=True) == []
    assert DeviceFound("hall") in it.bridge(ONLINE)


def test_silence_loses_it_once_and_speech_brings_it_back() -> None:
    it = sensor(max_silence="10s")
    it.availability(ONLINE)
    say(it, contact=True, tamper=False, now=5.0)
    assert it.tick(14.9) == []
    assert it.tick(15.0) == [DeviceLost("hall", "silent")]
    assert it.tick(99.0) == []
    assert say(it, contact=True, tamper=False, now=100.0) == found(Sensed.CLOSED)


def test_one_that_never_spoke_is_lost_after_max_silence() -> None:
    it = sensor(max_silence="10s")
    it.availability(ONLINE)
    say(it, retained=True, contact=True)
    assert it.tick(10.0) == [DeviceLost("hall", "silent")]


def test_without_availability_a_live_state_is_enough() -> None:
    it = sensor(availability="none")
    assert say(it, contact=True, tamper=False) == found(Sensed.CLOSED)


GARBAGE = [b"", b"{", b"null", b"[]", b"true", b"\xff", b"[" * 9000, b'{"contact": tru', b"9" * 70_000]


@pytest.mark.parametrize("payload", GARBAGE)
def test_live_garbage_is_counted_and_makes_it_unknown(payload: bytes) -> None:
    it = sensor()
    it.availability(ONLINE)
    say(it, contact=True, tamper=False)
    heard = it.state(payload, retained=False, now=2.0, wall=WALL)
    assert InputChanged("hall.contact", Sensed.UNKNOWN) in heard
    assert it.counts["malformed"] == 1
    assert InputChanged("hall.contact", Sensed.OPEN) in say(it, contact=False)


@pytest.mark.parametrize("value", [None, "true", 1, 0, [], {}, "closed", 1.0])
def test_a_contact_that_is_not_a_boolean_is_unknown_never_closed(value: Any) -> None:
    it = sensor()
    it.availability(ONLINE)
    say(it, contact=True, tamper=False)
    assert say(it, contact=value, tamper=False) == [InputChanged("hall.contact", Sensed.UNKNOWN)]
    fresh = sensor()
    fresh.availability(ONLINE)
    assert say(fresh, contact=value) == []


def test_garbled_availability_changes_nothing() -> None:
    it = sensor()
    it.availability(ONLINE)
    say(it, contact=True)
    for payload in (b"", b"\xff\xfe", b'{"state":1}', b"maybe", b"[" * 9000):
        assert it.availability(payload) == []
    assert it.counts["malformed"] == 5


@settings(max_examples=200, deadline=None)
@given(payload=st.binary(max_size=80), retained=st.booleans())
def test_no_bytes_raise_or_close_a_contact(payload: bytes, retained: bool) -> None:
    it = sensor()
    it.availability(ONLINE)
    it.availability(payload)
    it.bridge(payload)
    heard = it.state(payload, retained=retained, now=1.0, wall=WALL)
    assert InputChanged("hall.contact", Sensed.CLOSED) not in heard


def test_points_and_configuration() -> None:
    config = sensor("motion", max_silence="2h").config
    assert points(config) == dict.fromkeys(("motion", "tamper", "battery"), PointKind.DETECTOR)
    assert points(sensor().config)["contact"] is PointKind.CIRCUIT
    assert config.max_silence == 7_200_000_000
    assert sensor().config.max_silence == 5_400_000_000


@pytest.mark.parametrize("keys", [{"name": "a/#"}, {"name": ""}, {"max_silence": "soon"}, {"kind": "x"}, {"extra": 1}])
def test_configuration_errors_are_told(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate({"preset": "zigbee2mqtt", "name": "hall", "kind": "contact", **keys})
