"""When an answer turns by itself: the first moment at which time alone makes another decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from heapq import merge
from zoneinfo import ZoneInfo

from rules import wall
from rules.access import decide
from rules.answers.cause import until
from rules.answers.why_rules import restricting
from rules.answers.why_state import next_forgiven
from rules.asked import Asked, Request
from rules.calendar import Schedule
from rules.following import wanted_layers
from rules.mode import with_layer, without_layer
from rules.model.reasons import Reason
from rules.ruling import matching, valid_until
from rules.site import Site, key
from rules.standing import local_day
from rules.state import State


def turns(asked: Asked, horizon: int) -> int | None:
    """The first moment before `horizon`, us since 1970, at which the decision is another, all but time being equal.

    The state is changed meanwhile, and put back.
    """
    if asked.person is None or asked.utc >= horizon:
        return None
    granted = _granted_at(asked, asked.utc)
    last = asked.utc
    for at in merge(*_edges(asked, horizon), sorted(_moments(asked))):
        if last < at < horizon:
            last = at
            if _granted_at(asked, at) != granted:
                return at
    return None


def _granted_at(asked: Asked, utc: int) -> bool:
    """Whether they pass then; a PIN that is asked for is given if it is known."""
    site, state, request = asked.site, asked.state, asked.request
    then = replace(request, utc=utc, t=request.t + utc - request.utc, pin="none")
    known = "ok" if asked.person is not None and asked.person.has_pin else "none"
    with_pin = replace(then, pin=request.pin if request.pin != "none" else known)
    state.mark()
    follow(site, state, (request.door, *asked.way.interlocked), utc)
    try:
        decision = decide(site, state, then)
        if Reason.PIN_REQUIRED in decision.failed and with_pin.pin != "none":
            decision = decide(site, state, with_pin)
        return decision.granted
    finally:
        state.undo()


def follow(site: Site, state: State, doors: tuple[str, ...], utc: int) -> None:
    """Give the doors the layers that their schedules say at `utc`."""
    for id in doors:
        record = state.door(id)
        layers = record.layers
        for layer, wanted in wanted_layers(site, state, site.doors[id], utc):
            if wanted is not (layer in layers):
                layers = with_layer(layers, layer) if wanted else without_layer(layers, layer.layer, layer.by)
        if layers is not record.layers:
            state.doors.put(id, replace(record, layers=layers))


# -- what to look at --------------------------------------------------------------------------------------------------


def _edges(asked: Asked, horizon: int) -> list[Iterator[int]]:
    """The transitions of every schedule that has a part in the decision, each in order."""
    way, site = asked.way, asked.site
    rules = [*matching(way.grants, asked.classes), *matching(way.denials, asked.classes)]
    schedules = {rule.schedule.id: rule.schedule for rule in rules}
    schedules |= {found.rule.schedule.id: found.rule.schedule for found in restricting(asked)}
    schedules |= {demand.schedule.id: demand.schedule for demand in way.demands}
    schedules |= {inspection.schedule.id: inspection.schedule for inspection in way.inspections}
    for id in (asked.request.door, *way.interlocked):
        door = site.doors[id]
        schedules |= {name: site.schedules[name] for name in (door.unlock, door.blocked) if name is not None}
    return [_transitions(schedule, asked.utc, horizon) for _, schedule in sorted(schedules.items())]


def _transitions(schedule: Schedule, utc: int, horizon: int) -> Iterator[int]:
    at = schedule.next_transition(utc)
    while at is not None and at < horizon:
        yield at
        at = schedule.next_transition(at)


def _moments(asked: Asked) -> Iterator[int]:
    """Single moments at which something ends or begins; some may lie in the past."""
    for holder in (asked.credential, asked.person):
        ends = (holder.begins, holder.ends) if holder is not None else ()
        yield from (at for at in ends if at is not None)
    yield from _lapses(asked)
    yield from _limits(asked)
    yield from (until(asked, t) for t in _deadlines(asked, asked.request))
    rule = asked.way.area.passback
    forgiven = next_forgiven(asked.site, rule.forgive, asked.utc) if rule is not None else None
    if forgiven is not None:
        yield forgiven


def _lapses(asked: Asked) -> Iterator[int]:
    """Of whoever asks, and of those who wait for a second person who has the same grant."""
    waiting = asked.state.waiting(key(asked.request.door, asked.request.direction))
    persons = (asked.person, *(asked.site.people.persons.get(one.person) for one in waiting))
    names = {name for rule in matching(asked.way.grants, asked.classes) for name in rule.who.valid}
    stated = (dict(person.attributes) for person in persons if person is not None)
    found = (valid_until(values.get(name), asked.site.timezone) for values in stated for name in sorted(names))
    return (at for at in found if at is not None)


def _limits(asked: Asked) -> Iterator[int]:
    """When a card becomes inactive, and where the last day that was counted begins and ends."""
    use, zone = asked.state.use(asked.request.token or ""), ZoneInfo(asked.site.timezone)
    for limit in asked.site.limits:
        if limit.policy.inactive_after is not None and use.utc:
            yield use.utc + limit.policy.inactive_after + 1
        if limit.policy.max_days is not None and use.day >= local_day(asked.site, asked.utc):
            last = date.fromordinal(use.day)
            yield from (at for span in wall.occurrences(last, 0, wall.MINUTES, zone) for at in span)


def _deadlines(asked: Asked, request: Request) -> Iterator[int]:
    """In `t`: lockouts, a place that counts for so long, those who wait, an escort who goes ahead, an inspection."""
    state, person = asked.state, asked.person
    found = [state.pin(request.token or "").locked_until, state.reader(request.reader).locked_until]
    yield from (t for t in found if t is not None)
    yield from (waiting.until for waiting in state.waiting(key(request.door, request.direction)))
    release = state.door(request.door).release
    if release is not None:
        yield release.lock_until or release.until
    if person is None:
        return
    place, chosen = state.places.get(person.id), state.inspections.get(person.id)
    if place is not None and asked.way.area.passback is not None:
        yield place.t + asked.way.area.passback.window
    if chosen is not None:
        yield chosen.until
