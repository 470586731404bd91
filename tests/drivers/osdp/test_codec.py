"""Frames: golden bytes, any split, and lines that say anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.osdp import codec

# SIA OSDP, annex E, and frames written out by hand from the frame format
BODIES = st.binary(min_size=1, max_size=64)
FRAMES = st.builds(
    lambda address, sequence, body, scb, reply, crc: codec.encode(address, sequence, body, scb, reply=reply, crc=crc),
    st.integers(0, 127),
    st.integers(0, 3),
    BODIES,
    st.none() | st.binary(min_size=1, max_size=4),
    st.booleans(),
    st.booleans(),
)


@pytest.mark.parametrize(
    ("data", "check"), [("537f0d00046e0080250000", "6e38"), ("53000900046100", "c066")], ids=["comset", "id"]
)
def test_crc_of_the_standard(data: str, check: str) -> None:
    assert codec.crc16(bytes.fromhex(data)) == bytes.fromhex(check)


@pytest.mark.parametrize(("data", "check"), [("537f0c00006e0080250000", "0f"), ("53000800006100", "44")])
def test_checksum_of_the_standard(data: str, check: str) -> None:
    assert codec.checksum(bytes.fromhex(data)) == bytes.fromhex(check)


def test_golden_frames() -> None:
    assert codec.encode(0, 0, b"\x61\x00").hex() == "ff53000900046100c066"
    assert codec.encode(0x7F, 0, bytes.fromhex("6e0080250000"), crc=False).hex() == "ff537f0c00006e00802500000f"
    challenge = codec.encode(1, 1, b"\x76" + bytes(range(0xB0, 0xB8)), b"\x11\x00")
    assert challenge[:-2].hex() == "ff53011300" + "0d" + "031100" + "76" + "b0b1b2b3b4b5b6b7"
    assert len(challenge) == 20


def test_a_frame_comes_back_as_it_was_said() -> None:
    (packet,) = codec.Parser().feed(codec.encode(5, 2, b"\x50\x00\x01", b"\x16", reply=True))
    assert (packet.address, packet.reply, packet.sequence) == (5, True, 2)
    assert (packet.scb, packet.body) == (b"\x16", b"\x50\x00\x01")


@given(st.lists(FRAMES, min_size=1, max_size=4), st.binary(max_size=8), st.data())
def test_any_split_gives_the_same_packets(frames: list[bytes], junk: bytes, data: st.DataObject) -> None:
    stream = junk.join(frames)
    whole = codec.Parser().feed(stream)
    parser, packets, rest = codec.Parser(), [], stream
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        packets += parser.feed(rest[:size])
        rest = rest[size:]
    assert packets == whole


@given(st.lists(FRAMES, min_size=1, max_size=4))
def test_clean_frames_are_all_found(frames: list[bytes]) -> None:
    parser = codec.Parser()
    assert len(parser.feed(b"".join(frames))) == len(frames)
    assert (parser.noise, parser.bad_checks, parser.pending) == (0, 0, False)


@given(st.binary(max_size=2000))
def test_garbage_never_raises_and_never_stays(garbage: bytes) -> None:
    parser = codec.Parser()
    parser.feed(garbage)
    parser.expire()
    assert not parser.pending


@given(FRAMES, st.data())
def test_a_flipped_bit_is_never_the_same_frame(frame: bytes, data: st.DataObject) -> None:
    (packet,) = codec.Parser().feed(frame)
    bit = data.draw(st.integers(8, len(frame) * 8 - 1))  # the mark is no part of the frame
    spoilt = bytearray(frame)
    spoilt[bit // 8] ^= 1 << bit % 8
    parser = codec.Parser()
    packets = parser.feed(bytes(spoilt)) + parser.expire()
    crc = frame[5] & 4
    assert packet not in packets or not crc


def test_many_false_starts_are_given_up_at_once() -> None:
    parser = codec.Parser()
    parser.feed(b"\x53\x81\x40\x05\x04" * 160)
    assert parser.pending
    assert parser.expire() == []
    assert not parser.pending


def test_a_false_start_does_not_swallow_the_frame_behind_it() -> None:
    frame = codec.encode(1, 1, b"\x40", reply=True)
    parser = codec.Parser()
    assert parser.feed(b"\x53\x81\xf0\x00\x04" + frame) == []
    assert [packet.body for packet in parser.expire()] == [b"\x40"]
    assert parser.bad_checks == 1


def test_a_broken_frame_does_not_take_the_next_with_it() -> None:
    frame = codec.encode(1, 1, b"\x40", reply=True)
    parser = codec.Parser()
    assert [packet.body for packet in parser.feed(b"\x53\x81\x0e\x00\x04" + frame)] == [b"\x40"]
    assert parser.bad_checks == 1


@pytest.mark.parametrize("size", [0, 6, codec.LARGEST + 1, 0xFFFF])
def test_impossible_lengths_are_skipped(size: int) -> None:
    parser = codec.Parser()
    assert parser.feed(b"\x53\x81" + size.to_bytes(2, "little") + b"\x04") == []
    assert not parser.pending


@pytest.mark.parametrize("block", [0, 1, 9, 0xFF])
def test_a_security_block_longer_than_its_frame_is_refused(block: int) -> None:
    data = bytes([0x53, 0x81, 9, 0, 0x0C, block, 0x40])
    assert codec.decode(data + codec.crc16(data)) is None


def test_repr_shows_no_contents() -> None:
    (packet,) = codec.Parser().feed(codec.encode(1, 1, b"\x53\x00\x041234", reply=True))
    assert "1234" not in repr(packet)
