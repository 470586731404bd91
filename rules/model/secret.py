"""Values that must never be printed, journalled or published."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """Text such as a PIN. `repr`, `str` and the canonical encoding show nothing of it."""

    reveal: str = field(repr=False)

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class CardBits:
    """Raw card data as the reader sent it: `length` bits, left-justified in `data`, bit 0 first (MSB)."""

    data: bytes = field(repr=False)
    length: int = field(repr=False)

    def __repr__(self) -> str:
        return "CardBits(***)"

    __str__ = __repr__

    def as_int(self) -> int:
        """The bits as one unsigned number, first bit most significant."""
        return int.from_bytes(self.data, "big") >> (len(self.data) * 8 - self.length)

    @classmethod
    def from_int(cls, value: int, length: int) -> CardBits:
        """`length` bits of `value`, left-justified into whole bytes."""
        size = (length + 7) // 8
        return cls((value << (size * 8 - length)).to_bytes(size, "big"), length)
