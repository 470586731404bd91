"""Stretches of time in the words a person has for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from rules import wall
from rules.answers.ranges import Teller
from rules.answers.spans import Spans, active, without
from rules.calendar import Schedule
from rules.policy import Interval
from tests.rules.builder import WEEK, S, interval, schedule

ZONE = ZoneInfo("Europe/London")
HOLIDAYS = {
    date(2026, 12, 24): "half_day",
    date(2026, 12, 25): "holiday",
    date(2026, 12, 28): "holiday",
    date(2027, 1, 1): "holiday",
    date(2027, 3, 26): "holiday",
}
LO, HI = (wall.midnight(date(year, 11, 21), ZONE) for year in (2026, 2027))
ALL = ["holiday", "half_day"]
DAY = 86_400 * S


def when(*intervals: Interval, holidays: dict[date, str] | None = None) -> Spans:
    found = Schedule(schedule("s", *intervals), ZONE, HOLIDAYS if holidays is None else holidays)
    return active(found, LO, HI)


def told(spans: Spans) -> str:
    return Teller(LO, HI, ZONE, HOLIDAYS).tell(spans)


def dated(found: Interval, first: date | None = None, last: date | None = None) -> Interval:
    return replace(found, starts=first, ends=last)


RULES = [
    ([interval(WEEK, 19 * 60, 21 * 60)], "Mon-Fri 19:00-21:00 except holidays"),
    ([interval(range(7), 19 * 60, 21 * 60, ALL)], "every day 19:00-21:00"),
    (
        [interval(WEEK, 7 * 60, 19 * 60), interval((), 7 * 60, 12 * 60, ["half_day"])],
        "Mon-Fri 07:00-19:00, on half_day 07:00-12:00 except holidays",
    ),
    (
        [interval(WEEK, 7 * 60, 12 * 60), interval(WEEK, 780, 19 * 60)],
        "Mon-Fri 07:00-12:00 and 13:00-19:00 except holidays",
    ),
    ([interval(range(7), 22 * 60, 30 * 60, ALL)], "every day 22:00-06:00"),  # over both changes of the clocks
    ([interval(range(7), 60, 120, ALL)], "every day 01:00-02:00"),  # left out in spring, twice in autumn
    ([interval({0, 2, 4}, 0, 1440)], "Mon, Wed, Fri all day except holidays"),
    ([interval({5, 6}, 0, 1440, ["holiday"])], "Sat, Sun all day, on holiday all day"),
    ([interval((), 0, 1440, ["holiday"])], "on holiday all day"),
    ([interval(range(7), 0, 1440, ALL)], "always"),
    ([], "never"),
    ([interval((), 12 * 60, 19 * 60, ["half_day"])], "Thu 24 Dec 12:00-19:00"),
    (
        [dated(interval(range(6), 420, 1200), date(2027, 3, 1), date(2027, 4, 30))],
        "Mon-Sat 07:00-20:00 except holidays from Mon 1 Mar 2027 until Fri 30 Apr 2027",
    ),
    (
        [
            dated(interval(range(6), 420, 1200), None, date(2027, 4, 30)),
            dated(interval(range(6), 420, 1320), date(2027, 5, 1)),
        ],
        "Mon-Sat 07:00-20:00 except holidays until Fri 30 Apr 2027; then Mon-Sat 07:00-22:00 from Sat 1 May 2027",
    ),
]


@pytest.mark.parametrize(("intervals", "text"), RULES)
def test_what_a_person_would_say(intervals: list[Interval], text: str) -> None:
    assert told(when(*intervals)) == text


def test_what_is_left_out_is_told_where_that_is_shorter() -> None:
    office = when(interval(WEEK, 7 * 60, 19 * 60), interval((), 7 * 60, 12 * 60, ["half_day"]))
    outside = without(((LO, HI),), office)
    assert told(outside) == "all times but (Mon-Fri 07:00-19:00, on half_day 07:00-12:00 except holidays)"


def test_days_that_differ_are_named() -> None:
    office = interval(WEEK, 7 * 60, 19 * 60)
    besides = {**HOLIDAYS, date(2027, 6, 1): "holiday"}
    assert told(without(when(office), when(office, holidays=besides))) == "Tue 1 Jun 2027 07:00-19:00"
    one_more = when(office, holidays=besides)
    assert told(one_more) == "Mon-Fri 07:00-19:00 except holidays, not Tue 1 Jun 2027 07:00-19:00"


def test_a_stretch_that_lasts_for_days() -> None:
    assert told(((LO + 100 * DAY, HI),)) == "from Mon 1 Mar 2027 00:00 on"
    assert told(((LO, LO + 100 * DAY),)) == "until Sun 28 Feb 2027 24:00"
    assert told(((LO + DAY + 61 * S, LO + 3 * DAY),)) == "Sun 22 Nov 00:01:01 to Mon 23 Nov 24:00"


def test_of_times_without_a_rule_the_first_ones_are_told_and_how_many_there_are() -> None:
    odd = tuple((LO + n * n * DAY, LO + n * n * DAY + n * 3600 * S) for n in range(1, 19))
    assert told(odd).startswith("Sun 22 Nov 00:00-01:00, Wed 25 Nov 00:00-02:00, Mon 30 Nov 00:00-03:00 and ")
