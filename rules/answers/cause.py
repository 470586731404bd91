"""What stands behind a reason to deny, as values, and the words for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from rules.access import settled
from rules.asked import Asked, given
from rules.model.reasons import Reason
from rules.people import People, Person
from rules.policy import Source
from rules.ruling import grant_ruling, ruling_of
from rules.site import Demand, Rule, Site

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Written(Protocol):
    """Whatever has an id and a place it was written at."""

    @property
    def id(self) -> str: ...

    @property
    def source(self) -> Source: ...


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would turn the answer. code: what kind of thing; at: us since 1970, where it needs that moment.

    become: where the person would have to be another, what they could be: each of these does.
    """

    code: str
    text: str
    rule: str | None = None
    source: Source | None = None
    at: int | None = None
    become: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that denies, by a rule or not. changes: any one of them would end it."""

    reason: Reason
    text: str
    changes: tuple[Change, ...]
    rule: str | None = None
    source: Source | None = None


# -- words ------------------------------------------------------------------------------------------------------------


def local(site: Site, utc: int) -> str:
    """`Mon 2026-11-23 07:00` on the site's wall clock, with the offset where that hour comes twice."""
    moment = (_EPOCH + timedelta(microseconds=utc)).astimezone(ZoneInfo(site.timezone))
    twice = moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
    return moment.strftime("%a %Y-%m-%d %H:%M" + (":%S" if moment.second else "") + (" %z" if twice else ""))


def named(rule: Written) -> str:
    """`staff-all (rules.yaml:21)`"""
    return f"{rule.id} ({rule.source.file}:{rule.source.line})"


def listed(words: Iterable[str], last: str = ", ") -> str:
    """In order; `last` stands before the last one."""
    *first, end = sorted(words) or [""]
    return f"{', '.join(first)}{last}{end}" if first else end


def lasting(us: int) -> str:
    """`20 s`, `2 min`, `8 h`, `30 days`: the largest unit that says it exactly."""
    seconds = us // 1_000_000
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length and not seconds % length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def distinct(rules: Iterable[Rule]) -> list[Rule]:
    """Each once, by id."""
    return sorted({rule.id: rule for rule in rules}.values(), key=lambda rule: rule.id)


def turn(asked: Asked, rule: Rule | Demand, text: str) -> Iterator[Change]:
    """The moment a rule's schedule begins or ends next, if it does within a year."""
    at = rule.schedule.next_transition(asked.utc)
    if at is not None:
        yield Change("wait", f"{named(rule)} {text} {local(asked.site, at)}", rule.id, rule.source, at)


def until(asked: Asked, t: int) -> int:
    """us since 1970 of a later `t`."""
    return asked.utc + t - asked.request.t


# -- what would be ----------------------------------------------------------------------------------------------------


def supposed(asked: Asked, person: Person | None = None, utc: int | None = None) -> Asked:
    """The same, were the person another one, or the moment."""
    whose = asked.person if person is None else person
    request = asked.request
    if utc is not None:
        request = replace(request, utc=utc, t=request.t + utc - request.utc)
    site = asked.site if person is None else _with(asked.site, person)
    classes = site.members.of(whose) if whose is not None else ()
    ruling = ruling_of(site, asked.state, asked.way, whose, classes, request.utc, given(request))
    return settled(asked._replace(site=site, request=request, person=whose, classes=classes, ruling=ruling))


def _with(site: Site, person: Person) -> Site:
    """For questions about this person alone: their cards' classes are as before."""
    people = site.people
    return replace(site, people=People(people.rev, {**people.persons, person.id: person}, people.credentials))


def speaking(asked: Asked) -> set[Reason]:
    """Every reason that speaks against it, and what the grants say beneath a denial."""
    found = {reason for check in asked.way.checks for reason in check(asked)}
    return (found | _beneath(asked)) - {Reason.GRANTED_SOFT_PASSBACK, Reason.GRANTED}


def _beneath(asked: Asked) -> set[Reason]:
    """What the grants alone say, of somebody who is known."""
    if asked.person is None:
        return set()
    site, state, way = asked.site, asked.state, asked.way
    return {grant_ruling(site, state, way, asked.person, asked.classes, asked.utc, given(asked.request)).reason}
