"""What stands behind a denial by the state: where people are, how often a card was used, what stands open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from rules import wall
from rules.answers.cause import Cause, Change, lasting, local, named, speaking, supposed, until
from rules.answers.lacks import SAID, fits
from rules.answers.why_rules import excused
from rules.asked import Asked
from rules.mode import explains_opening
from rules.model.events.access import Use
from rules.model.reasons import Reason
from rules.policy import LimitPolicy, Passback, PassbackMode
from rules.site import Site
from rules.standing import comes, drawn, forgiven_at, is_shut, local_day, newcomers, occupied

# -- passback ---------------------------------------------------------------------------------------------------------


def passback(reason: Reason) -> Callable[[Asked], Iterator[Cause]]:
    """They are where they want to go, or not where they come from, as far as is known."""

    def why(asked: Asked) -> Iterator[Cause]:
        area, place = asked.way.area, asked.state.places.get(asked.person.id if asked.person else "")
        assert place is not None
        assert area.passback is not None
        since = local(asked.site, place.utc)
        text = f"they are in {place.area}, as far as is known, since {since}: passback of {named(area)}"
        yield Cause(reason, text, tuple(_forgiving(asked, area.passback, place.area, place.t)), area.id, area.source)

    return why


def _forgiving(asked: Asked, rule: Passback, place: str, t: int) -> Iterator[Change]:
    area, near, person = asked.way.area.id, asked.way.near.id, asked.person
    where = f"leave {area}" if place == area else f"go from {place} into {near}"
    yield Change("leave", f"{where} first, by a door that knows of it")
    yield Change("forgive", "forgive the place of this person")
    ends = [until(asked, t + rule.window)] if rule.mode is PassbackMode.TIMED and place == area else []
    forgiven = next_forgiven(asked.site, rule.forgive, asked.utc)
    for at in sorted([*ends, *([] if forgiven is None else [forgiven])])[:1]:
        what = f"{lasting(rule.window)} are over" if at in ends else "places are forgiven"
        yield Change("wait", f"{what} {local(asked.site, at)}", at=at)
    known = speaking(asked) | SAID
    for fit in fits(asked, rule.exempt) if rule.exempt is not None and person is not None else ():
        if speaking(supposed(asked, fit.person)) <= known:
            group = [f"be in the group {fit.group}"] if fit.group else []
            text = f"{' and '.join([*group, *fit.words])}, whom it does not bind"
            yield Change("join", text, become=(fit.person,))


def next_forgiven(site: Site, minutes: tuple[int, ...], utc: int) -> int | None:
    """The first time of the day after `utc` at which places are forgotten, or None for never."""
    zone = ZoneInfo(site.timezone)
    today = wall.local_date(utc, zone)
    days = [today + n * wall.DAY for n in range(-1, 4)]
    begins = (at for d in days for m in minutes for at in comes(d, m, zone))
    return next((at for at in sorted(begins) if at > utc and forgiven_at(site, minutes, at) == at), None)


# -- occupancy --------------------------------------------------------------------------------------------------------


def full(asked: Asked) -> Iterator[Cause]:
    area = asked.way.area
    most = area.occupancy_max or 0
    inside, present = asked.state.places.count(area.id), occupied(asked.site, asked.state, area.id)
    coming = f", {present - inside} of them let in just now" if present > inside else ""
    text = f"{present} are in {area.id}{coming}, of at most {most}"
    ways = (
        Change("leave", f"{_people(present + newcomers(asked) - most)} {area.id}"),
        Change("raise_limit", f"let more than {most} into {named(area)}", area.id, area.source),
    )
    yield Cause(Reason.OCCUPANCY_MAX, text, ways, area.id, area.source)


def _people(count: int) -> str:
    return "somebody leaves" if count == 1 else f"{count} people leave"


def too_few(asked: Asked) -> Iterator[Cause]:
    """Who enters must bring enough; who leaves must not leave too few behind."""
    far, near, places = asked.way.area, asked.way.near, asked.state.places
    place = places.get(asked.person.id) if asked.person is not None else None
    if far.occupancy_min is not None and (place is None or place.area != far.id):
        area, least = far, far.occupancy_min
        text = f"{places.count(far.id)} are in {far.id}, which must hold at least {least}"
        way = Change("together", f"enter {far.id} together, at least {least}, by a rule that wants a second person")
    else:
        area, least = near, near.occupancy_min or 0
        text = f"too few would be left in {near.id}: {places.count(near.id)} are there, of at least {least}"
        way = Change("together", f"leave {near.id} together, or let others enter it first")
    lower = Change("lower_limit", f"let fewer than {least} be in {named(area)}", area.id, area.source)
    yield Cause(Reason.OCCUPANCY_MIN, text, (way, lower), area.id, area.source)


# -- doors ------------------------------------------------------------------------------------------------------------


def interlock(asked: Asked) -> Iterator[Cause]:
    """Each door that is not shut: all of them have to be."""
    groups = [i for i in asked.site.policy.interlocks if asked.request.door in i.doors]
    for door in asked.way.interlocked:
        if is_shut(asked.site, asked.state, door):
            continue
        by = next(i for i in sorted(groups, key=lambda i: i.id) if door in i.doors)
        says, does = zip(*_ajar(asked, door), strict=True)
        change = Change("shut", " and ".join(does))
        ways = change, Change("remove_rule", f"remove interlock {named(by)}", by.id, by.source)
        text = f"{door} {' and '.join(says)}: interlock {named(by)}"
        yield Cause(Reason.INTERLOCK, text, ways, by.id, by.source)


def _ajar(asked: Asked, door: str) -> Iterator[tuple[str, str]]:
    """(what is the matter, what ends it) of a door that is not shut."""
    record = asked.state.door(door)
    if asked.site.doors[door].contacts and record.position != "closed":
        if record.position == "open":
            yield "stands open", f"close {door}"
        else:
            yield "is not known to be closed", f"bring back the contact of {door}"
    if record.release is not None:
        yield "is released", f"wait until {door} is locked again"
    if explains_opening(record.layers):
        yield "is unlocked", f"lock {door}"


# -- cards ------------------------------------------------------------------------------------------------------------

_COUNTS: dict[Reason, Callable[[Asked, LimitPolicy, Use], str | None]] = {
    Reason.CREDENTIAL_INACTIVE: lambda asked, limit, use: (
        f"last used {local(asked.site, use.utc)}, more than {lasting(limit.inactive_after)} ago"
        if limit.inactive_after is not None and use.utc and asked.utc - use.utc > limit.inactive_after
        else None
    ),
    Reason.MAX_USES: lambda asked, limit, use: (
        f"used {use.uses} times, of at most {limit.max_uses}"
        if limit.max_uses is not None and use.uses >= limit.max_uses
        else None
    ),
    Reason.MAX_DAYS: lambda asked, limit, use: (
        f"used on {use.days} days, of at most {limit.max_days}"
        if limit.max_days is not None and use.days >= limit.max_days and use.day != local_day(asked.site, asked.utc)
        else None
    ),
}


def limited(reason: Reason) -> Callable[[Asked], Iterator[Cause]]:
    """Each limit that a card has reached."""

    def why(asked: Asked) -> Iterator[Cause]:
        use = asked.state.use(asked.request.token or "")
        for limit in asked.site.limits:
            said = _COUNTS[reason](asked, limit.policy, use)
            if said is None or limit.classes.isdisjoint(asked.classes):
                continue
            policy = limit.policy
            ways = (*excused(asked, policy, policy.who, "limit"), Change("new_card", "give them another card"))
            yield Cause(reason, f"the card was {said}: {named(policy)}", ways, policy.id, policy.source)

    return why


# -- inspection -------------------------------------------------------------------------------------------------------


def inspection(asked: Asked) -> Iterator[Cause]:
    """Whoever was chosen stays so; else each read is drawn anew."""
    request, person = asked.request, asked.person
    assert person is not None
    let_pass = Change("inspect", "inspect them; whoever does opens the door")
    chosen = asked.state.inspections.get(person.id)
    if chosen is not None and chosen.door == request.door and request.t < chosen.until:
        at = until(asked, chosen.until)
        wait = Change("wait", f"the choice ends {local(asked.site, at)}", at=at)
        yield Cause(Reason.INSPECTION_SELECTED, "they were chosen for an inspection before", (let_pass, wait))
        return
    for found in asked.way.inspections:
        policy = found.policy
        means = not found.classes.isdisjoint(asked.classes) and found.schedule.active(asked.utc)
        if means and drawn(policy.id, policy.rate, request.entropy):
            rate = f"{policy.rate / 10_000:g} %"
            again = Change("remove_rule", f"remove inspection {named(policy)}", policy.id, policy.source)
            text = f"{named(policy)} chose them by lot, {rate} of all"
            yield Cause(Reason.INSPECTION_SELECTED, text, (let_pass, again), policy.id, policy.source)
