"""What a schedule is said to mean, against the reference; and the words used for changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from rules.agenda import DayPlan, agenda, lasting
from rules.calendar import dst_boundaries, unnamed_types
from rules.policy import Interval
from rules.wall import changes
from tests.rules.builder import WEEK, S, interval, schedule
from tests.rules.profiles import examples
from tests.rules.test_calendar import DAY, LONDON, MINUTE, at, calendars, named, night, reference, utc_of

NIGHT = interval(range(7), 22 * 60, 30 * 60)
Made = tuple[str, date, tuple[Interval, ...], dict[date, str]]


def plan(*found: Interval, on: str, zone: ZoneInfo = LONDON, holidays: dict[date, str] | None = None) -> DayPlan:
    (one,) = agenda(schedule("s", *found), zone, holidays or {}, date.fromisoformat(on), 1)
    return one


@examples(30)
@given(calendars())
def test_the_periods_of_all_days_are_when_it_is_active(made: Made) -> None:
    zone_name, day, found, holidays = made
    zone = ZoneInfo(zone_name)
    plans = list(agenda(schedule("s", *found), zone, holidays, day - 4 * DAY, 8))
    periods = [(period.begin.utc, period.end.utc) for plan in plans for period in plan.periods]
    first = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * S - 1440 * MINUTE
    for utc in range(first, first + 2 * 1440 * MINUTE, 7 * MINUTE):
        assert any(begin <= utc < end for begin, end in periods) == reference(found, holidays, at(zone, utc))


@examples(30)
@given(calendars())
def test_local_times_are_those_of_the_zone(made: Made) -> None:
    zone_name, day, found, holidays = made
    zone = ZoneInfo(zone_name)
    for one in agenda(schedule("s", *found), zone, holidays, day - DAY, 3):
        for period in one.periods:
            assert period.begin.wall == at(zone, period.begin.utc).replace(tzinfo=None, fold=0)
            assert datetime.fromisoformat(period.begin.iso).timestamp() == period.begin.utc / S
            assert datetime.fromisoformat(period.end.iso).timestamp() == period.end.utc / S
            last = at(zone, period.end.utc - MINUTE).replace(tzinfo=None, fold=0)
            assert period.end.wall == last + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("found", "on", "text", "hours", "remarks"),
    [
        (NIGHT, "2026-06-06", "22:00-06:00 (+1)", 8, []),
        (
            NIGHT,
            "2026-10-24",
            "22:00 BST-06:00 GMT (+1)",
            9,
            ["clocks go back 1 h at 02:00 on 2026-10-25: 22:00-06:00 lasts 9 h"],
        ),
        (
            NIGHT,
            "2026-03-28",
            "22:00 GMT-06:00 BST (+1)",
            7,
            ["clocks go forward 1 h at 01:00 on 2026-03-29: 22:00-06:00 lasts 7 h"],
        ),
        (NIGHT, "2026-03-29", "22:00-06:00 (+1)", 8, ["clocks go forward 1 h at 01:00"]),
        (
            interval(range(7), 60, 120),
            "2026-03-29",
            "",
            0,
            ["clocks go forward 1 h at 01:00: 01:00-02:00 does not occur"],
        ),
        (
            interval(range(7), 75, 90),
            "2026-03-29",
            "",
            0,
            ["clocks go forward 1 h at 01:00: 01:15-01:30 does not occur"],
        ),
        (
            interval(range(7), 90, 150),
            "2026-03-29",
            "02:00-02:30",
            0.5,
            ["clocks go forward 1 h at 01:00: 01:30-02:00 does not occur, 01:30-02:30 lasts 30 min"],
        ),
        (
            interval(range(7), 90, 150),
            "2026-10-25",
            "01:30 BST-02:00 BST, 01:30 GMT-02:30 GMT",
            1.5,
            ["clocks go back 1 h at 02:00: 01:30-02:00 occurs twice, 01:30-02:30 lasts 1 h 30 min"],
        ),
        (interval(WEEK, 0, 1440), "2026-11-20", "00:00-24:00", 24, []),
        (interval(WEEK, 0, 1440), "2026-11-21", "", 0, []),
        (night(WEEK), "2026-11-20", "22:00-24:00", 2, ["22:00-06:00 is cut at midnight"]),
        (night(WEEK), "2026-11-19", "22:00-06:00 (+1)", 8, []),
    ],
)
def test_words(found: Interval, on: str, text: str, hours: float, remarks: list[str]) -> None:
    one = plan(found, on=on)
    assert (one.text(), one.seconds / 3600, list(one.remarks)) == (text, hours, remarks)


@pytest.mark.parametrize(
    ("zone", "on", "text", "remark"),
    [
        ("Africa/Cairo", "2026-04-24", "01:00-24:00", "clocks go forward 1 h at 00:00: 00:00-24:00 lasts 23 h"),
        (
            "Asia/Beirut",
            "2026-10-24",
            "00:00 EEST-24:00 EET",
            "clocks go back 1 h at 24:00: 00:00-24:00 lasts 25 h",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05",
            "00:00 +11-24:00 +1030",
            "clocks go back 30 min at 02:00: 00:00-24:00 lasts 24 h 30 min",
        ),
    ],
)
def test_clocks_that_change_elsewhere(zone: str, on: str, text: str, remark: str) -> None:
    one = plan(interval(range(7), 0, 1440), on=on, zone=ZoneInfo(zone))
    assert (one.text(), one.remarks) == (text, (remark,))


def test_an_hour_on_both_sides_of_midnight_is_met_twice_on_both_dates() -> None:
    """At 00:01 on the 7th of November 2010 the clocks of Newfoundland went back to 23:01 on the 6th."""
    zone = ZoneInfo("America/St_Johns")
    saturday = plan(interval(range(7), 23 * 60 + 30, 1440), on="2010-11-06", zone=zone)
    assert saturday.remarks[0].startswith("clocks go back 1 h at 00:01 on 2010-11-07: 23:30-24:00 occurs twice")
    sunday = plan(interval(range(7), 0, 1), on="2010-11-07", zone=zone)
    assert sunday.text() == "00:00 NDT-00:01 NDT, 00:00 NST-00:01 NST"
    assert sunday.remarks[0].startswith("clocks go back 1 h at 00:01: 00:00-00:01 occurs twice")
    for found, day in ((interval([5], 1410, 1440), 6), (interval([6], 0, 1), 7)):
        met = dst_boundaries(schedule("s", found), zone, {}, date(2010, 11, 1), 10)
        assert [one.day for one in met] == [date(2010, 11, day)]


def test_entries_that_meet_or_overlap_are_one_period() -> None:
    one = plan(interval(WEEK, 540, 720), interval(WEEK, 720, 780), interval(WEEK, 770, 1020), on="2026-11-20")
    assert one.text() == "09:00-17:00"


def test_a_holiday_is_named_with_its_type() -> None:
    one = plan(interval(WEEK, 540, 720), on="2026-12-25", holidays={date(2026, 12, 25): "holiday"})
    assert (one.kind, one.periods) == ("holiday", ())


def test_lengths() -> None:
    assert [lasting(s) for s in (0, 60, 1800, 3600, 5400, 86_400)] == [
        "0 h",
        "1 min",
        "30 min",
        "1 h",
        "1 h 30 min",
        "24 h",
    ]


# -- what a linter asks --------------------------------------------------------------------------------------------


def boundaries(*found: Interval, first: str = "2026-11-21") -> list[tuple[str, bool]]:
    met = dst_boundaries(schedule("s", *found), LONDON, {date(2027, 3, 27): "holiday"}, date.fromisoformat(first))
    return [(str(one.day), one.change.forward) for one in met]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (interval(range(7), 90, 480), [("2027-03-28", True), ("2027-10-31", False)]),
        (interval(range(7), 0, 61), [("2027-03-28", True), ("2027-10-31", False)]),
        (interval(range(7), 22 * 60, 24 * 60 + 90), [("2027-10-30", False)]),
        (interval(range(7), 60, 120), [("2027-03-28", True), ("2027-10-31", False)]),
        (interval(range(7), 60, 180), []),
        (interval(range(7), 0, 60), []),
        (interval(range(7), 0, 1440), []),
        (interval(WEEK, 90, 480), []),
        (night(range(7), []), []),
    ],
)
def test_boundaries_in_a_dst_hour(found: Interval, expected: list[tuple[str, bool]]) -> None:
    assert boundaries(found) == expected, "the night before the 28th of March is a holiday's, and does not begin"


def test_boundaries_of_the_asked_days_only() -> None:
    assert boundaries(interval(range(7), 90, 480), first="2027-03-28")[0] == ("2027-03-28", True)
    assert boundaries(interval(range(7), 90, 480), first="2027-03-29")[0] == ("2027-10-31", False)


@examples(60)
@given(calendars())
def test_what_is_not_named_occurs_once_and_without_a_break(made: Made) -> None:
    zone_name, day, found, holidays = made
    zone = ZoneInfo(zone_name)
    for each in found:
        met = {one.day for one in dst_boundaries(schedule("s", each), zone, holidays, day - 2 * DAY, 5)}
        for one in agenda(schedule("s", each), zone, holidays, day - 2 * DAY, 5):
            if one.day not in met:
                assert len(one.periods) == named(each, holidays, one.day)


def test_every_change_of_a_year_is_found_once() -> None:
    """Five zones over twenty years, against each hour's offset."""
    for name in ("Europe/London", "Africa/Casablanca", "Pacific/Apia", "America/Caracas", "Asia/Gaza"):
        zone = ZoneInfo(name)
        low, high = utc_of("2006-01-01T00:00"), utc_of("2026-01-01T00:00")
        hours = range(low // S, high // S, 3600)
        offsets = [datetime.fromtimestamp(s, zone).utcoffset() for s in hours]
        expected = [b for b, x, y in zip(hours[1:], offsets, offsets[1:], strict=False) if x != y]
        found = [-(-change.utc // S // 3600) * 3600 for change in changes(low, high, zone)]
        assert found == expected


def test_types_that_no_entry_names() -> None:
    types = ["holiday", "half_day", "shutdown", "holiday"]
    office = schedule("s", interval(WEEK, 1, 2), interval((), 1, 2, ["half_day"]))
    assert list(unnamed_types(office, types)) == ["holiday", "shutdown"]
