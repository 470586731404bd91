"""The frames: service lines and the three card formats. Parity is computed or passed on, never judged."""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

from drivers.ascii.codec import Beat, Card, Decoder, Keys, Packet, Parse, Reject, Tamper
from drivers.ascii.config import CardFormat, Config
from rules.model.points import Outcome
from rules.model.secret import CardBits, Secret

_KEYS = re.compile(rb"K([0-9*#]{1,16})")
_WIEGAND = re.compile(rb"W([1-9]\d{0,2}):([0-9A-Fa-f]{1,64})")
_DECIMAL = re.compile(rb"(\d{1,3}),(\d{1,5})")
_STX_ETX = re.compile(rb"([0-9A-Fa-f]{10})([0-9A-Fa-f]{2})(?:\r\n)?")
_SERVICE: dict[bytes, Packet] = {b"H": Beat(), b"T0": Tamper(False), b"T1": Tamper(True)}

_KEYPAD_KEYS = "0123456789*#"  # of a Wiegand keypad's burst: 10 is `*`, 11 is `#`
_MIN_CARD, _MAX_CARD = 16, 256  # bits

LED_LINES = {
    Outcome.GRANTED: b"G\r\n",
    Outcome.DENIED: b"R\r\n",
    Outcome.WAIT: b"W\r\n",
    Outcome.ENTER_PIN: b"P\r\n",
    Outcome.WARNING: b"A\r\n",
    Outcome.IDLE: b"I\r\n",
}


def decoder(config: Config) -> Decoder:
    """The decoder of a reader's line."""
    if config.format is CardFormat.STX_ETX_HEX:
        return Decoder(_with_service(_malformed), _stx_etx(config.em_bits))
    card = _wiegand_hex if config.format is CardFormat.WIEGAND_HEX else _decimal_26
    return Decoder(_with_service(card))


def _with_service(card: Parse) -> Parse:
    def line(body: bytes) -> Packet:
        service = _SERVICE.get(body)
        if service is not None:
            return service
        keys = _KEYS.fullmatch(body)
        return Keys(Secret(keys[1].decode())) if keys else card(body)

    return line


def _malformed(body: bytes) -> Packet:
    return Reject("malformed", len(body) + 1)


def _wiegand_hex(body: bytes) -> Packet:
    """`W26:2F623AE`: the number of bits and the bits as one right-justified number."""
    match = _WIEGAND.fullmatch(body)
    if match is None:
        return _malformed(body)
    length, value = int(match[1]), int(match[2], 16)
    if len(match[2]) != (length + 3) // 4 or value >> length:
        return _malformed(body)
    if length in (4, 8):
        return _burst(value, length) or _malformed(body)
    if not _MIN_CARD <= length <= _MAX_CARD:
        return _malformed(body)
    return Card(CardBits.from_int(value, length))


def _burst(value: int, length: int) -> Packet | None:
    """One key of a Wiegand keypad: 4 bits, or 8 with the upper four inverted."""
    key = value & 0xF
    if key >= len(_KEYPAD_KEYS) or (length == 8 and value >> 4 != key ^ 0xF):
        return None
    return Keys(Secret(_KEYPAD_KEYS[key]))


def _decimal_26(body: bytes) -> Packet:
    """`123,04567`: facility and number of a 26-bit card whose parity the reader checked and dropped."""
    match = _DECIMAL.fullmatch(body)
    if match is None:
        return _malformed(body)
    facility, number = int(match[1]), int(match[2])
    if facility > 0xFF or number > 0xFFFF:
        return _malformed(body)
    middle = facility << 16 | number
    even, odd = (middle >> 12).bit_count() & 1, (middle & 0xFFF).bit_count() & 1 ^ 1
    return Card(CardBits.from_int(even << 25 | middle << 1 | odd, 26))


def _stx_etx(bits: int) -> Parse:
    """`0C000621A58E`: version byte and 32-bit number of an EM4100 tag, and the XOR of the five bytes."""

    def framed(body: bytes) -> Packet:
        match = _STX_ETX.fullmatch(body)
        if match is None:
            return _malformed(body)
        tag = bytes.fromhex(match[1].decode())
        if reduce(xor, tag) != int(match[2], 16):
            return Reject("checksum", len(body) + 2)
        return Card(CardBits(tag[5 - bits // 8 :], bits))

    return framed
