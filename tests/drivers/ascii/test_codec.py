"""The frames of ASCII readers, byte by byte."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.ascii.codec import MAX_LINE, Beat, Card, Keys, Packet, Reject, Tamper
from drivers.ascii.config import CardFormat, Config
from drivers.ascii.frames import decoder
from rules.model.secret import CardBits, Secret
from simulators.ascii_reader import card_frame

WIEGAND, DECIMAL, STX_ETX = CardFormat.WIEGAND_HEX, CardFormat.DECIMAL_26, CardFormat.STX_ETX_HEX


def decode(data: bytes, format: CardFormat = WIEGAND, **settings: object) -> list[Packet]:
    config = Config.model_validate({"format": format, **settings})
    return decoder(config).feed(data)


def card(value: int, length: int) -> Card:
    return Card(CardBits.from_int(value, length))


def tag(text: str) -> Card:
    return Card(CardBits(bytes.fromhex(text), 40))


GOLDEN: list[tuple[CardFormat, bytes, list[Packet]]] = [
    # H10301 vector of DEVICES.md section 7: facility 123, number 4567 (Proxmark3 writes it 2006f623ae).
    (WIEGAND, b"W26:2F623AE\r\n", [card(0x2F623AE, 26)]),
    (DECIMAL, b"123,04567\r\n", [card(0x2F623AE, 26)]),
    (DECIMAL, b"118,01603\r\n", [card(0x2006EC0C86 & 0x3FFFFFF, 26)]),
    # ID-Innovations ID-2/12/20LA data sheet, section 4, "Example for Calculation of Checksum for ASCII".
    (STX_ETX, b"\x020C000621A58E\r\n\x03", [tag("0C000621A5")]),
    # RDM6300 read by a user of forum.hobbycomponents.com (t=82, p=7544); printed number 0008844356.
    (STX_ETX, bytes.fromhex("02 31 30 30 30 38 36 46 34 34 34 32 36 03"), [tag("100086F444")]),
    # forum.arduino.cc 251993: tag printed 0006547886.
    (STX_ETX, bytes([2, 48, 49, 48, 48, 54, 51, 69, 57, 65, 69, 50, 53, 3]), [tag("010063E9AE")]),
    # The same tag numbers as Wiegand 26 and by UART, forum.arduino.cc 1221511, dongle 1.
    (STX_ETX, b"\x0201001293D858\x03", [tag("01001293D8")]),
]


@pytest.mark.parametrize(("format", "data", "packets"), GOLDEN)
def test_golden_frames(format: CardFormat, data: bytes, packets: list[Packet]) -> None:
    assert decode(data, format) == packets


def test_an_em_tag_as_its_printed_number() -> None:
    (packet,) = decode(b"\x02100086F44426\x03", STX_ETX, em_bits="32")
    assert isinstance(packet, Card)
    assert (packet.bits.length, packet.bits.as_int()) == (32, 8844356)


@pytest.mark.parametrize("format", list(CardFormat))
def test_service_lines_in_every_format(format: CardFormat) -> None:
    said = decode(b"H\r\nT0\r\nT1\nK12*#\rH\n", format)
    assert said == [Beat(), Tamper(False), Tamper(True), Keys(Secret("12*#")), Beat()]


def test_wiegand_keypad_bursts() -> None:
    bursts = decode(b"W4:1\r\nW4:A\r\nW4:B\r\nW8:E1\r\nW8:F0\r\n")
    assert bursts == [Keys(Secret(key)) for key in ("1", "*", "#", "1", "0")]
    assert all(isinstance(bad, Reject) for bad in decode(b"W4:C\r\nW8:11\r\n"))


@pytest.mark.parametrize(
    ("format", "data", "reason"),
    [
        (WIEGAND, b"W26:02F623AE\r\n", "malformed"),  # a digit too many
        (WIEGAND, b"W26:7F623AE\r\n", "malformed"),  # a bit too many
        (WIEGAND, b"W26:2F623A\r\n", "malformed"),
        (WIEGAND, b"W0:0\r\n", "malformed"),
        (WIEGAND, b"W12:ABC\r\n", "malformed"),  # noise on the wires, not a card
        (WIEGAND, b"W26:2F62 AE\r\n", "malformed"),
        (WIEGAND, b"W257:" + b"0" * 65 + b"\r\n", "malformed"),
        (WIEGAND, b"\x00W26:2F623AE\r\n", "malformed"),
        (WIEGAND, b"123,04567\r\n", "malformed"),
        (WIEGAND, b"\x020C000621A58E\x03\r\n", "malformed"),
        (WIEGAND, b"K123456789012345678\r\n", "malformed"),
        (DECIMAL, b"256,00001\r\n", "malformed"),
        (DECIMAL, b"001,65536\r\n", "malformed"),
        (DECIMAL, b"-1,00001\r\n", "malformed"),
        (STX_ETX, b"\x020C000621A58F\x03", "checksum"),
        (STX_ETX, b"\x020C000721A58E\r\n\x03", "checksum"),
        (STX_ETX, b"\x020C000621A5\x03", "malformed"),
        (STX_ETX, b"\x02\x03", "malformed"),
        (STX_ETX, b"0C000621A58E\r\n", "malformed"),
    ],
)
def test_what_is_no_frame_is_rejected(format: CardFormat, data: bytes, reason: str) -> None:
    rejects = decode(data, format)
    assert rejects
    assert all(isinstance(packet, Reject) for packet in rejects)
    assert {packet.reason for packet in rejects if isinstance(packet, Reject)} == {reason}


def test_a_stray_stx_costs_at_most_one_line() -> None:
    assert decode(b"\x02\r\nW26:2F623AE\r\n")[-1] == card(0x2F623AE, 26)
    assert decode(b"U\x02zz\r\nH\r\n", STX_ETX)[-1] == Beat()
    assert decode(b"\x02\x02\x020C000621A58E\x03", STX_ETX)[-1] == tag("0C000621A5")


def test_a_new_frame_cuts_off_a_torn_one() -> None:
    torn = decode(b"\x020C0006\x020C000621A58E\x03", STX_ETX)
    assert torn == [Reject("malformed", 7), tag("0C000621A5")]


def test_a_good_line_follows_an_endless_one() -> None:
    packets = decode(b"x" * 1000 + b"\r\nH\r\n")
    assert packets[-1] == Beat()
    assert {packet.reason for packet in packets if isinstance(packet, Reject)} == {"overlong"}


@given(st.binary(max_size=600))
def test_every_rejected_byte_is_counted_and_memory_is_bounded(noise: bytes) -> None:
    machine = decoder(Config(format=STX_ETX))
    packets = machine.feed(noise.translate(None, b"\r\nHTK") + b"\n")
    rejected = sum(packet.size for packet in packets if isinstance(packet, Reject))
    assert rejected <= len(noise) + 1
    assert len(machine._part) <= MAX_LINE


STREAMS = st.lists(
    st.one_of(
        st.sampled_from([frame for _, frame, _ in GOLDEN]),
        st.sampled_from([b"H\r\n", b"T1\r\n", b"K1#\r\n", b"\r\n", b"\n", b"\r", b"\x02", b"\x03", b"U" * 300]),
        st.binary(max_size=20),
    ),
    max_size=12,
).map(b"".join)


@given(st.sampled_from(list(CardFormat)), STREAMS, st.lists(st.integers(0, 400), max_size=20))
def test_any_split_gives_the_same_packets(format: CardFormat, stream: bytes, cuts: list[int]) -> None:
    machine = decoder(Config(format=format))
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    parts = [stream[a:b] for a, b in pairwise(edges)]
    assert [packet for part in parts for packet in machine.feed(part)] == decode(stream, format)


@given(st.integers(16, 256).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, 2**n - 1))))
def test_every_wiegand_card_survives(size_and_value: tuple[int, int]) -> None:
    length, value = size_and_value
    assert decode(card_frame("wiegand-hex", value, length)) == [card(value, length)]


@given(st.integers(0, 255), st.integers(0, 65535))
def test_decimal_cards_have_even_and_odd_parity(facility: int, number: int) -> None:
    (packet,) = decode(b"%d,%d\n" % (facility, number), DECIMAL)
    assert isinstance(packet, Card)
    bits = packet.bits.as_int()
    assert (bits >> 13).bit_count() % 2 == 0
    assert (bits & 0x1FFF).bit_count() % 2 == 1
    assert (bits >> 17 & 0xFF, bits >> 1 & 0xFFFF) == (facility, number)


@given(st.integers(0, 2**40 - 1))
def test_every_em_tag_survives(value: int) -> None:
    assert decode(card_frame("stx-etx-hex", value, 40), STX_ETX) == [card(value, 40)]


@given(st.binary(min_size=5, max_size=5), st.integers(1, 12), st.integers(0, 7))
def test_a_flipped_bit_never_makes_another_tag(number: bytes, at: int, bit: int) -> None:
    frame = bytearray(card_frame("stx-etx-hex", int.from_bytes(number, "big"), 40))
    frame[at] ^= 1 << bit
    assert all(packet in (Card(CardBits(number, 40)),) or isinstance(packet, Reject | Keys | Beat | Tamper)
               for packet in decode(bytes(frame), STX_ETX))  # fmt: skip


def test_nothing_secret_is_shown() -> None:
    assert "2F623AE" not in repr(decode(b"W26:2F623AE\r\n"))
    assert "4711" not in repr(decode(b"K4711#\r\n"))


@pytest.mark.parametrize(
    "settings",
    [
        {"format": "wiegand"},
        {"format": "wiegand-hex", "heartbeat": "5"},
        {"format": "wiegand-hex", "heartbeat": "0s"},
        {"format": "wiegand-hex", "feedback": "lcd"},
        {"format": "wiegand-hex", "colour": "red"},
        {"format": "stx-etx-hex", "em_bits": "26"},
        {},
    ],
)
def test_a_wrong_configuration_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate(settings)


def test_durations_are_microseconds() -> None:
    config = Config.model_validate({"format": "wiegand-hex", "heartbeat": "5s", "repeat_gap": "250ms"})
    assert (config.heartbeat, config.repeat_gap) == (5_000_000, 250_000)
