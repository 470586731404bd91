"""What OSDP commands and replies carry: the body of a frame, from its ID on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from rules.model.errors import ProtocolError
from rules.model.secret import CardBits


class Cmd(IntEnum):
    """Command IDs."""

    POLL = 0x60
    ID = 0x61
    LSTAT = 0x64
    OSTAT = 0x66
    OUT = 0x68
    LED = 0x69
    BUZ = 0x6A
    TEXT = 0x6B
    KEYSET = 0x75
    CHLNG = 0x76
    SCRYPT = 0x77


class Reply(IntEnum):
    """Reply IDs."""

    ACK = 0x40
    NAK = 0x41
    PDID = 0x45
    PDCAP = 0x46
    LSTATR = 0x48
    ISTATR = 0x49
    OSTATR = 0x4A
    RSTATR = 0x4B
    RAW = 0x50
    FMT = 0x51
    KEYPAD = 0x53
    COM = 0x54
    CCRYPT = 0x76
    RMAC_I = 0x78
    BUSY = 0x79
    MFGREP = 0x90


class Nak(IntEnum):
    """Why a reader refused."""

    CHECK = 1
    LENGTH = 2
    UNKNOWN_COMMAND = 3
    SEQUENCE = 4
    NO_SECURE_CHANNEL = 5
    SECURE_CHANNEL_REQUIRED = 6
    BIO_TYPE = 7
    BIO_FORMAT = 8
    RECORD = 9


class Color(IntEnum):
    """LED colours."""

    BLACK = 0
    RED = 1
    GREEN = 2
    AMBER = 3
    BLUE = 4


class Out(IntEnum):
    """Output control codes."""

    OFF = 1
    ON = 2
    TIMED_ON = 5
    TIMED_OFF = 6


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a reader says it is, as far as a swap would show."""

    vendor: bytes
    serial: bytes


POLL = bytes([Cmd.POLL])
ID = bytes([Cmd.ID, 0])
LSTAT = bytes([Cmd.LSTAT])
OSTAT = bytes([Cmd.OSTAT])


def challenge(rnd_a: bytes) -> bytes:
    return bytes([Cmd.CHLNG]) + rnd_a


def proof(server_cryptogram: bytes) -> bytes:
    return bytes([Cmd.SCRYPT]) + server_cryptogram


def keyset(key: bytes) -> bytes:
    return bytes([Cmd.KEYSET, 1, len(key)]) + key


def output(number: int, code: Out, tenths: int = 0) -> bytes:
    """Work output `number` (0-based); tenths: duration of a timed code in units of 100 ms."""
    return bytes([Cmd.OUT, number, code]) + tenths.to_bytes(2, "little")


def buzzer(on: int, off: int, count: int) -> bytes:
    """Beep `count` times, on and off in units of 100 ms."""
    return bytes([Cmd.BUZ, 0, 2, on, off, count])


def led_for(on: int, off: int, lit: Color, dark: Color, tenths: int) -> bytes:
    """Blink for `tenths` x 100 ms, then back to what the LED shows for good."""
    return bytes([Cmd.LED, 0, 0, 2, on, off, lit, dark]) + tenths.to_bytes(2, "little") + bytes(5)


def led_always(color: Color) -> bytes:
    """End any temporary show and set what the LED shows for good."""
    return bytes([Cmd.LED, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, color, color])


def _need(body: bytes, size: int) -> bytes:
    if len(body) < size + 1:
        raise ProtocolError("a reply is too short", code="short_reply", got=f"{body[0]:02X}, {len(body)} bytes")
    return body[1:]


def nak_code(body: bytes) -> int:
    return body[1] if len(body) > 1 else 0


def identity(body: bytes) -> Identity:
    """PDID: vendor 3, model, version, serial 4, firmware 3."""
    data = _need(body, 12)
    return Identity(data[:3], data[5:9])


def ccrypt(body: bytes) -> tuple[bytes, bytes]:
    """CCRYPT: client UID 8, RND.B 8, client cryptogram 16. Returns (RND.B, cryptogram)."""
    data = _need(body, 32)
    return data[8:16], data[16:32]


def rmac_i(body: bytes) -> bytes:
    return _need(body, 16)[:16]


def local_status(body: bytes) -> tuple[bool, bool]:
    """LSTATR: (tamper, power failure)."""
    data = _need(body, 2)
    return data[0] != 0, data[1] != 0


def first_output(body: bytes) -> bool:
    """OSTATR: state of output 0."""
    return _need(body, 1)[0] != 0


def raw_card(body: bytes) -> CardBits:
    """RAW: reader, format, bit count u16, bits left-justified."""
    data = _need(body, 5)
    length = int.from_bytes(data[2:4], "little")
    bits = data[4:]
    if length == 0 or len(bits) != (length + 7) // 8:
        raise ProtocolError("a card's bit count and its data differ", code="card_length", got=f"{length} bits")
    return CardBits(bits, length)


def formatted_card(body: bytes) -> CardBits:
    """FMT: reader, direction (1: backwards), length, characters. The characters' own bits, 8 each."""
    data = _need(body, 4)
    text = data[3 : 3 + data[2]]
    if not text or len(text) != data[2]:
        raise ProtocolError("a card's length and its data differ", code="card_length", got=f"{data[2]} characters")
    if data[1] == 1:
        text = text[::-1]
    return CardBits(text, len(text) * 8)


def keys(body: bytes) -> bytes:
    """KEYPAD: reader, count, digits: '0'-'9', 7F clear, 0D enter."""
    data = _need(body, 2)
    return data[2 : 2 + data[1]]
