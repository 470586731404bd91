"""Schedules where a year ends, where a zone skips a day, within stated times; and since when a period lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.answers.spans import active
from rules.calendar import FOREVER, Schedule
from rules.policy import Interval
from tests.rules.builder import WEEK, S, interval, schedule
from tests.rules.profiles import examples
from tests.rules.test_calendar import DAY, LONDON, MINUTE, at, intervals, reference, utc_of
from tests.rules.wording import overlaid

# A zone and a day near which its year ends, or near which it has no such day at all.
ODD = [
    ("Europe/London", date(2027, 1, 1)),
    ("Asia/Kolkata", date(2027, 1, 1)),
    ("America/St_Johns", date(2027, 1, 1)),
    ("Pacific/Kiritimati", date(2027, 1, 1)),
    ("Pacific/Kiritimati", date(1995, 1, 1)),  # the last day of 1994 is not there
    ("Pacific/Enderbury", date(1995, 1, 1)),
    ("Pacific/Apia", date(2011, 12, 30)),  # nor is this one
    ("Pacific/Fakaofo", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("Asia/Pyongyang", date(2018, 5, 4)),  # half an hour at half past eleven in the evening
    ("America/Caracas", date(2016, 5, 1)),
    ("Europe/Lisbon", date(1992, 9, 27)),
    ("Asia/Dhaka", date(2009, 12, 31)),  # clocks went back as the year ended
]
Made = tuple[ZoneInfo, date, tuple[Interval, ...], dict[date, str], tuple[int, int] | None]


def start_of(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * S


@st.composite
def calendars(draw: st.DrawFn) -> Made:
    zone, day = draw(st.sampled_from(ODD))
    found = tuple(draw(st.lists(intervals(day), min_size=1, max_size=3)))
    near = st.integers(-3, 3).map(lambda n: day + n * DAY)
    holidays = draw(st.dictionaries(near, st.sampled_from(["holiday", "half_day", "bridge"]), max_size=2))
    edge = st.integers(-3 * 1440, 3 * 1440).map(lambda minutes: start_of(day) + minutes * MINUTE + 1)
    within = draw(st.none() | st.tuples(edge, edge).map(lambda edges: (min(edges), max(edges))))
    return ZoneInfo(zone), day, found, holidays, within


def made_of(made: Made) -> Schedule:
    zone, _, found, holidays, within = made
    return Schedule(replace(schedule("s", *found), within=within), zone, holidays)


def holds(made: Made, utc: int) -> bool:
    zone, _, found, holidays, within = made
    return (within is None or within[0] <= utc < within[1]) and reference(found, holidays, at(zone, utc))


@examples(40)
@given(calendars())
def test_every_minute_where_a_year_or_a_day_is_odd(made: Made) -> None:
    tested, first = made_of(made), start_of(made[1]) - 3 * 1440 * MINUTE
    minutes = [first + n * MINUTE for n in range(6 * 1440)]
    expected = [holds(made, utc) for utc in minutes]
    assert [tested.active(utc) for utc in minutes] == expected
    assert [made_of(made).active(utc) for utc in minutes[::211]] == expected[::211], "asked out of order"
    for edge in made[4] or ():
        assert [tested.active(edge + us) for us in (-1, 0, 1)] == [holds(made, edge + us) for us in (-1, 0, 1)]


@examples(40)
@given(calendars(), st.integers(0, 6 * 1440 - 1))
def test_a_period_began_where_it_was_not_active_just_before(made: Made, minute: int) -> None:
    tested, first = made_of(made), start_of(made[1]) - 3 * 1440 * MINUTE
    utc = first + minute * MINUTE + 7
    if not holds(made, utc):
        return
    began = tested.began(utc)
    walked = [at for at in range(first, utc, MINUTE) if not holds(made, at)]
    if walked:
        assert walked[-1] < began <= walked[-1] + MINUTE
    else:
        assert began <= first + MINUTE
    assert began <= utc
    assert began == -FOREVER or (holds(made, began) and not tested.active(began - 1))


@examples(30)
@given(calendars())
def test_the_spans_of_a_stretch_are_the_minutes_of_it(made: Made) -> None:
    tested, first = made_of(made), start_of(made[1]) - 2 * 1440 * MINUTE
    spans = active(tested, first, first + 4 * 1440 * MINUTE)
    assert all(lo < hi for lo, hi in spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    for utc in range(first, first + 4 * 1440 * MINUTE, 13 * MINUTE):
        assert any(lo <= utc < hi for lo, hi in spans) == holds(made, utc)


NIGHT = interval(range(7), 22 * 60, 30 * 60)
EVERY_DAY = interval(range(7), 0, 1440)


def test_a_night_over_new_year_began_in_the_old_year() -> None:
    tested = Schedule(schedule("nights", NIGHT), LONDON, {})
    for asked in ("2026-12-31T23:00", "2027-01-01T00:00", "2027-01-01T05:59"):
        assert tested.began(utc_of(asked)) == utc_of("2026-12-31T22:00")
    assert tested.active(utc_of("2027-01-01T05:59"))
    assert not tested.active(utc_of("2027-01-01T06:00"))


def test_what_is_open_day_and_night_began_with_the_first_day_it_was_not() -> None:
    closed = date(2025, 6, 1)
    tested = Schedule(schedule("s", EVERY_DAY), LONDON, {closed: "holiday"})
    assert tested.began(utc_of("2027-03-01T12:00")) == utc_of("2025-06-01T23:00")


@pytest.mark.parametrize("id", ["s", "always"])
def test_what_was_never_closed_never_began(id: str) -> None:
    tested = Schedule(schedule(id, EVERY_DAY), LONDON, {})
    assert tested.began(utc_of("2027-03-01T12:00")) == -FOREVER
    assert tested.active(utc_of("2027-03-01T12:00"))


def test_a_term_that_goes_on_for_years_began_once() -> None:
    term = replace(EVERY_DAY, starts=date(2025, 9, 1))
    assert Schedule(schedule("s", term), LONDON, {}).began(utc_of("2027-03-01T12:00")) == utc_of("2025-08-31T23:00")


@pytest.mark.parametrize("zone", ["Pacific/Apia", "Pacific/Kiritimati", "Europe/London"])
def test_the_first_instant_of_a_year_belongs_to_it(zone: str) -> None:
    tested = Schedule(schedule("s", interval(range(7), 0, 60, ["first"])), ZoneInfo(zone), {date(2027, 1, 1): "first"})
    begins = int(datetime(2027, 1, 1, tzinfo=ZoneInfo(zone)).timestamp()) * S
    assert tested.active(begins)
    assert tested.began(begins) == begins
    assert tested.next_transition(begins) == begins + 60 * MINUTE


def test_a_day_that_is_not_there_has_no_hours_and_the_night_before_it_ends_with_its_evening() -> None:
    apia = ZoneInfo("Pacific/Apia")  # after Thursday the 29th of December 2011 came Saturday the 31st
    jump = utc_of("2011-12-30T10:00")
    fridays = Schedule(schedule("s", interval([4], 0, 1440)), apia, {})
    assert not any(fridays.active(jump + n * 30 * MINUTE) for n in range(-48, 48))
    thursdays = Schedule(schedule("s", interval([3], 22 * 60, 30 * 60)), apia, {})
    assert thursdays.active(jump - 1)
    assert not thursdays.active(jump)


# -- rule sets for a stated time ---------------------------------------------------------------------------------------


def test_an_overlay_cuts_a_period_short_at_both_ends() -> None:
    lo, hi = utc_of("2026-11-23T10:30") + 1, utc_of("2026-11-24T09:15")
    tested = Schedule(overlaid("office@gala", (lo, hi), interval(WEEK, 540, 1020)), LONDON, {})
    monday = [lo, utc_of("2026-11-23T17:00")]
    tuesday = [utc_of("2026-11-24T09:00"), hi]
    assert [tested.active(t) for t in (lo - 1, lo, monday[1] - 1, monday[1], tuesday[0], hi - 1, hi)] == [
        False,
        True,
        True,
        False,
        True,
        True,
        False,
    ]
    moments = [lo - 1, *monday, tuesday[0], hi - 1]
    assert [tested.next_transition(t) for t in moments[:-1]] == [*monday, *tuesday]
    assert tested.next_transition(hi) is None
    assert tested.began(lo + 5) == lo
    assert [span for n in range(2) for span in tested.spans(date(2026, 11, 23 + n))] == [tuple(monday), tuple(tuesday)]


def test_an_overlay_over_new_year_that_lasts_for_years() -> None:
    lo, hi = utc_of("2026-12-31T12:00"), utc_of("2029-02-01T00:00")
    tested = Schedule(overlaid("always@gala", (lo, hi), EVERY_DAY), LONDON, {})
    assert [tested.active(t) for t in (lo - 1, lo, utc_of("2028-06-01T00:00"), hi - 1, hi)] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert tested.began(hi - 1) == lo


def test_an_overlay_that_is_over_before_it_begins_never_holds() -> None:
    moment = utc_of("2026-11-23T12:00")
    tested = Schedule(overlaid("s@gala", (moment, moment), EVERY_DAY), LONDON, {})
    assert not any(tested.active(moment + us) for us in (-1, 0, 1))
    assert tested.next_transition(moment - 1) is None
