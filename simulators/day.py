"""One day on the demo site, from before opening to the guard's last round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulators import day_closed, day_open
from simulators.scene import Scene

ZONE = ZoneInfo("Europe/London")
DATE = date(2026, 11, 25)
"""A Wednesday that is no holiday: the same day in every demo."""

BEGIN = "06:45"

DAY: tuple[Scene, ...] = (
    day_open.BEFORE_OPENING,
    day_open.ARRIVALS,
    day_open.RECEPTION,
    day_open.DOORS,
    day_open.CABLES,
    day_open.FIRE,
    day_open.LOCKDOWN,
    day_open.BROKER,
    day_closed.EVENING,
    day_closed.NIGHT,
    day_closed.ROUNDS,
)


def moment(clock_time: str, day: int = 0) -> int:
    """ns since 1970 of a local `HH:MM` on the demo's `day`-th day."""
    local = datetime.combine(DATE + timedelta(days=day), time.fromisoformat(clock_time), ZONE)
    return int(local.timestamp()) * 1_000_000_000


def workday(day: int) -> bool:
    """Monday to Friday."""
    return (DATE + timedelta(days=day)).weekday() < 5


def fitting(seconds: float | None, speed: int) -> Sequence[Scene]:
    """As much of the day as fits into `seconds` of real time; the whole of it for None."""
    chosen: list[Scene] = []
    shown = moment(BEGIN)
    for scene in DAY:
        needed = scene.seconds + (moment(scene.at) - shown) / 1e9 / speed
        if seconds is not None and needed > seconds:
            break
        seconds = None if seconds is None else seconds - needed
        shown = moment(scene.at)
        chosen.append(scene)
    return chosen
