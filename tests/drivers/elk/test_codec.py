"""Elk M1 frames. Where no other source is named, the frames are the examples of ELK's protocol document 1.79."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.elk import messages as m
from drivers.elk.codec import Decoder, Frame, Packet, Reject, encode
from drivers.elk.states import ZoneSense, alarm_word, arming_word, is_bypassed
from rules.model.points import Sensed

# 4.39.6; the document prints 68, its ZP example's checksum, for the ZS one: 48 is right.
ZS = "D6ZS20B000009" + "0" * 198 + "D0048"
CS = "D6CS01" + "0" * 206 + "008F"

GOLDEN: list[tuple[str, m.Message]] = [
    ("0AZC002200CE", m.ZoneChanged(2, 0b0010)),  # 4.38: zone 2, restored to normal EOL
    ("0AZC002500CB", m.ZoneChanged(2, 0b0101)),
    ("0AZC031900C5", m.ZoneChanged(31, 0b1001)),
    (ZS, m.ZonesReported((2, 0, 11, 0, 0, 0, 0, 0, 9, *[0] * 198, 13))),
    ("1EAS100000004000000030000000000E", m.AreasReported("10000000", "40000000", "30000000")),  # 4.2.11
    ("1EAS1000000031111111000000000902", m.AreasReported("10000000", "31111111", "00000000")),  # exit timer 9 s
    ("1EAS000000001111111100000000000E", m.AreasReported("00000000", "11111111", "00000000")),
    ("1EAS0101000004041111U000000000E3", m.AreasReported("01010000", "04041111", "U0000000")),  # forum 8689
    ("0ACC003100E5", m.OutputChanged(3, True)),  # 4.7
    ("0ACC063000E0", m.OutputChanged(63, False)),
    (CS, m.OutputsReported((False, True, *[False] * 206))),  # 4.9.4
    ("16XK2636115020605110006F", m.Heartbeat()),  # 4.4.5
    ("16XK2224215250805110006E", m.Heartbeat()),  # a panel's own, cocoontech.com thread 2463
    ("08RP010035", m.ProgrammingBegan("programming")),  # 4.27
    ("08RP020034", m.ProgrammingBegan("starting")),
    ("08RP000036", m.ProgrammingEnded()),
    ("06IE00AC", m.ProgrammingEnded()),
    ("17IC00000000000000101007A", m.Other("IC")),  # elkproducts.com forum, "spurious armed fully message"
    ("1CLD1193102119450607001505003F", m.Other("LD")),
    ("0FEE10060120100E5", m.Other("EE")),
    ("D6AZ000000009" + "0" * 199 + "0082", m.Other("AZ")),  # 4.5.1: as long as a frame gets
    ("0CST001135005C", m.Other("ST")),
    ("19KC01112010000200000000010", m.Other("KC")),
]


def decode(data: bytes) -> list[Packet]:
    return Decoder().feed(data)


@pytest.mark.parametrize(("line", "message"), GOLDEN)
def test_golden_frames(line: str, message: m.Message) -> None:
    (packet,) = decode(line.encode() + b"\r\n")
    assert isinstance(packet, Frame)
    assert m.parse(packet) == message


def test_what_we_send() -> None:
    assert m.ASK_AREAS == b"06as0066\r\n"  # 4.2.10
    assert m.ASK_ZONES == b"06zs004D\r\n"
    assert m.ASK_OUTPUTS == b"06cs0064\r\n"  # 4.9.3
    assert m.turn_on(1, 10) == b"0Ecn0010001000D8\r\n"  # 4.9.2
    assert m.turn_off(2) == b"09cf00200DC\r\n"  # 4.9.1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"0AZC002200CF", "checksum"),
        (b"0AZC002900CE", "checksum"),  # normal turned violated by noise
        (b"09ZC002200CE", "length"),
        (b"0AZC00220CE", "length"),
        (b"ZC002200CE", "malformed"),
        (b"temp 79", "malformed"),  # a text that a rule of the panel sends, cocoontech.com thread 2463
        (b"0AZC0022\xff0CE", "malformed"),
        (b"0aZC002200_E", "malformed"),
        (b"06", "malformed"),
        (b"+6as0066", "malformed"),
    ],
)
def test_what_is_no_frame_is_rejected(line: bytes, reason: str) -> None:
    (packet,) = decode(line + b"\r\n")
    assert isinstance(packet, Reject)
    assert packet.reason == reason


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("ZC", "000"), ("ZC", "0002"), ("ZC", "2092"), ("ZC", "001G"), ("ZC", "0012x"), ("ZC", "²011"[:4]),
        ("ZS", "2" * 207), ("AS", "0" * 23), ("CC", "0012"), ("CC", "2091"), ("CS", "2" * 208), ("RP", "03"),
    ],
)  # fmt: skip
def test_right_checksum_and_wrong_data_is_malformed(kind: str, data: str) -> None:
    assert m.parse(Frame(kind, data.encode("latin-1"))) == m.Malformed(kind)


def test_a_code_is_not_kept_nor_shown() -> None:
    # 4.16, a wrong code 3456; the document prints the letters CC for its checksum.
    (packet,) = decode(encode("IC", "00000304050600001"))
    assert "3040506" not in repr(packet)
    assert isinstance(packet, Frame)
    assert repr(m.parse(packet)) == "Other(kind='IC')"


def test_endless_lines_are_reported_in_steps_and_then_over() -> None:
    packets = decode(b"U" * 10_000 + b"\n0AZC002200CE\r\n")
    rejected = sum(packet.size for packet in packets if isinstance(packet, Reject))
    assert rejected == 10_001
    assert packets[-1] == Frame("ZC", b"0022")


STREAMS = st.lists(
    st.one_of(
        st.sampled_from([line.encode() + b"\r\n" for line, _ in GOLDEN]),
        st.sampled_from([b"\r\n", b"\n", b"\r", b"U" * 300, b"0AZC00", b"U" * 257, b"U" * 259]),
        st.binary(max_size=20),
    ),
    max_size=10,
).map(b"".join)


@given(STREAMS, st.lists(st.integers(0, 2000), max_size=20))
def test_any_split_gives_the_same_packets(stream: bytes, cuts: list[int]) -> None:
    machine = Decoder()
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    parts = [stream[a:b] for a, b in pairwise(edges)]
    assert [packet for part in parts for packet in machine.feed(part)] == decode(stream)


@given(STREAMS)
def test_byte_by_byte_too(stream: bytes) -> None:
    machine = Decoder()
    assert [packet for byte in stream for packet in machine.feed(bytes([byte]))] == decode(stream)


@given(st.binary(max_size=600))
def test_whatever_arrives_never_raises(noise: bytes) -> None:
    for packet in decode(noise + b"\n"):
        if isinstance(packet, Frame):
            m.parse(packet)


@given(
    st.sampled_from(["ZC", "ZS", "AS", "CC", "CS", "XK", "RP", "IE", "IC", "??"]), st.text("0123456789AF", max_size=210)
)
def test_every_frame_survives_and_parses(kind: str, data: str) -> None:
    (packet,) = decode(encode(kind, data))
    assert packet == Frame(kind, data.encode())
    m.parse(Frame(kind, data.encode()))


@given(st.sampled_from([line for line, _ in GOLDEN]), st.integers(0, 400), st.integers(0, 7))
def test_one_flipped_bit_is_never_believed(line: str, at: int, bit: int) -> None:
    wire = bytearray(line.encode())
    wire[at % len(wire)] ^= 1 << bit
    frames = [packet for packet in decode(bytes(wire) + b"\r\n") if isinstance(packet, Frame)]
    # A case bit of the checksum's own hex digits changes nothing that it says.
    assert frames in ([], decode(line.encode() + b"\r\n"))


@pytest.mark.parametrize(
    ("status", "sensed"),
    [
        (0x0, Sensed.UNKNOWN), (0x1, Sensed.NORMAL), (0x2, Sensed.NORMAL), (0x3, Sensed.NORMAL),
        (0x4, Sensed.UNKNOWN), (0x5, Sensed.CUT), (0x6, Sensed.FOREIGN), (0x7, Sensed.SHORT),
        (0x8, Sensed.UNKNOWN), (0x9, Sensed.ACTIVE), (0xA, Sensed.ACTIVE), (0xB, Sensed.ACTIVE),
        (0xC, Sensed.UNKNOWN), (0xD, Sensed.UNKNOWN), (0xE, Sensed.NORMAL), (0xF, Sensed.UNKNOWN),
    ],
)  # fmt: skip
def test_zone_states(status: int, sensed: Sensed) -> None:
    """4.38, zone status table; a bypassed zone of which nothing was learnt."""
    assert ZoneSense().sensed(1, status) is sensed


@pytest.mark.parametrize(
    ("at_rest", "bypassed", "sensed"),
    [
        (0x2, 0xE, Sensed.NORMAL), (0x2, 0xD, Sensed.ACTIVE), (0x2, 0xF, Sensed.ACTIVE),
        (0x3, 0xF, Sensed.NORMAL), (0x3, 0xD, Sensed.ACTIVE),  # normally closed, no resistor
        (0x1, 0xD, Sensed.NORMAL), (0x1, 0xF, Sensed.ACTIVE),  # normally open
    ],
)  # fmt: skip
def test_a_bypassed_zone_says_what_its_wiring_says(at_rest: int, bypassed: int, sensed: Sensed) -> None:
    sense = ZoneSense()
    sense.sensed(7, at_rest)
    sense.sensed(7, 0x9)
    assert sense.sensed(7, bypassed) is sensed
    assert is_bypassed(bypassed)


def test_what_is_new_to_us_is_neither_disarmed_nor_quiet() -> None:
    assert (arming_word("0"), arming_word("9")) == ("disarmed", "unknown")
    assert (alarm_word("0"), alarm_word("~"), alarm_word("U")) == ("no_alarm", "unknown_alarm", "security_alert")
