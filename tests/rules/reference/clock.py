"""Schedules by the wall clock, and minute by minute where a stretch of time is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.policy import Interval, Policy

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = timedelta(days=1)


def local(policy: Policy, utc: int) -> datetime:
    return datetime.fromtimestamp(utc // SECOND, UTC).astimezone(ZoneInfo(policy.timezone))


def holds(policy: Policy, schedule_id: str, utc: int) -> bool:
    """Whether a schedule is active."""
    if schedule_id in ("always", "never"):
        return schedule_id == "always"
    schedule = policy.schedules[schedule_id]
    if schedule.within is not None and not schedule.within[0] <= utc < schedule.within[1]:
        return False
    return inside(schedule.intervals, policy.holidays, local(policy, utc))


def inside(intervals: tuple[Interval, ...], holidays: Mapping[date, str], moment: datetime) -> bool:
    """Whether the wall clock lies in an interval of its date, or in what is left of the date before.

    Nothing is left where the interval is cut at midnight and does not name the new date.
    """
    for back in (0, 1):
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


def held_since(policy: Policy, schedule_id: str, since: int, now: int) -> bool:
    """Whether a schedule was active without a break from one instant to the other."""
    if schedule_id in ("always", "never"):
        return schedule_id == "always"
    moments = [since, *range(since // MINUTE * MINUTE + MINUTE, now, MINUTE), now]
    within = policy.schedules[schedule_id].within
    moments += [edge for edge in within or () if since <= edge <= now]
    return since <= now and all(holds(policy, schedule_id, at) for at in moments)


def passed(policy: Policy, minutes: tuple[int, ...], since: int, now: int) -> bool:
    """Whether the clock came to one of these minutes of the day after `since`; it also does where it jumps over it."""
    before = local(policy, since).replace(tzinfo=None, second=0)
    for utc in range(since // MINUTE * MINUTE + MINUTE, now + 1, MINUTE):
        after = local(policy, utc).replace(tzinfo=None, second=0)
        days = [before.date() + n * DAY for n in range((after.date() - before.date()).days + 1)] or [after.date()]
        marks = [datetime(d.year, d.month, d.day) + timedelta(minutes=m) for d in days for m in minutes]
        if any(mark == after or before < mark < after for mark in marks):
            return True
        before = after
    return False
