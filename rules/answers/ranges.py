"""Stretches of time in the words a person has for them: `Mon-Fri 19:00-21:00 except holidays`.

What is said is checked against the stretches themselves: days that do not fit are named, one by one or as many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from rules import wall
from rules.answers.hours import EVERY, MINUTE_US, WHOLE, Piece, Pieces, grouped, time, times
from rules.answers.spans import Spans, clipped, total, union, without
from rules.wall import DAY, DAY_US, MINUTES

FEW = 3
"""So many days are named one by one, without looking for a rule behind them."""

_EXCEPTIONS = 4  # days that may differ from a rule that is told
_ERAS = 3  # rules told one after the other, at most
_VOTE = 28  # days from which the rule of an era is taken
_SOON = 8  # days: what begins or ends so near to the end of what is looked at has no date of its own


@dataclass(frozen=True, slots=True)
class _Rule:
    """week: for each weekday, when; kinds: holiday types that have times of their own. Of days first to last."""

    first: date
    last: date
    week: tuple[Pieces, ...]
    kinds: Mapping[str, Pieces]


class Teller:
    """Tells of stretches within lo <= utc < hi, us since 1970, on the clock of a zone. holidays: date -> type."""

    def __init__(self, lo: int, hi: int, zone: ZoneInfo, holidays: Mapping[date, str]) -> None:
        self._lo, self._hi, self._zone, self._holidays = lo, hi, zone, holidays
        self._first, self._last = wall.local_date(lo, zone), wall.local_date(hi - 1, zone)
        self._told: dict[Spans, str] = {}
        self._midnights: dict[date, int] = {}

    def tell(self, spans: Spans) -> str:
        """`always`, `never`, days one by one, or the rule behind them with its exceptions."""
        found = self._told.get(spans)
        if found is None:
            found = self._told[spans] = self._tell(spans)
        return found

    def _tell(self, spans: Spans) -> str:
        whole = ((self._lo, self._hi),)
        if not spans or spans == whole:
            return "always" if spans else "never"
        text = self._tell_part(spans)
        if 2 * total(spans) > self._hi - self._lo:
            rest = f"all times but ({self._tell_part(without(whole, spans))})"
            return min(rest, text, key=len)
        return text

    def _tell_part(self, spans: Spans) -> str:
        if len({self._day(lo) for lo, _ in spans}) <= FEW:
            return ", ".join(map(self._stretch, spans))
        days = self._by_day(spans)
        first, last = min(days), max(days)
        dated = not all(day in self._holidays for day in days)  # holidays are dates enough
        first = first if dated and first - self._first >= _SOON * DAY else self._first
        last = last if dated and self._last - last >= _SOON * DAY else self._last
        return self._by_rules(spans, days, first, last)

    # -- finding the rule ---------------------------------------------------------------------------------------------

    def _by_rules(self, spans: Spans, days: Mapping[date, Pieces], first: date, last: date) -> str:
        parts: list[str] = []
        while first <= last:
            rule = self._rule(days, first, last, last)
            odd = self._odd_days(spans, rule)
            if len(odd) > _EXCEPTIONS and len(parts) < _ERAS:
                rule = self._rule(days, first, last, first + _VOTE * DAY)
                odd = self._odd_days(spans, rule)
                if len(odd) > _EXCEPTIONS and odd[0] - first > _SOON * DAY:
                    rule = _Rule(first, odd[0] - DAY, rule.week, rule.kinds)
                    odd = []
            if len(odd) > _EXCEPTIONS:
                return "; then ".join([*parts, self._many(clipped(spans, self._midnight(first), self._hi))])
            if self._said(rule) or odd:
                parts.append(self._with_dates(rule, self._told_of(rule), self._exceptions(spans, rule, odd)))
            first = rule.last + DAY
        return "; then ".join(parts)

    def _rule(self, days: Mapping[date, Pieces], first: date, last: date, until: date) -> _Rule:
        """What most days between `first` and `until` do."""
        votes: list[Counter[Pieces]] = [Counter() for _ in range(7)]
        special: dict[str, Counter[Pieces]] = {}
        for day in _days(first, last):
            kind = self._holidays.get(day)
            whole = self._first < day < self._last or first == last
            if kind is not None:
                special.setdefault(kind, Counter())[days.get(day, ())] += 1
            elif day <= until and whole:
                votes[day.weekday()][days.get(day, ())] += 1
        week = tuple(vote.most_common(1)[0][0] if vote else () for vote in votes)
        kinds = {kind: vote.most_common(1)[0][0] for kind, vote in sorted(special.items())}
        own = {k: p for k, p in kinds.items() if not self._follows(days, k, week, first, last)}
        return _Rule(first, last, week, own)

    def _follows(
        self, days: Mapping[date, Pieces], kind: str, week: tuple[Pieces, ...], first: date, last: date
    ) -> bool:
        """True where days of this type are like any other."""
        return all(
            days.get(day, ()) == week[day.weekday()]
            for day, found in self._holidays.items()
            if found == kind and first <= day <= last and self._first < day < self._last
        )

    def _pieces(self, rule: _Rule, day: date) -> Pieces:
        kind = self._holidays.get(day)
        return rule.kinds[kind] if kind is not None and kind in rule.kinds else rule.week[day.weekday()]

    def _odd_days(self, spans: Spans, rule: _Rule) -> list[date]:
        missing, extra = self._against(spans, rule)
        return sorted({self._start_day(span) for span in (*missing, *extra)})

    def _against(self, spans: Spans, rule: _Rule) -> tuple[Spans, Spans]:
        """(what the rule says and is not so, what is so besides)."""
        lo, hi = max(self._lo, self._midnight(rule.first)), min(self._hi, self._midnight(rule.last + DAY))
        lead = rule.first - 2 * DAY if rule.first == self._first else rule.first
        held = union(span for day in _days(lead, rule.last) for span in self._spans(self._pieces(rule, day), day))
        expected, found = clipped(held, lo, max(hi, lo)), clipped(spans, lo, hi)
        if rule.last < self._last:  # what begins on the last day may go on into the next
            tail = hi + DAY_US
            expected, found = clipped(held, lo, tail), union((*found, *_reaching(spans, hi, tail)))
        if rule.first > self._first:  # what the days before it began is theirs
            found = without(found, _reaching(spans, lo, hi))
            expected = without(expected, _reaching(spans, lo, hi)) if found else expected
        return without(expected, found), without(found, expected)

    def _spans(self, pieces: Pieces, day: date) -> Iterator[tuple[int, int]]:
        for start, end in pieces:
            yield from wall.occurrences(day, start, end, self._zone)

    # -- days ---------------------------------------------------------------------------------------------------------

    def _by_day(self, spans: Spans) -> dict[date, Pieces]:
        """What begins on each day; a stretch that lasts longer than one is cut at midnight."""
        found: dict[date, list[Piece]] = {}
        for lo, hi in spans:
            for day, piece in self._cut(lo, hi):
                found.setdefault(day, []).append(piece)
        return {day: tuple(pieces) for day, pieces in found.items()}

    def _cut(self, lo: int, hi: int) -> Iterator[tuple[date, Piece]]:
        day, start = self._clock(lo)
        last, end = self._clock(hi - 1)
        whole = end + 1 + (last - day).days * MINUTES
        if whole - start <= MINUTES:
            yield day, (start, whole)
            return
        while day < last:
            yield day, (start, MINUTES)
            day, start = day + DAY, 0
        yield last, (start, end + 1)

    def _clock(self, utc: int) -> tuple[date, int]:
        """(date, whole minute of it) that the wall clock shows."""
        local = wall.naive(utc + wall.offset(utc, self._zone))
        return local.date(), local.hour * 60 + local.minute

    def _day(self, utc: int) -> date:
        return wall.local_date(utc, self._zone)

    def _start_day(self, span: tuple[int, int]) -> date:
        return self._day(span[0])

    def _midnight(self, day: date) -> int:
        found = self._midnights.get(day)
        if found is None:
            found = self._midnights[day] = wall.midnight(day, self._zone)
        return found

    # -- words --------------------------------------------------------------------------------------------------------

    def _said(self, rule: _Rule) -> bool:
        return any(rule.week) or any(rule.kinds.values())

    def _told_of(self, rule: _Rule) -> str:
        parts = [
            name if name == EVERY and pieces == WHOLE else f"{name} {times(pieces)}"
            for name, pieces in grouped(rule.week)
        ]
        closed = {kind for kind, pieces in rule.kinds.items() if not pieces}
        parts += [f"on {kind} {times(pieces)}" for kind, pieces in rule.kinds.items() if pieces]
        text = ", ".join(parts) or "never"
        if closed and any(rule.week):
            usual = closed >= self._kinds(rule) or closed == {"holiday"}
            text += " except holidays" if usual else f" except on {', '.join(sorted(closed))}"
        return text

    def _kinds(self, rule: _Rule) -> set[str]:
        return {kind for day, kind in self._holidays.items() if rule.first <= day <= rule.last}

    def _exceptions(self, spans: Spans, rule: _Rule, odd: Iterable[date]) -> str:
        missing, extra = self._against(spans, rule) if odd else ((), ())
        parts = []
        if missing:
            parts.append(f"not {', '.join(map(self._stretch, missing))}")
        if extra:
            parts.append(f"also {', '.join(map(self._stretch, extra))}")
        return "; ".join(parts)

    def _with_dates(self, rule: _Rule, text: str, exceptions: str) -> str:
        if rule.first > self._first:
            text += f" from {self._date(rule.first)}"
        if rule.last < self._last:
            text += f" until {self._date(rule.last)}"
        return f"{text}, {exceptions}" if exceptions else text

    def _many(self, spans: Spans) -> str:
        named = ", ".join(map(self._stretch, spans[:FEW]))
        return f"{named} and {len(spans) - FEW} times more" if len(spans) > FEW else named

    def _stretch(self, span: tuple[int, int]) -> str:
        """`Thu 24 Dec 12:00-19:00`, `Thu 24 Dec all day`, `Thu 24 Dec 12:00 to Sat 26 Dec 08:00`."""
        lo, hi = span
        day, start = self._clock(lo)
        last, end = self._clock(hi - 1)
        if self._is_whole(lo, hi, day):
            return f"{self._date(day)} all day"
        begin, final = time(start, lo), time(end + (not hi % MINUTE_US), hi)
        if (last - day).days * MINUTES + end + 1 - start <= MINUTES:
            return f"{self._date(day)} {begin}-{final}{self._zones(lo, hi)}"
        if hi == self._hi:
            return f"from {self._date(day)} {begin} on"
        until = f"{self._date(last)} {final}"
        return f"until {until}" if lo == self._lo else f"{self._date(day)} {begin} to {until}"

    def _is_whole(self, lo: int, hi: int, day: date) -> bool:
        return lo == self._midnight(day) and hi == self._midnight(day + DAY)

    def _zones(self, lo: int, hi: int) -> str:
        """What the time is called where the clocks are set on that day: some hours come twice."""
        day = self._day(lo)
        changed = wall.offset(self._midnight(day), self._zone) != wall.offset(self._midnight(day + DAY), self._zone)
        return f" {wall.name(lo, self._zone)}" if changed else ""

    def _date(self, day: date) -> str:
        """With the year where it is not that of the beginning."""
        text = f"{day:%a} {day.day} {day:%b}"
        return text if day.year == self._first.year else f"{text} {day.year}"


def _reaching(spans: Spans, at: int, until: int) -> Spans:
    """What goes on over a moment, from there on."""
    return tuple((at, min(hi, until)) for lo, hi in clipped(spans, at - 1, until) if lo < at < hi)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
