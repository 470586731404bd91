"""Card formats as a table, and the peppered look-up that turns raw bits into a token.

Bit 0 is the first bit on the wire. Layouts: Proxmark3 client/src/wiegand_formats.c, pages of reader makers.
Every bit that tells two cards apart belongs to `facility` or `number`: issue levels and OEM codes are part of
the facility, so that a re-issued card is another card.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from rules.model.errors import ConfigError
from rules.model.secret import CardBits
from rules.model.signals import CardPresented, CardRead

BAD_FORMAT = "bad_format"
PIN_ALONE = "pin"
"""The format of a credential that is a PIN by itself."""

DEFAULT_FORMATS = ("h10301", "h10306", "c1k35", "h10302", "c1k48")


@dataclass(frozen=True, slots=True)
class Field:
    """`length` bits from bit `start` on, most significant first."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Check:
    """Bit `bit` makes the count of ones over itself and `over` odd, or even. Over nothing: a fixed bit."""

    bit: int
    odd: bool
    over: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CardFormat:
    """One layout. checks: in the order of computing; masks: (mask, odd) of each on the card as an int.

    swapped: the reader sends the bytes in reverse order; its cards are those of format `identity`.
    """

    name: str
    title: str
    bits: int
    facility: Field | None
    number: Field
    checks: tuple[Check, ...]
    masks: tuple[tuple[int, bool], ...]
    identity: str
    swapped: bool = False


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a card says. Its `repr` shows the format alone."""

    format: str
    facility: int | None
    number: int

    def __repr__(self) -> str:
        return f"Decoded({self.format}, ***)"

    __str__ = __repr__


def _even(bit: int, first: int, last: int) -> Check:
    return Check(bit, False, tuple(range(first, last + 1)))


def _odd(bit: int, first: int, last: int) -> Check:
    return Check(bit, True, tuple(range(first, last + 1)))


def _without(bit: int, odd: bool, first: int, last: int, rest: int) -> Check:
    """Over `first`..`last` without the positions that leave `rest` when divided by three."""
    return Check(bit, odd, tuple(p for p in range(first, last + 1) if p % 3 != rest))


def _mask(bits: int, check: Check) -> int:
    return sum(1 << (bits - 1 - p) for p in {check.bit, *check.over})


def _format(
    name: str,
    title: str,
    bits: int,
    facility: tuple[int, int] | None,
    number: tuple[int, int],
    *checks: Check,
) -> CardFormat:
    masks = tuple((_mask(bits, c), c.odd) for c in checks)
    return CardFormat(name, title, bits, facility and Field(*facility), Field(*number), checks, masks, identity=name)


def _swapped(name: str, bits: int) -> CardFormat:
    title = f"serial number, {bits // 8} bytes in reverse order"
    return CardFormat(f"{name}-swapped", title, bits, None, Field(0, bits), (), (), identity=name, swapped=True)


def _ones(*bits: int) -> tuple[Check, ...]:
    return tuple(Check(b, True, ()) for b in bits)


_XOR_OF_4 = tuple(Check(32 + i, False, (i, 8 + i, 16 + i, 24 + i)) for i in range(8))

# fmt: off
_TABLE = (
    # name, title, bits, facility (start, length), number (start, length), checks
    _format("h10301", "HID H10301", 26, (1, 8), (9, 16), _even(0, 1, 12), _odd(25, 13, 24)),
    _format("indala26", "Indala", 26, (1, 12), (13, 12), _even(0, 1, 12), _odd(25, 13, 24)),
    _format("2804w", "2804 Wiegand", 28, (4, 8), (12, 15),
            _without(2, True, 4, 26, 0), _even(0, 1, 13), _odd(27, 0, 26)),
    _format("ats30", "ATS Wiegand", 30, (1, 12), (13, 16), _even(0, 1, 12), _odd(29, 13, 28)),
    _format("adt31", "ADT", 31, (1, 4), (5, 23)),
    _format("wiegand32", "Wiegand 32", 32, (4, 12), (16, 16)),
    _format("kastle32", "Kastle; facility = issue level x 256 + facility code", 32, (2, 13), (15, 16),
            *_ones(1), _even(0, 1, 16), _odd(31, 14, 30)),
    _format("d10202", "HID D10202", 33, (1, 7), (8, 24), _even(0, 1, 16), _odd(32, 16, 31)),
    _format("h10306", "HID H10306, N10002", 34, (1, 16), (17, 16), _even(0, 1, 16), _odd(33, 17, 32)),
    _format("bqt34", "BQT", 34, (1, 8), (9, 24), _even(0, 1, 16), _odd(33, 17, 32)),
    _format("c1k35", "HID Corporate 1000, 35 bits", 35, (2, 12), (14, 20),
            _without(1, False, 2, 33, 1), _without(34, True, 1, 32, 0), _odd(0, 1, 34)),
    _format("c15001", "Keyscan C15001; facility = OEM code x 256 + facility code", 36, (1, 18), (19, 16),
            _even(0, 1, 17), _odd(35, 18, 34)),
    _format("s12906", "Simplex S12906; facility = facility code x 4 + issue level", 36, (1, 10), (11, 24),
            _odd(0, 1, 17), _odd(35, 17, 34)),
    _format("h10302", "HID H10302", 37, None, (1, 35), _even(0, 1, 18), _odd(36, 18, 35)),
    _format("h10304", "HID H10304", 37, (1, 16), (17, 19), _even(0, 1, 18), _odd(36, 18, 35)),
    _format("pyramid39", "Farpointe Pyramid", 39, (1, 17), (18, 20), _even(0, 1, 18), _odd(38, 19, 37)),
    _format("p10001", "Honeywell P10001", 40, (4, 12), (16, 16), *_ones(0, 1, 2, 3), *_XOR_OF_4),
    _format("casi40", "Casi-Rusco", 40, None, (1, 38)),
    _format("c1k48", "HID Corporate 1000, 48 bits", 48, (2, 22), (24, 23),
            _without(1, False, 3, 46, 2), _without(47, True, 2, 45, 1), _odd(0, 1, 47)),
    _format("csn32", "serial number, 4 bytes", 32, None, (0, 32)),
    _format("csn56", "serial number, 7 bytes", 56, None, (0, 56)),
    _format("csn64", "serial number, 8 bytes", 64, None, (0, 64)),
    _swapped("csn32", 32), _swapped("csn56", 56), _swapped("csn64", 64),
)
# fmt: on

FORMATS: Mapping[str, CardFormat] = {f.name: f for f in _TABLE}


def encode(format: str, facility: int | None, number: int) -> CardBits:
    """The bits of a card; raises ConfigError `bad_card`, which never quotes the number."""
    layout = FORMATS.get(format)
    if layout is None:
        raise ConfigError("no such card format", code="bad_card", where="format", got=format)
    value = _place(layout, layout.number, number, "number") | _facility(layout, facility)
    for check, (mask, odd) in zip(layout.checks, layout.masks, strict=True):
        if (value & mask).bit_count() & 1 != odd:
            value ^= 1 << (layout.bits - 1 - check.bit)
    return CardBits.from_int(_in_order(layout, value), layout.bits)


def _facility(layout: CardFormat, facility: int | None) -> int:
    if layout.facility is None:
        if facility is None:
            return 0
        raise ConfigError(f"{layout.name} has no facility", code="bad_card", where="facility")
    if facility is None:
        raise ConfigError(f"{layout.name} needs a facility", code="bad_card", where="facility")
    return _place(layout, layout.facility, facility, "facility")


def _place(layout: CardFormat, field: Field, value: int, column: str) -> int:
    if not 0 <= value < 1 << field.length:
        limit = (1 << field.length) - 1
        raise ConfigError(f"must be 0 to {limit} in {layout.name}", code="bad_card", where=column)
    return value << (layout.bits - field.start - field.length)


def _in_order(layout: CardFormat, value: int) -> int:
    if not layout.swapped:
        return value
    return int.from_bytes(value.to_bytes(layout.bits // 8, "big"), "little")


def decode(bits: CardBits, accepted: Iterable[str]) -> Decoded | None:
    """The one accepted format these bits satisfy, with its fields; None (`bad_format`) for 0 or several."""
    if not 0 < bits.length <= len(bits.data) * 8:
        return None
    value = bits.as_int()
    fits = [f for f in map(FORMATS.__getitem__, accepted) if f.bits == bits.length and _holds(f, value)]
    return _read(fits[0], value) if len(fits) == 1 else None


def _holds(layout: CardFormat, value: int) -> bool:
    return all((value & mask).bit_count() & 1 == odd for mask, odd in layout.masks)


def _read(layout: CardFormat, value: int) -> Decoded:
    value = _in_order(layout, value)
    facility = None if layout.facility is None else _field(layout, layout.facility, value)
    return Decoded(layout.identity, facility, _field(layout, layout.number, value))


def _field(layout: CardFormat, field: Field, value: int) -> int:
    return value >> (layout.bits - field.start - field.length) & (1 << field.length) - 1


def token(pepper: bytes, format: str, facility: int | None, number: int) -> str:
    """The keyed hash a card is known by: 32 hex digits, of HMAC-SHA256 over `format:facility:number`, `-` for none."""
    text = f"{format}:{'-' if facility is None else facility}:{number}"
    return _keyed(pepper, text)


def pin_token(pepper: bytes, digits: str) -> str:
    """The keyed hash a PIN is known by that is a credential by itself, under a pepper of its own."""
    return _keyed(pepper, f"{PIN_ALONE}:{digits}")


def _keyed(pepper: bytes, text: str) -> str:
    """128 bits tell any two cards there are apart, and keep the tables of a large site small."""
    return hmac.digest(pepper, text.encode(), "sha256")[:16].hex()


def tail(number: int) -> str:
    """The last two digits of a card's number: all that is ever shown of it."""
    return f"{number % 100:02d}"


