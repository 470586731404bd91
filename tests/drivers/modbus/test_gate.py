"""The gate: golden frames, any split, any bytes; what pymodbus would take for good does not pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU

from drivers.modbus.gate import Gate
from tests.drivers.modbus.support import rtu

READ = bytes.fromhex("0007 0000 0006 01 02 0000 0008")  # transaction 7, unit 1, FC02, 8 inputs from 0
READ_REPLY = bytes.fromhex("0007 0000 0004 01 02 01 a5")
WRITE = bytes.fromhex("0008 0000 0006 01 05 0003 ff00")
REFUSAL = bytes.fromhex("0007 0000 0003 01 82 02")

RTU_READ = bytes.fromhex("01 02 0000 0008 79cc")
RTU_REPLY = rtu(1, bytes.fromhex("02 01 a5"))
RTU_WRITE = rtu(1, bytes.fromhex("05 0003 ff00"))

BAD_REPLIES = {
    "transaction 0": "0000 0000 0004 01 02 01 a5",
    "another transaction": "0006 0000 0004 01 02 01 a5",
    "another protocol": "0007 0001 0004 01 02 01 a5",
    "another unit": "0007 0000 0004 02 02 01 a5",
    "another function": "0007 0000 0004 01 01 01 a5",
    "an unknown function": "0007 0000 0004 01 64 01 a5",
    "two bytes instead of one": "0007 0000 0005 01 02 02 a5 a5",
    "a byte count that lies": "0007 0000 0004 01 02 02 a5",
    "nothing in it": "0007 0000 0003 01 02 00",
    "a refusal of another function": "0007 0000 0003 01 81 02",
    "half a frame": "0007 0000 0004 01 02 01",
}


def opened(request: bytes, *, serial: bool = False) -> Gate:
    gate = Gate(serial=serial)
    assert gate.trace(True, request) == request
    return gate


@pytest.mark.parametrize("reply", [READ_REPLY, REFUSAL])
def test_the_reply_and_the_refusal_pass(reply: bytes) -> None:
    assert opened(READ).trace(False, reply) == reply


@pytest.mark.parametrize("reply", BAD_REPLIES.values(), ids=BAD_REPLIES.keys())
def test_no_other_tcp_reply_passes(reply: str) -> None:
    gate = opened(READ)
    assert gate.trace(False, bytes.fromhex(reply)) == b""
    assert gate.heard


def test_the_gate_is_needed() -> None:
    """pymodbus 3.16 itself takes transaction 0 and another function for good: should it stop, simplify."""
    framer = FramerSocket(DecodePDU(False))
    for name in ("transaction 0", "another function", "two bytes instead of one"):
        _, pdu = framer.handleFrame(bytes.fromhex(BAD_REPLIES[name]), 1, 7)
        assert pdu is not None
        assert not pdu.isError()


def test_the_right_reply_passes_behind_wrong_ones() -> None:
    stale = bytes.fromhex(BAD_REPLIES["another transaction"])
    assert opened(READ).trace(False, stale + b"\xff" + READ_REPLY + stale) == READ_REPLY


@pytest.mark.parametrize("position", range(len(WRITE)))
def test_a_write_is_confirmed_by_its_exact_echo_only(position: int) -> None:
    assert opened(WRITE).trace(False, WRITE) == WRITE
    echo = bytearray(WRITE)
    echo[position] ^= 0x01
    assert opened(WRITE).trace(False, bytes(echo)) == b""


@pytest.mark.parametrize("position", range(len(RTU_REPLY)))
def test_no_flipped_bit_passes_on_a_serial_line(position: int) -> None:
    for bit in range(8):
        flipped = bytearray(RTU_REPLY)
        flipped[position] ^= 1 << bit
        assert opened(RTU_READ, serial=True).trace(False, bytes(flipped)) == b""


@pytest.mark.parametrize("noise", [b"", b"\x00", b"\x01\x02", b"\x01\x02\x01\x02\x01", RTU_REPLY[:-1]])
def test_a_serial_reply_passes_behind_noise(noise: bytes) -> None:
    assert opened(RTU_READ, serial=True).trace(False, noise + RTU_REPLY) == RTU_REPLY


def test_any_split_gives_the_same_reply() -> None:
    for request, reply, serial in ((READ, READ_REPLY, False), (RTU_READ, RTU_REPLY, True)):
        gate = opened(request, serial=serial)
        passed = [gate.trace(False, reply[:end]) for end in range(1, len(reply) + 1)]
        assert passed == [b""] * (len(reply) - 1) + [reply]


def test_nothing_passes_a_shut_gate() -> None:
    gate = opened(RTU_READ, serial=True)
    gate.shut()
    assert gate.trace(False, RTU_REPLY) == b""


def test_an_echoing_line_does_not_confirm_writes() -> None:
    gate = opened(RTU_READ, serial=True)
    assert gate.trace(False, RTU_READ + RTU_REPLY) == RTU_REPLY
    assert gate.echoes
    gate.trace(True, RTU_WRITE)
    assert gate.trace(False, RTU_WRITE) == b""
    assert gate.trace(False, RTU_WRITE + RTU_WRITE) == RTU_WRITE


@given(st.binary(max_size=300))
def test_any_bytes_on_tcp_do_no_harm(data: bytes) -> None:
    passed = opened(READ).trace(False, data + READ_REPLY[:5])
    assert passed == b"" or (passed[:4] == READ[:4] and passed[6] == 1 and passed[7] in (0x02, 0x82))


@given(st.binary(max_size=300))
def test_any_bytes_on_a_serial_line_do_no_harm(data: bytes) -> None:
    passed = opened(RTU_READ, serial=True).trace(False, data + RTU_REPLY[:-1])
    assert passed == b"" or (passed == rtu(1, passed[1:-2]) and passed[1] in (0x02, 0x82))
