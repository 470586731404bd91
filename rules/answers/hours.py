"""Times of the day and days of the week, in words."""

from __future__ import annotations

from collections.abc import Iterator

from rules.wall import MINUTES, SECOND

MINUTE_US = 60 * SECOND

Piece = tuple[int, int]
"""Minutes of the local day it begins on; the second may lie on the next."""

Pieces = tuple[Piece, ...]

EVERY = "every day"
WHOLE: Pieces = ((0, MINUTES),)
_WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def grouped(week: tuple[Pieces, ...]) -> Iterator[tuple[str, Pieces]]:
    """Days of the same times together: `Mon-Fri`, `Sat`, `every day`."""
    if len(set(week)) == 1:
        if week[0]:
            yield EVERY, week[0]
        return
    for pieces in dict.fromkeys(found for found in week if found):
        yield ", ".join(_runs([n for n, found in enumerate(week) if found == pieces])), pieces


def _runs(days: list[int]) -> Iterator[str]:
    start = days[0]
    for day, after in zip(days, [*days[1:], 99], strict=True):
        if after != day + 1:
            yield _WEEK[start] if start == day else f"{_WEEK[start]}{'-' if day > start + 1 else ', '}{_WEEK[day]}"
            start = after


def times(pieces: Pieces) -> str:
    """`07:00-12:00 and 13:00-19:00`, or `all day`."""
    if pieces == WHOLE:
        return "all day"
    return " and ".join(f"{time(start)}-{time(end)}" for start, end in pieces)


def time(minute: int, utc: int = 0) -> str:
    seconds = utc % MINUTE_US // SECOND
    minute = minute if minute <= MINUTES else minute % MINUTES
    return f"{minute // 60:02d}:{minute % 60:02d}" + (f":{seconds:02d}" if seconds else "")
