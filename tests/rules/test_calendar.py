"""Schedules against a slow, obvious reading of the wall clock, minute by minute, over DST weeks and holidays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendar import Schedule
from rules.policy import Interval, Source
from tests.rules.builder import WEEK, S, interval, schedule
from tests.rules.profiles import examples

MINUTE = 60 * S
DAY = timedelta(days=1)

# A zone and a day near which its clocks change: at 1:00 or 2:00, at midnight, by half an hour, at one past midnight.
CHANGES = [
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Asuncion", date(2024, 3, 24)),
    ("America/Asuncion", date(2023, 10, 1)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Beirut", date(2026, 10, 25)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Nuuk", date(2026, 3, 28)),
    ("America/Nuuk", date(2026, 10, 24)),
    ("America/St_Johns", date(2010, 3, 14)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("Asia/Kathmandu", date(2026, 3, 29)),
    ("UTC", date(2026, 12, 25)),
]


def reference(intervals: tuple[Interval, ...], holidays: Mapping[date, str], moment: datetime) -> bool:
    """True where the wall clock lies in an interval of its date, or in what is left of the date before.

    What is left is nothing where the interval is cut at midnight and does not name the new date.
    """
    for back in (0, 1, 2):
        day = moment.date() - back * DAY
        minute = moment.hour * 60 + moment.minute + back * 1440
        for i in intervals:
            cut = back and i.cut_at_midnight and not named(i, holidays, moment.date())
            if named(i, holidays, day) and i.start <= minute < i.end and not cut:
                return True
    return False


def named(i: Interval, holidays: Mapping[date, str], day: date) -> bool:
    if (i.starts or date.min) <= day <= (i.ends or date.max):
        return holidays[day] in i.types if day in holidays else day.weekday() in i.days
    return False


def at(zone: ZoneInfo, utc: int) -> datetime:
    return datetime.fromtimestamp(utc // S, UTC).astimezone(zone)


MINUTES = st.one_of(st.integers(0, 1440), st.sampled_from([0, 30, 60, 90, 120, 150, 180, 1380, 1410, 1439, 1440]))


@st.composite
def intervals(draw: st.DrawFn, near: date) -> Interval:
    start = draw(MINUTES.filter(lambda m: m < 1440))
    end = start + draw(st.one_of(st.integers(1, 1440), st.sampled_from([1, 30, 60, 61, 120, 480])))
    days = draw(st.one_of(st.just(frozenset(range(7))), st.frozensets(st.integers(0, 6))))
    types = draw(st.frozensets(st.sampled_from(["holiday", "half_day"])))
    starts, ends = (draw(st.none() | st.integers(-3, 3).map(lambda n: near + n * DAY)) for _ in range(2))
    return Interval(days, types, start, end, draw(st.booleans()), starts, ends)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[str, date, tuple[Interval, ...], dict[date, str]]:
    zone, day = draw(st.sampled_from(CHANGES))
    found = tuple(draw(st.lists(intervals(day), min_size=1, max_size=4)))
    near = st.integers(-3, 3).map(lambda n: day + n * DAY)
    holidays = draw(st.dictionaries(near, st.sampled_from(["holiday", "half_day", "bridge"]), max_size=3))
    return zone, day, found, holidays


@examples(40)
@given(calendars(), st.integers(0, 5 * 1440 * 60))
def test_every_minute_around_a_change_of_clocks(
    made: tuple[str, date, tuple[Interval, ...], dict[date, str]], second: int
) -> None:
    zone_name, day, found, holidays = made
    zone = ZoneInfo(zone_name)
    tested = Schedule(schedule("s", *found), zone, holidays)
    first = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * S - 3 * 1440 * MINUTE
    minutes = [first + n * MINUTE for n in range(6 * 1440)]
    expected = [reference(found, holidays, at(zone, utc)) for utc in minutes]
    assert [tested.active(utc) for utc in minutes] == expected
    assert [tested.active(utc + MINUTE - 1) for utc in minutes[::97]] == expected[::97]
    _transition_is_right(tested, minutes, expected, first + second * S)


def _transition_is_right(tested: Schedule, minutes: list[int], expected: list[bool], utc: int) -> None:
    place = (utc - minutes[0]) // MINUTE
    later = (m for m, now in zip(minutes[place:], expected[place:], strict=True) if now != expected[place])
    following = next(later, None)
    found = tested.next_transition(utc)
    if following is not None:
        assert found == following
        assert tested.next_transition(following - 1) == following
        assert tested.next_transition(following) != following
    elif found is not None:
        assert found > minutes[-1]
        assert tested.active(found) != expected[-1]
    lo, hi, active = tested.window(utc)
    assert lo <= utc < hi
    assert active == expected[place]


# -- plain facts ---------------------------------------------------------------------------------------------------

LONDON = ZoneInfo("Europe/London")


def utc_of(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * S


def made(*found: Interval, holidays: Mapping[date, str] | None = None, zone: ZoneInfo = LONDON) -> Schedule:
    return Schedule(schedule("s", *found), zone, holidays or {})


def hours(tested: Schedule, begin: str, days: int) -> float:
    first = utc_of(begin)
    return sum(tested.active(first + n * MINUTE) for n in range(days * 1440)) / 60


@pytest.mark.parametrize(("saturday", "real"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-06", 8)])
def test_a_night_shift_lasts_its_real_hours(saturday: str, real: int) -> None:
    assert hours(made(interval({5}, 22 * 60, 30 * 60)), f"{saturday}T12:00", 1) == real


@pytest.mark.parametrize(("sunday", "real"), [("2026-03-29", 0), ("2026-10-25", 2), ("2026-06-07", 1)])
def test_a_time_in_the_gap_never_occurs_and_one_in_the_fold_twice(sunday: str, real: int) -> None:
    assert hours(made(interval({6}, 60, 120)), f"{sunday}T00:00", 1) == real


def test_a_holiday_replaces_the_weekday_and_its_night_belongs_to_it() -> None:
    holidays = {date(2026, 12, 25): "holiday", date(2026, 12, 24): "half_day"}
    office = made(interval(WEEK, 540, 1020), interval((), 540, 720, ["half_day"]), holidays=holidays)
    assert hours(office, "2026-12-23T00:00", 1) == 8
    assert hours(office, "2026-12-24T00:00", 1) == 3
    assert hours(office, "2026-12-25T00:00", 1) == 0
    nights = made(interval(WEEK, 1320, 1800), holidays=holidays)
    assert not nights.active(utc_of("2026-12-25T23:00"))
    assert not nights.active(utc_of("2026-12-25T03:00")), "what follows midnight belongs to the 24th, a half day"
    assert nights.active(utc_of("2026-12-24T03:00"))


def test_meeting_intervals_have_no_transition_between() -> None:
    tested = made(interval(range(7), 0, 720), interval(range(7), 720, 1440))
    assert tested.next_transition(utc_of("2026-06-01T12:00")) is None
    assert tested.active(utc_of("2026-06-01T11:00"))


@pytest.mark.parametrize(("id", "active"), [("always", True), ("never", False)])
def test_the_constant_ones(id: str, active: bool) -> None:
    tested = Schedule(schedule(id), LONDON, {})
    assert tested.active(0) is active
    assert tested.next_transition(0) is None
    assert tested.window(0)[2] is active


def test_a_rare_day_is_found_within_the_year_and_the_answer_is_kept() -> None:
    holidays = {date(2027, 6, 1): "open_day"}
    tested = made(interval((), 600, 660, ["open_day"]), holidays=holidays)
    expected = utc_of("2027-06-01T09:00")
    assert tested.next_transition(utc_of("2026-11-21T20:00")) == expected
    assert [tested.next_transition(utc_of("2026-11-21T20:00") + n) for n in range(1_000)] == [expected] * 1_000
    assert made(interval((), 600, 660, ["open_day"])).next_transition(utc_of("2026-11-21T20:00")) is None


def test_looking_ahead_does_not_disturb_the_present() -> None:
    tested = made(interval(WEEK, 540, 1020))
    now = utc_of("2026-11-23T10:00")
    assert tested.active(now)
    ahead = tested.next_transition(now + 40 * 86_400 * S)
    assert ahead is not None
    assert tested.active(now)
    assert tested.next_transition(now) == utc_of("2026-11-23T17:00")


def test_time_may_go_back() -> None:
    tested = made(interval(WEEK, 540, 1020))
    monday, sunday = utc_of("2026-11-23T10:00"), utc_of("2026-11-22T10:00")
    for utc, active, then in ((monday, True, "23T17:00"), (sunday, False, "23T09:00"), (monday, True, "23T17:00")):
        assert tested.active(utc) is active
        assert tested.next_transition(utc) == utc_of(f"2026-11-{then}")


# -- bounds and cuts -----------------------------------------------------------------------------------------------

FESTIVE = {date(2026, 12, 25): "holiday", date(2026, 12, 28): "holiday"}


def night(days: Iterable[int], types: Iterable[str] = ()) -> Interval:
    return replace(interval(days, 1320, 1800, types), cut_at_midnight=True)


@pytest.mark.parametrize(
    ("evening", "real", "why"),
    [
        ("2026-12-23", 8, "Thursday is named"),
        ("2026-12-24", 2, "Friday is a holiday"),
        ("2026-12-25", 0, "a holiday that is not named"),
        ("2026-12-18", 2, "Saturday is not named"),
        ("2026-12-20", 0, "nor is Sunday: nothing begins, and Monday's early hours belong to Sunday"),
    ],
)
def test_a_night_that_is_cut_at_midnight_goes_on_only_into_a_day_that_is_named(
    evening: str, real: int, why: str
) -> None:
    assert hours(made(night(WEEK), holidays=FESTIVE), f"{evening}T12:00", 1) == real, why


def test_a_named_holiday_does_not_cut() -> None:
    assert hours(made(night(WEEK, ["holiday"]), holidays=FESTIVE), "2026-12-24T12:00", 1) == 8


@pytest.mark.parametrize(("day", "real"), [("08-31", 0), ("09-01", 8), ("12-17", 8), ("12-18", 8), ("12-19", 0)])
def test_an_entry_may_begin_on_its_first_and_last_date_and_then_runs_out(day: str, real: int) -> None:
    term = replace(interval(range(7), 1320, 1800), starts=date(2026, 9, 1), ends=date(2026, 12, 18))
    assert hours(made(term), f"2026-{day}T12:00", 1) == real
    assert made(term).next_transition(utc_of("2026-12-19T06:00")) is None


def test_a_term_that_begins_next_year_is_found() -> None:
    term = replace(interval(range(7), 600, 660), starts=date(2027, 10, 1))
    tested = made(term)
    assert tested.next_transition(utc_of("2026-11-21T00:00")) == utc_of("2027-10-01T09:00")
    assert not tested.active(utc_of("2027-09-30T09:30"))


def test_where_an_interval_was_written_makes_no_difference() -> None:
    assert replace(interval(WEEK, 1, 2), source=Source("a.yaml", 3, 5)) == interval(WEEK, 1, 2)
