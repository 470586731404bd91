"""What an ASCII reader's silence, babble and repetitions mean, in imagined time."""

from __future__ import annotations

from collections import Counter

import pytest

from drivers.ascii.config import Config
from drivers.ascii.session import _NEXT, Heard, Presence, Session, Tuning
from rules.model.points import Sensed
from rules.model.secret import CardBits, Secret
from rules.model.signals import CardRead, DeviceFound, DeviceLost, InputChanged, PinEntered

FOUND = DeviceFound("r")
CARD = CardRead("r", CardBits.from_int(0x2F623AE, 26))
SWIPE = b"W26:2F623AE\r\n"


def session(**settings: str) -> Session:
    config = Config.model_validate({"format": "wiegand-hex", **settings})
    return Session("r", config, Counter(), Tuning(), 0.0)


def test_without_a_heartbeat_the_line_is_all_there_is() -> None:
    reader = session()
    assert reader.open() == [FOUND]
    assert reader.due() is None
    assert reader.hear(SWIPE, 1e6) == [CARD]


def test_a_heartbeat_finds_loses_and_finds_again() -> None:
    reader = session(heartbeat="10s")
    assert reader.open() == []
    assert reader.hear(b"H\r\n", 20.0) == [FOUND]
    assert reader.due() == 45.0
    assert reader.tick(44.9) == []
    assert reader.tick(45.0) == [DeviceLost("r", "silent")]
    assert reader.due() is None
    assert reader.hear(SWIPE, 100.0) == [FOUND, CARD]


def test_a_reader_that_never_speaks_is_lost_once() -> None:
    reader = session(heartbeat="10s")
    reader.open()
    assert reader.tick(25.0) == [DeviceLost("r", "silent")]
    assert reader.tick(1000.0) == []


def test_garbage_is_no_sign_of_life() -> None:
    reader = session(heartbeat="10s")
    reader.hear(b"H\r\n", 0.0)
    assert reader.hear(b"xxxx\r\n", 20.0) == []
    assert reader.tick(25.0) == [DeviceLost("r", "silent")]


def test_a_tamper_contact_is_unknown_until_it_is_said() -> None:
    reader = session(tamper="true")
    assert reader.open() == [InputChanged("r.tamper", Sensed.UNKNOWN), FOUND]
    assert reader.hear(b"T0\r\n", 1.0) == [InputChanged("r.tamper", Sensed.NORMAL)]
    assert reader.hear(b"T0\r\n", 2.0) == []
    assert reader.hear(b"T1\r\n", 3.0) == [InputChanged("r.tamper", Sensed.ACTIVE)]


def test_a_known_tamper_contact_is_said_before_the_reader_is_found() -> None:
    reader = session(tamper="true", heartbeat="1s")
    reader.open()
    assert reader.hear(b"T0\r\nH\r\n", 0.1) == [InputChanged("r.tamper", Sensed.NORMAL), FOUND]
    reader.tick(9.0)
    # What was known before the silence is not known after it.
    assert reader.hear(b"H\r\n", 10.0) == [InputChanged("r.tamper", Sensed.UNKNOWN), FOUND]


def test_babble_quarantines_the_line_until_it_is_calm() -> None:
    reader = session()
    reader.open()
    assert reader.hear(b"U" * 2000, 1.0) == [DeviceLost("r", "babbling")]
    assert reader.hear(b"\r\n" + SWIPE, 1.1) == [], "a babbling line is not believed"
    due = reader.due()
    assert due is not None
    assert reader.tick(due - 0.5) == []
    assert reader.tick(due) == [FOUND]
    assert reader.hear(SWIPE, due + 1) == [CARD]


def test_babble_that_goes_on_keeps_it_out() -> None:
    reader = session()
    reader.open()
    seen = [signal for second in range(60) for signal in reader.hear(b"\xff" * 960, float(second))]
    assert seen == [DeviceLost("r", "babbling")]
    assert (reader.due() or 0) > 60


def test_after_babble_a_reader_with_a_heartbeat_must_speak() -> None:
    reader = session(heartbeat="10s")
    reader.hear(b"H\r\n", 0.0)
    reader.hear(b"U" * 2000, 1.0)
    assert reader.tick(30.0) == []
    assert reader.presence is Presence.WAITING
    assert reader.hear(b"\r\nH\r\n", 31.0) == [FOUND]


def test_occasional_noise_is_counted_and_borne() -> None:
    counters: Counter[str] = Counter()
    reader = Session("r", Config.model_validate({"format": "wiegand-hex"}), counters, Tuning(), 0.0)
    reader.open()
    for second in range(300):
        assert reader.hear(b"\xff\xfe\r\n", float(second)) == []
    assert counters["malformed"] == 300
    assert reader.hear(SWIPE, 301.0) == [CARD]


def test_a_held_em_tag_is_one_read() -> None:
    reader = session(format="stx-etx-hex")
    reader.open()
    frame = b"\x020C000621A58E\x03"
    reads = [signal for n in range(40) for signal in reader.hear(frame, n * 0.05)]
    assert reads == [CardRead("r", CardBits(bytes.fromhex("0C000621A5"), 40))]
    assert len(reader.hear(frame, 2.6)) == 1, "taken away and shown again"
    assert len(reader.hear(b"\x02100086F44426\x03", 2.7)) == 1, "another tag"


def test_wiegand_readers_do_not_repeat_so_every_read_counts() -> None:
    reader = session()
    reader.open()
    assert reader.hear(SWIPE * 2, 0.0) == [CARD, CARD]


def pins(reader: Session, data: bytes, now: float = 0.0) -> list[str]:
    return [signal.pin.reveal for signal in reader.hear(data, now) if isinstance(signal, PinEntered)]


def test_keys_become_pins() -> None:
    reader = session(keypad="true")
    reader.open()
    assert reader.hear(b"K4711#\r\n", 0.0) == [PinEntered("r", Secret("4711"))]
    assert pins(reader, b"K1\r\nK2\r\nK3\r\nK4\r\nK#\r\n") == ["1234"]
    assert pins(reader, b"K99*12#\r\n") == ["12"]
    assert pins(reader, b"K#\r\nK*#\r\n") == []
    assert pins(reader, b"K11#22#\r\n") == ["11", "22"]
    assert pins(reader, b"W4:7\r\nW4:B\r\n") == ["7"]


def test_an_unfinished_entry_is_void_after_a_while_and_when_too_long() -> None:
    reader = session(keypad="true")
    reader.open()
    pins(reader, b"K12\r\n", 0.0)
    assert pins(reader, b"K34#\r\n", 10.5) == ["34"]
    assert pins(reader, b"K1234567890\r\nK1234567#\r\n", 11.0) == []
    assert pins(reader, b"K1234567890\r\nK123456#\r\n", 12.0) == ["1234567890123456"]


def test_keys_without_a_keypad_are_counted_only() -> None:
    reader = session()
    reader.open()
    assert reader.hear(b"K4711#\r\n", 0.0) == []


@pytest.mark.parametrize("heard", [Heard.PACKET, Heard.BABBLE])
@pytest.mark.parametrize("presence", list(Presence))
def test_what_the_wire_can_cause_is_in_the_table_for_every_presence(presence: Presence, heard: Heard) -> None:
    assert (presence, heard) in _NEXT
