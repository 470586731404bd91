"""The lot of a random inspection: as often as it is said to be, unforeseeable, and the same for the same entropy."""

from __future__ import annotations

from random import Random

import pytest

from rules.standing import drawn

READS = 20_000


def entropies(seed: int) -> list[str]:
    rng = Random(seed)
    return [rng.randbytes(16).hex() for _ in range(READS)]


@pytest.mark.parametrize("rate", [10_000, 50_000, 250_000, 900_000])
def test_as_many_are_drawn_as_is_said(rate: int) -> None:
    count = sum(drawn("search", rate, entropy) for entropy in entropies(1))
    share = rate / 1_000_000
    assert abs(count - READS * share) < 4 * (READS * share * (1 - share)) ** 0.5


def test_none_and_all() -> None:
    assert not any(drawn("search", 0, entropy) for entropy in entropies(2))
    assert all(drawn("search", 1_000_000, entropy) for entropy in entropies(2))


def test_the_same_seed_draws_the_same_and_two_inspections_draw_apart() -> None:
    first = [drawn("search", 500_000, entropy) for entropy in entropies(3)]
    assert first == [drawn("search", 500_000, entropy) for entropy in entropies(3)]
    other = [drawn("dogs", 500_000, entropy) for entropy in entropies(3)]
    both = sum(a and b for a, b in zip(first, other, strict=True))
    assert abs(both - READS / 4) < 4 * (READS * 3 / 16) ** 0.5
