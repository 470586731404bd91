"""Random schedules around one moment: each way in which the language says when, and some that nobody would write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.policy import Interval, SchedulePolicy
from tests.rules.builder import WEEK, S, interval, schedule
from tests.rules.dice import Dice
from tests.rules.wording import overlaid

SCHEDULES = [
    *("always", "office", "nights", "sundays", "cut", "term", "daily", "odd", "never"),
    *("open@gala", "office@gala", "odd@gala"),
]
LIKELY = [*["always"] * 6, "daily", *SCHEDULES]
TYPES = ["holiday", "half_day", "bridge"]
HOUR = 3600 * S


def schedules(dice: Dice, zone: str, moment: int) -> tuple[SchedulePolicy, ...]:
    """Around a moment, us since 1970: those with a name are always the same, `odd` and what overlays are is drawn."""
    local = datetime.fromtimestamp(moment // S, UTC).astimezone(ZoneInfo(zone))
    day = datetime.fromtimestamp(moment // S, UTC).date()
    office = interval(WEEK, 7 * 60, 19 * 60), interval((), 7 * 60, 12 * 60, ["half_day"])
    whole = interval(range(7), 0, 1440, TYPES)
    odd = tuple(_odd(dice, local) for _ in range(1 + dice.below(3)))
    term = replace(interval(range(7), 0, 1440, ["holiday"]), starts=day, ends=day + timedelta(days=1))
    cut = replace(interval([*WEEK, 6], 21 * 60, 30 * 60, ["half_day"]), cut_at_midnight=True)
    return (
        schedule("office", *office),
        schedule("sundays", interval({6}, 0, 1440), interval({5}, 23 * 60, 26 * 60, ["holiday"])),
        schedule("cut", cut),
        schedule("term", term),
        schedule("daily", interval(range(7), 0, 1439)),
        schedule("odd", *odd),
        overlaid("open@gala", (moment - HOUR, moment + HOUR + S + 1), whole),
        overlaid("office@gala", _within(dice, moment), *office),
        overlaid("odd@gala", _within(dice, moment), *odd),
    )


def _within(dice: Dice, moment: int) -> tuple[int, int]:
    begins = moment - dice.one([HOUR, 0, 30 * HOUR, 400 * 24 * HOUR])
    return begins, begins + dice.one([2 * HOUR, HOUR, 30 * HOUR, 60 * S, 800 * 24 * HOUR])


def _odd(dice: Dice, local: datetime) -> Interval:
    """Begins or ends about the time of day of the moment, or at midnight; may go on into the next day."""
    about = (local.hour * 60 + local.minute + dice.one([0, -60, 30, -1, 120]) + 1440) % 1440
    start = dice.one([about, 0, 1439, dice.below(1440)])
    length = dice.one([60, 1, 1440, 1 + dice.below(1440), 1440 - start or 1])
    return Interval(
        frozenset(dice.one([range(7), range(7), WEEK, [5, 6], [], [local.weekday()]])),
        frozenset(dice.some(TYPES, 2)),
        start,
        start + length,
        dice.rarely(4),
        _date(dice, local.date(), [-1, 0, 1, -400]),
        _date(dice, local.date(), [1, 0, -1, 400]),
    )


def _date(dice: Dice, day: date, away: list[int]) -> date | None:
    return day + timedelta(days=dice.one(away)) if dice.rarely(4) else None


def holidays(dice: Dice, moment: int) -> dict[date, str]:
    """On some days around a moment."""
    day = datetime.fromtimestamp(moment // S, UTC).date()
    near = [day + timedelta(days=n) for n in (-1, 0, 1, -2, 2)]
    return {found: dice.one(["half_day", "holiday", "bridge"]) for found in dice.some(near, 3)}
