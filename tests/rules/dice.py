"""Random values out of a string of bytes: hundreds of draws cost what one does, and fewer or lower bytes mean less."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Dice:
    """Reads byte by byte; where none is left, every draw is the first of its values."""

    def __init__(self, drawn: bytes) -> None:
        self._left = iter(drawn)

    def below(self, limit: int) -> int:
        """An int in [0, limit)."""
        drawn = next(self._left, 0)
        if limit > 256:
            drawn = drawn << 8 | next(self._left, 0)
        return drawn % limit

    def one(self, values: Sequence[T]) -> T:
        return values[self.below(len(values))]

    def some(self, values: Sequence[T], most: int, least: int = 0) -> list[T]:
        """Between `least` and `most` values, each once."""
        count = least + self.below(most - least + 1)
        return list(dict.fromkeys(self.one(values) for _ in range(count)))

    def rarely(self, of: int) -> bool:
        """True once in `of` times."""
        return self.below(of) == of - 1

    def many(self, make: Callable[[int], T], most: int) -> tuple[T, ...]:
        """Up to `most` values, made by their number."""
        return tuple(make(n) for n in range(self.below(most + 1)))


def rolled(make: Callable[[Dice], T], length: int = 700) -> st.SearchStrategy[T]:
    """What `make` makes of random dice."""

    @st.composite
    def values(draw: st.DrawFn) -> T:
        return make(Dice(draw(st.binary(min_size=length, max_size=length))))

    return values()
