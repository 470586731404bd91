"""What stands behind a reason to deny, as values, and the words for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.access import Asked
from rules.model.reasons import Reason
from rules.policy import Source
from rules.site import Demand, Rule, Site

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would turn the answer. code: what kind of thing; at: us since 1970, where it needs that moment."""

    code: str
    text: str
    rule: str | None = None
    source: Source | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that denies, by a rule or not. changes: any one of them would end it."""

    reason: Reason
    text: str
    changes: tuple[Change, ...]
    rule: str | None = None
    source: Source | None = None


def local(site: Site, utc: int) -> str:
    """`Mon 2026-11-23 07:00` on the site's wall clock, with the offset where that hour comes twice."""
    moment = (_EPOCH + timedelta(microseconds=utc)).astimezone(ZoneInfo(site.timezone))
    twice = moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
    return moment.strftime("%a %Y-%m-%d %H:%M" + (":%S" if moment.second else "") + (" %z" if twice else ""))


def named(rule: Rule | Demand) -> str:
    """`staff-all (rules.yaml:21)`"""
    return f"{rule.id} ({rule.source.file}:{rule.source.line})"


def distinct(rules: Iterable[Rule]) -> list[Rule]:
    """Each once, by id."""
    return sorted({rule.id: rule for rule in rules}.values(), key=lambda rule: rule.id)


def turn(asked: Asked, rule: Rule | Demand, text: str) -> Iterator[Change]:
    """The moment a rule's schedule begins or ends next, if it does within a year."""
    at = rule.schedule.next_transition(asked.stamp.utc)
    if at is not None:
        yield Change("wait", f"{named(rule)} {text} {local(asked.site, at)}", rule.id, rule.source, at)
