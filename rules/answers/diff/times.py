"""The schedules of two versions by what they mean within a stretch of time, so that equal ones get one number."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import date
from zoneinfo import ZoneInfo

from rules.answers.spans import Spans, active, apart, union
from rules.calendar import Schedule
from rules.policy import SchedulePolicy
from rules.site import Site
from rules.wall import DAY, local_date

Token = int
"""Stands for when a schedule is active."""

_MARGIN = 3 * DAY  # what begins before the stretch may last into it


class Times:
    """Within lo <= utc < hi. Transitions are worked out only where the definitions of both versions differ."""

    def __init__(self, old: Site, new: Site, lo: int, hi: int) -> None:
        self.whole: Spans = ((lo, hi),)
        self._lo, self._hi = lo, hi
        self._tokens: dict[Hashable, Token] = {}
        self._schedules: list[Schedule] = []
        self._spans: dict[Token, Spans] = {}
        self._unions: dict[frozenset[Token], Spans] = {}
        self._apart: dict[tuple[frozenset[Token], frozenset[Token]], Spans] = {}
        self._alike: dict[Spans, Token] = {}
        self._known: tuple[dict[str, Token], dict[str, Token]] = {}, {}
        self._number(old, new)

    def token(self, schedule: Schedule, side: int) -> Token:
        return self._known[side][schedule.id]

    def of(self, schedule: str | None, side: int) -> Token | None:
        """By the schedule's id; None stays None."""
        return None if schedule is None else self._known[side][schedule]

    def spans(self, token: Token) -> Spans:
        found = self._spans.get(token)
        if found is None:
            found = self._spans[token] = active(self._schedules[token], self._lo, self._hi)
        return found

    def alike(self, token: Token) -> Token:
        """One for all that are active at the same times: the same schedule can be written in several ways."""
        return self._alike.setdefault(self.spans(token), token)

    def schedule(self, token: Token) -> Schedule:
        """One that means this."""
        return self._schedules[token]

    def union(self, tokens: Iterable[Token]) -> Spans:
        """While any of them is active."""
        key = frozenset(tokens)
        found = self._unions.get(key)
        if found is None:
            found = self._unions[key] = union(span for token in key for span in self.spans(token))
        return found

    def apart(self, old: frozenset[Token], new: frozenset[Token]) -> Spans:
        """A stretch outside of which the one and the other are active at the same times."""
        key = old - new, new - old
        found = self._apart.get(key)
        if found is None:
            found = self._apart[key] = apart(self.union(key[0]), self.union(key[1]))
        return found

    # -- numbering ----------------------------------------------------------------------------------------------------

    def _number(self, old: Site, new: Site) -> None:
        same_days = old.timezone == new.timezone and self._holidays(old) == self._holidays(new)
        meanings = [{id: _meaning(found) for id, found in site.policy.schedules.items()} for site in (old, new)]
        shared = set(meanings[0].values()) & set(meanings[1].values()) if same_days else set()
        for side, site in enumerate((old, new)):
            for id, schedule in site.schedules.items():
                meaning = meanings[side][id]
                self._known[side][id] = self._named(schedule, meaning if meaning in shared else None)

    def _named(self, schedule: Schedule, meaning: Hashable | None) -> Token:
        """A number by its definition, or by its transitions."""
        spans = None if meaning is not None else active(schedule, self._lo, self._hi)
        key = ("means", meaning) if spans is None else ("spans", spans, self._began(schedule, spans))
        token = self._tokens.get(key)
        if token is None:
            token = self._tokens[key] = len(self._schedules)
            self._schedules.append(schedule)
            if spans is not None:
                self._spans[token] = spans
        return token

    def _began(self, schedule: Schedule, spans: Spans) -> int:
        """When the period began that the stretch begins within, if it does: who has to be first counts since then."""
        return schedule.began(self._lo) if spans and spans[0][0] == self._lo else self._lo

    def _holidays(self, site: Site) -> dict[date, str]:
        zone = ZoneInfo(site.timezone)
        first, last = local_date(self._lo, zone) - _MARGIN, local_date(self._hi, zone) + _MARGIN
        return {day: kind for day, kind in site.policy.holidays.items() if first <= day <= last}


def _meaning(policy: SchedulePolicy) -> Hashable:
    constant = policy.id if policy.id in ("always", "never") else None
    return constant, frozenset(policy.intervals), policy.within
