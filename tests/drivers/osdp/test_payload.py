"""What commands and replies carry, the keypad, and what an admin may write."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from drivers.osdp import Config, Driver, payload, points, show
from drivers.osdp.keypad import Keypad
from rules.model.driver import Device
from rules.model.errors import ConfigError, ProtocolError
from rules.model.points import Outcome, PointKind
from rules.model.secret import CardBits, Secret
from tests.drivers.osdp.conftest import device, wire_driver
from tests.drivers.osdp.peer import KEY, Wire, WireTransport


def test_command_bodies() -> None:
    assert show.pulse(True, 5_000_000).hex() == "68" + "00" + "05" + "3200"
    assert show.pulse(True, 1).hex() == "6800050100"
    assert show.pulse(False, 10**12).hex() == "680006ffff"
    assert show.level(True).hex() == "6800020000"
    assert show.level(False).hex() == "6800010000"
    assert payload.led_for(2, 3, payload.Color.RED, payload.Color.BLACK, 300).hex() == "69000002020301002c01" + "00" * 5
    assert payload.led_always(payload.Color.RED).hex() == "690000010000000000000101000101"
    assert payload.buzzer(1, 2, 3).hex() == "6a0002010203"
    assert payload.keyset(bytes(16)).hex() == "750110" + "00" * 16


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_shows_something(outcome: Outcome) -> None:
    assert [len(body) for body in show.OUTCOMES[outcome]] in ([15], [15, 6])


def test_card_replies() -> None:
    card = CardBits.from_int(0x2F0000A, 26)
    assert payload.raw_card(b"\x50\x00\x01\x1a\x00" + card.data) == card
    assert payload.formatted_card(b"\x51\x00\x00\x0512345") == CardBits(b"12345", 40)
    assert payload.formatted_card(b"\x51\x00\x01\x0554321") == CardBits(b"12345", 40)


@pytest.mark.parametrize(
    "body", ["50", "5000011a00", "5000011a00ffff", "5000010000", "50000100000000", "5000011a00ffffffffff"]
)
def test_a_card_whose_length_is_wrong_is_refused(body: str) -> None:
    with pytest.raises(ProtocolError):
        payload.raw_card(bytes.fromhex(body))


@pytest.mark.parametrize("body", ["51", "51000000", "510000053132"])
def test_a_formatted_card_whose_length_is_wrong_is_refused(body: str) -> None:
    with pytest.raises(ProtocolError):
        payload.formatted_card(bytes.fromhex(body))


def press(keypad: Keypad, text: str, now: float = 0.0) -> list[str]:
    codes = bytes({"#": 0x0D, "*": 0x7F}.get(key, ord(key)) for key in text)
    return [pin.reveal for pin in keypad.press(codes, now)]


@pytest.mark.parametrize(
    ("keys", "pins"),
    [
        ("1234#", ["1234"]),
        ("12*34#", ["34"]),
        ("#", []),
        ("1#2#", ["1", "2"]),
        ("123456789012#", ["123456789012"]),
        ("1234567890123#", []),
        ("1234567890123*5#", ["5"]),
        ("1A2#", ["12"]),
    ],
)
def test_digits_become_pins(keys: str, pins: list[str]) -> None:
    assert press(Keypad(), keys) == pins
    keypad = Keypad()
    assert [pin for key in keys for pin in press(keypad, key)] == pins


def test_a_pause_throws_digits_away() -> None:
    keypad = Keypad()
    assert press(keypad, "12", 0.0) == []
    assert press(keypad, "3", 9.0) == []
    assert press(keypad, "#", 18.0) == ["123"]
    assert press(keypad, "12", 20.0) == []
    assert press(keypad, "34#", 30.1) == ["34"]


def test_points() -> None:
    plain = points(Config(address=1, key={"secret": "k"}))
    assert plain == {
        "reader": PointKind.READER,
        "tamper": PointKind.DETECTOR,
        "power": PointKind.DETECTOR,
        "out1": PointKind.OUTPUT,
    }
    assert points(Config(address=1, insecure="bench", keypad=True))["keypad"] is PointKind.KEYPAD


@pytest.mark.parametrize(
    "config",
    [
        {"address": 127, "key": {"secret": "k"}},
        {"address": -1, "key": {"secret": "k"}},
        {"address": 1},
        {"address": 1, "key": {"secret": "k"}, "insecure": "why"},
        {"address": 1, "insecure": ""},
        {"address": 1, "insecure": "why", "install": True},
        {"address": 1, "key": {"secret": "k"}, "colour": "red"},
        {"address": 1, "key": {"secret": "k", "more": "x"}},
        {"address": 1, "key": "0011"},
    ],
)
def test_wrong_configs_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Config(**config)


def test_scalars_come_as_typed_text() -> None:
    config = Config.model_validate({"address": "7", "keypad": "yes", "key": {"secret": "k"}})
    assert (config.address, config.keypad) == (7, True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "key_missing"),
        ("", "key_malformed"),
        ("00" * 15, "key_malformed"),
        ("zz" * 16, "key_malformed"),
        ("303132333435363738393a3b3c3d3e3f", "key_weak"),
        ("ff" * 16, "key_weak"),
    ],
)
def test_bad_keys_are_refused_and_not_shown(text: str | None, code: str) -> None:
    secrets = {} if text is None else {"scbk": Secret(text)}
    reader = Device("door", Config(address=1, key={"secret": "scbk"}), secrets)
    with pytest.raises(ConfigError) as caught:
        Driver("line", (reader,), WireTransport(Wire()))
    assert caught.value.code == code
    assert caught.value.where == "door"
    assert not text or text not in str(caught.value)


async def test_addresses_and_keys_are_unique_on_a_line() -> None:
    other = bytes(reversed(KEY))
    with pytest.raises(ConfigError, match="same address"):
        wire_driver(Wire(), device("a", 1), device("b", 1, other))
    with pytest.raises(ConfigError, match="same key"):
        wire_driver(Wire(), device("a", 1), device("b", 2))
    wire_driver(Wire(), device("a", 1), device("b", 2, other), device("c", 3, insecure="bench"))
