"""What grants, minimums and time together say: when a passage is open to somebody, and what it asks at each time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from rules.answers.ask import NONE, Ask, Grant, Minimum, ask
from rules.answers.spans import Span, Spans, common, stretches, union
from rules.calendar import Schedule
from rules.site import Demand, Rule

Asks = Mapping[Ask, Spans]
"""What is asked, and when. The times of different answers never overlap."""


class Granted(NamedTuple):
    """A grant with the times at which it holds for somebody. schedule: says since when it does."""

    grant: Grant
    spans: Spans
    schedule: Schedule


class Demanded(NamedTuple):
    minimum: Minimum
    spans: Spans


def grant_of(rule: Rule, classes: Collection[str], order: tuple[str, str], partners: frozenset[str] = NONE) -> Grant:
    """How a rule counts for somebody of these classes: whoever may be first waits for nobody."""
    first = NONE if not rule.first_person.isdisjoint(classes) else rule.first_person
    return Grant(order, rule.require.factors, rule.two_person, rule.escort, first, rule.who.valid, partners)


def minimum_of(demand: Demand) -> Minimum:
    return Minimum(demand.factors, demand.two_person, demand.escort)


def asks(grants: Sequence[Granted], minimums: Sequence[Demanded], region: Spans) -> Asks:
    """What is asked within the region; exact at every transition."""
    found: dict[Ask, list[Span]] = {}
    known: dict[int, Ask | None] = {}
    waiting = sum(1 << n for n, granted in enumerate(grants) if granted.grant.first)
    tracks = [*(granted.spans for granted in grants), *(demanded.spans for demanded in minimums)]
    for lo, hi, mask in stretches(tracks, region):
        if mask & waiting:
            answer = _answer(grants, minimums, mask, lo)
        else:
            if mask not in known:
                known[mask] = _answer(grants, minimums, mask, lo)
            answer = known[mask]
        if answer is not None:
            found.setdefault(answer, []).append((lo, hi))
    return {answer: union(spans) for answer, spans in found.items()}


def _answer(grants: Sequence[Granted], minimums: Sequence[Demanded], mask: int, at: int) -> Ask | None:
    held = (granted for n, granted in enumerate(grants) if mask >> n & 1)
    forced = (demanded.minimum for n, demanded in enumerate(minimums, len(grants)) if mask >> n & 1)
    return ask(((g.grant, g.schedule.began(at) if g.grant.first else 0) for g in held), forced)


def within(found: Asks, limits: Spans) -> Asks:
    """The part of it that lies in `limits`."""
    cut = ((answer, common(spans, limits)) for answer, spans in found.items())
    return {answer: spans for answer, spans in cut if spans}


def whole(found: Asks) -> Spans:
    """All times at which it is open at all."""
    return union(span for spans in found.values() for span in spans)