def identify(formats: tuple[str, ...], pepper: bytes, read: CardRead, age: int) -> CardPresented:
    """A read card as decisions see it. formats: those its reader accepts; age: us it waited.

    For `bad_format` the format is the length alone (`26-bit`), the tail empty and the token None.
    """
    card = decode(read.card, formats)
    if card is None:
        return CardPresented(read.reader, None, f"{read.card.length}-bit", "", age, fault=BAD_FORMAT, read=read.read)
    key = token(pepper, card.format, card.facility, card.number)
    return CardPresented(read.reader, key, card.format, tail(card.number), age, read=read.read)


def ambiguous(formats: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of formats that some card would satisfy both of: a reader must not accept both."""
    return [(a, b) for a, b in combinations(formats, 2) if a != b and _overlap(FORMATS[a], FORMATS[b])]


def _overlap(a: CardFormat, b: CardFormat) -> bool:
    return a.bits == b.bits and _solvable([*a.masks, *b.masks])


def _solvable(equations: list[tuple[int, bool]]) -> bool:
    """True if some bits satisfy every parity equation (elimination over GF(2))."""
    pivots: dict[int, tuple[int, bool]] = {}
    for mask, odd in equations:
        while mask and (top := mask.bit_length()) in pivots:
            mask, odd = mask ^ pivots[top][0], odd ^ pivots[top][1]
        if mask:
            pivots[mask.bit_length()] = (mask, odd)
        elif odd:
            return False
    return True
