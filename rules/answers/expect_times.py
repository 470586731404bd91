"""When an assertion is meant to hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from rules import wall
from rules.answers.audit import Audit
from rules.answers.spans import Spans, union
from rules.policy import ExpectPolicy
from rules.site import Site


@dataclass(frozen=True, slots=True)
class Times:
    """spans: the moments or stretches that are meant, None for any time; why_none: why there are none."""

    spans: Spans | None
    why_none: str = ""


def times_of(audit: Audit, expected: ExpectPolicy, lo: int, hi: int) -> Times:
    """Within lo <= utc < hi, us since 1970; a date from `lo` on counts however far it is."""
    if expected.when is not None:
        return Times(audit.active_schedule(expected.when), f"schedule {expected.when} is not active")
    if expected.at is None:
        return Times(None)
    weekday, day, minute = expected.at
    if day is not None:
        found = union(span for span in _on(audit.site, day, minute) if span[0] >= lo)
        return Times(found, "the moment has passed")
    assert weekday is not None
    return Times(union(_weekly(audit.site, weekday, minute, lo, hi)), "there is no such moment")


def _weekly(site: Site, weekday: int, minute: int, lo: int, hi: int) -> Iterator[tuple[int, int]]:
    """On every such weekday that is no holiday."""
    zone, holidays = ZoneInfo(site.timezone), site.policy.holidays
    day, last = wall.local_date(lo, zone), wall.local_date(hi, zone)
    day += (weekday - day.weekday()) % 7 * wall.DAY
    while day <= last:
        if day not in holidays:
            yield from (span for span in _on(site, day, minute) if lo <= span[0] < hi)
        day += 7 * wall.DAY


def _on(site: Site, day: date, minute: int) -> Iterator[tuple[int, int]]:
    """The instant at which the clock shows it: none where it is left out, two where it comes twice."""
    found = wall.occurrences(day, minute, minute + 1, ZoneInfo(site.timezone))
    return ((at, at + 1) for at, _ in found)
