"""Card formats: golden vectors, parity, ambiguity, and what may be seen of a card."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.credential import (
    DEFAULT_FORMATS,
    FORMATS,
    CardFormat,
    Decoded,
    ambiguous,
    decode,
    encode,
    identify,
    token,
)
from rules.model.errors import ConfigError
from rules.model.secret import CardBits
from rules.model.signals import CardRead

PEPPER = b"a pepper of thirty-two characters"


def bits(text: str) -> CardBits:
    return CardBits.from_int(int(text, 2), len(text))


def text(card: CardBits) -> str:
    return format(card.as_int(), f"0{card.length}b")


# H10301 as read off cards: HID Prox raw 2006f623ae and 2006ec0c86 (below their preamble), and published examples.
H10301 = [
    (format(0x2006F623AE & (1 << 26) - 1, "026b"), 123, 4567),
    (format(0x2006EC0C86 & (1 << 26) - 1, "026b"), 118, 1603),
    ("00101101000000001010001000", 90, 324),
    ("00100010010100010010011111", 68, 41551),
]


@pytest.mark.parametrize(("raw", "facility", "number"), H10301)
def test_h10301_golden(raw: str, facility: int, number: int) -> None:
    assert decode(bits(raw), ("h10301",)) == Decoded("h10301", facility, number)
    assert text(encode("h10301", facility, number)) == raw


# The published parity masks, one row per parity bit from the first computed on: E even, O odd, X what it covers.
MASKS = {
    "h10301": ["EXXXXXXXXXXXX.............", ".............XXXXXXXXXXXXO"],
    "h10306": ["EXXXXXXXXXXXXXXXX" + "." * 17, "." * 17 + "XXXXXXXXXXXXXXXXO"],
    "h10302": ["EXXXXXXXXXXXXXXXXXX" + "." * 18, "." * 18 + "XXXXXXXXXXXXXXXXXXO"],
    "h10304": ["EXXXXXXXXXXXXXXXXXX" + "." * 18, "." * 18 + "XXXXXXXXXXXXXXXXXXO"],
    "c1k35": [".EXX.XX.XX.XX.XX.XX.XX.XX.XX.XX.XX.", ".XX.XX.XX.XX.XX.XX.XX.XX.XX.XX.XX.O", "O" + "X" * 34],
}


@pytest.mark.parametrize("name", MASKS)
@given(data=st.data())
def test_parity_follows_the_published_masks(name: str, data: st.DataObject) -> None:
    raw = text(encode(name, *drawn(data, FORMATS[name])))
    for mask in MASKS[name]:
        assert len(mask) == len(raw)
        ones = sum(bit == "1" for bit, place in zip(raw, mask, strict=True) if place != ".")
        assert ones % 2 == ("O" in mask)


def drawn(data: st.DataObject, layout: CardFormat) -> tuple[int | None, int]:
    top = (1 << layout.facility.length) - 1 if layout.facility else 0
    facility = data.draw(st.integers(0, top)) if layout.facility else None
    return facility, data.draw(st.integers(0, (1 << layout.number.length) - 1))


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_every_format_round_trips(name: str, data: st.DataObject) -> None:
    layout = FORMATS[name]
    facility, number = drawn(data, layout)
    card = encode(name, facility, number)
    assert card.length == layout.bits
    assert decode(card, (name,)) == Decoded(layout.identity, facility, number)


@pytest.mark.parametrize("name", [n for n, f in FORMATS.items() if f.checks])
@given(data=st.data())
def test_a_flipped_bit_under_a_check_is_refused(name: str, data: st.DataObject) -> None:
    layout = FORMATS[name]
    card = encode(name, *drawn(data, layout))
    # every check bit, and every bit some check covers
    places = sorted({p for check in layout.checks for p in (check.bit, *check.over)})
    place = data.draw(st.sampled_from(places))
    flipped = CardBits.from_int(card.as_int() ^ 1 << (layout.bits - 1 - place), layout.bits)
    assert decode(flipped, (name,)) is None


@given(data=st.binary(max_size=12), length=st.integers(-1, 100))
def test_any_bits_decode_or_are_refused(data: bytes, length: int) -> None:
    found = decode(CardBits(data, length), DEFAULT_FORMATS)
    assert found is None or FORMATS[found.format].bits == length


def test_unknown_lengths_and_formats_not_accepted_are_refused() -> None:
    card = encode("h10301", 1, 2)
    assert decode(card, ()) is None
    assert decode(card, ("h10306",)) is None
    assert decode(CardBits.from_int(card.as_int(), 27), DEFAULT_FORMATS) is None


def test_every_format_is_in_the_manual() -> None:
    manual = (Path(__file__).parents[2] / "docs/people.md").read_text()
    for name, layout in FORMATS.items():
        assert f"`{layout.identity}`" in manual, name


def test_two_meanings_are_never_guessed_between() -> None:
    card = encode("h10302", None, 5)
    assert decode(card, ("h10302",)) == Decoded("h10302", None, 5)
    assert decode(card, ("h10302", "h10304")) is None


def test_ambiguous_pairs() -> None:
    assert ambiguous(DEFAULT_FORMATS) == []
    assert ambiguous(("h10301", "indala26", "h10306")) == [("h10301", "indala26")]
    assert ambiguous(("p10001", "casi40")) == [("p10001", "casi40")]
    # both have 36 bits, but the parity of the one contradicts that of the other
    assert ambiguous(("c15001", "s12906")) == []


SAME_LENGTH = [(a, b) for a in FORMATS for b in FORMATS if FORMATS[a].bits == FORMATS[b].bits and not ambiguous((a, b))]


@pytest.mark.parametrize(("a", "b"), [(a, b) for a, b in SAME_LENGTH if a != b])
@given(data=st.data())
def test_what_is_not_ambiguous_is_never_accepted_twice(a: str, b: str, data: st.DataObject) -> None:
    card = encode(a, *drawn(data, FORMATS[a]))
    assert decode(card, (b,)) is None
    assert decode(card, (a, b)) is not None


def test_swapped_serial_numbers_are_the_same_card() -> None:
    straight = decode(CardBits(bytes.fromhex("04a1b2c3"), 32), ("csn32",))
    swapped = decode(CardBits(bytes.fromhex("c3b2a104"), 32), ("csn32-swapped",))
    assert straight == swapped == Decoded("csn32", None, 0x04A1B2C3)


def test_issue_levels_are_different_cards() -> None:
    first, second = encode("s12906", 7 << 2 | 0, 1234), encode("s12906", 7 << 2 | 1, 1234)
    assert decode(first, ("s12906",)) != decode(second, ("s12906",))


@pytest.mark.parametrize(
    ("card", "where"),
    [
        (("h10301", 256, 1), "facility"),
        (("h10301", None, 1), "facility"),
        (("h10302", 1, 1), "facility"),
        (("h10301", 1, 65536), "number"),
        (("h10301", 1, -1), "number"),
        (("h99999", 1, 1), "format"),
    ],
)
def test_impossible_cards_are_refused_without_quoting_them(card: tuple[str, int | None, int], where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        encode(*card)
    assert (caught.value.code, caught.value.where) == ("bad_card", where)
    assert "65536" not in str(caught.value)
    assert "256" not in str(caught.value)


def test_token_is_the_keyed_hash_of_the_canonical_text() -> None:
    expected = hmac.new(PEPPER, b"h10301:123:4567", hashlib.sha256).hexdigest()[:32]
    assert token(PEPPER, "h10301", 123, 4567) == expected
    assert token(PEPPER, "h10302", None, 4567) != token(PEPPER, "h10302", 0, 4567)
    assert token(PEPPER + b"x", "h10301", 123, 4567) != expected


def test_identify() -> None:
    read = CardRead("lobby-reader", encode("h10301", 123, 4567), read="r1")
    card = identify(DEFAULT_FORMATS, PEPPER, read, 40)
    assert (card.reader, card.format, card.tail, card.age, card.fault, card.read) == (
        *("lobby-reader", "h10301", "67", 40, None, "r1"),
    )
    assert card.token == token(PEPPER, "h10301", 123, 4567)


def test_identify_pads_the_tail() -> None:
    assert identify(DEFAULT_FORMATS, PEPPER, CardRead("r", encode("h10302", None, 3)), 0).tail == "03"


def test_identify_refuses_bad_parity_without_a_token() -> None:
    good = encode("h10301", 123, 4567)
    card = identify(DEFAULT_FORMATS, PEPPER, CardRead("r", CardBits.from_int(good.as_int() ^ 1, 26)), 0)
    assert (card.token, card.format, card.tail, card.fault) == (None, "26-bit", "", "bad_format")


def test_nothing_shows_a_number() -> None:
    card = encode("h10301", 123, 4567)
    decoded = decode(card, ("h10301",))
    shown = f"{decoded!r} {decoded} {card!r} {identify(DEFAULT_FORMATS, PEPPER, CardRead('r', card), 0)}"
    assert "4567" not in shown
    assert "123" not in shown.replace(token(PEPPER, "h10301", 123, 4567), "")
