"""Moments as people write them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from gateway.cli.moment import parse, year_after
from rules.model.errors import ConfigError

US = 1_000_000
LONDON = ZoneInfo("Europe/London")
NOW = 1_795_269_600 * US  # Sat 2026-11-21 14:00 UTC
HOLIDAYS = {date(2026, 11, 23): "holiday"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("now", 0),
        ("2026-11-21 15:30", 5400),
        ("2026-11-21T15:30", 5400),
        ("2026-11-21T15:30+01:00", 1800),
        ("sat 14:00", 0),
        ("Sat 13:59", 7 * 86_400 - 60),
        ("sun 09:00", 19 * 3600),
        ("mon 09:00", 9 * 86_400 - 5 * 3600),  # the first Monday is a holiday
        ("2026-10-25 01:30", -(27 * 86_400 + 13.5 * 3600)),  # comes twice: the first is meant
        ("2026-10-25T01:30+00:00", -(27 * 86_400 + 12.5 * 3600)),
    ],
)
def test_moments(text: str, seconds: float) -> None:
    assert parse(text, LONDON, HOLIDAYS, NOW) - NOW == seconds * US


NO_MOMENTS = ["", "noon", "mon", "mon 9:00", "mon 24:00", "2026-02-30 09:00", "2026-11-21 09:60", "0001-01-01 00:00"]


@pytest.mark.parametrize("text", [*NO_MOMENTS, "2027-03-28 01:30"])  # the last is left out by the clocks
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, LONDON, {}, NOW)
    assert caught.value.code == "bad_moment"


def test_a_year_has_twelve_months() -> None:
    leap = parse("2028-02-29 00:00", LONDON, {}, NOW)
    assert year_after(leap, LONDON) - leap == 366 * 86_400 * US
    assert year_after(NOW, LONDON) - NOW == 365 * 86_400 * US
