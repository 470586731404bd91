"""What the state says against a passage: where people are, which doors stand open, how often a card was used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import sha256
from zoneinfo import ZoneInfo

from rules import wall
from rules.asked import Asked
from rules.companion import SECOND, completed, expected
from rules.mode import explains_opening
from rules.model.events.access import Use
from rules.model.reasons import Reason
from rules.policy import AreaPolicy, LimitPolicy, PassbackMode
from rules.site import Inspection, Site
from rules.state import PlaceRecord, State

# -- passback -------------------------------------------------------------------------------------------------------


def passback_failures(asked: Asked) -> Iterable[Reason]:
    """A soft violation too, which is noted and does not deny."""
    found = passback(asked)
    return () if found is None else (found,)


def passback(asked: Asked) -> Reason | None:
    """Whether somebody enters where they already are. Nobody's place is known for sure: unknown passes."""
    rule, place = asked.way.area.passback, _place(asked)
    if rule is None or place is None or not asked.way.exempt.isdisjoint(asked.classes):
        return None
    if place.area != asked.way.area.id:
        return _elsewhere(asked, place)
    match rule.mode:
        case PassbackMode.HARD:
            return Reason.PASSBACK
        case PassbackMode.SOFT:
            return Reason.GRANTED_SOFT_PASSBACK
        case PassbackMode.TIMED:
            return Reason.TIMED_PASSBACK if asked.request.t - place.t < rule.window else None


def _elsewhere(asked: Asked, place: PlaceRecord) -> Reason | None:
    """Between two areas that both keep track, nobody comes from a third."""
    near, far = asked.way.near.passback, asked.way.area.passback
    hard = all(rule is not None and rule.mode is PassbackMode.HARD for rule in (near, far))
    return Reason.UNEXPECTED_LOCATION if hard and place.area != asked.way.near.id else None


def _place(asked: Asked) -> PlaceRecord | None:
    """Where whoever asks was last seen to enter, unless that was forgiven."""
    rule = asked.way.area.passback
    place = asked.state.places.get(asked.person.id) if asked.person is not None else None
    if place is not None and place.area not in asked.site.areas:
        return None  # an area of earlier rules: where that was is not known
    if place is None or rule is None or not rule.forgive:
        return place
    return place if place.utc >= forgiven_at(asked.site, rule.forgive, asked.utc) else None


def forgiven_at(site: Site, minutes: tuple[int, ...], utc: int) -> int:
    """The last time of the day, of these minutes of it, that has come: what is older is forgiven."""
    zone = ZoneInfo(site.timezone)
    today = wall.local_date(utc, zone)
    found = (
        at
        for day in (today - 2 * wall.DAY, today - wall.DAY, today)
        for minute in minutes
        for at in comes(day, minute, zone)
    )
    return max((at for at in found if at <= utc), default=0)


def comes(day: date, minute: int, zone: ZoneInfo) -> list[int]:
    """When the clock comes to a minute of a day, twice in a fold; where it jumps over it, when it jumps."""
    found = (
        wall.occurrences(day, minute, minute + 1, zone)
        or wall.occurrences(day, minute, minute + wall.MINUTES, zone)[:1]
    )
    return [begin for begin, _ in found]


# -- occupancy ------------------------------------------------------------------------------------------------------


def area_failures(asked: Asked) -> Iterable[Reason]:
    """Too many would be in the area, or too few in this one or that."""
    full = (Reason.OCCUPANCY_MAX,) if _is_full(asked) else ()
    return (*full, Reason.OCCUPANCY_MIN) if _too_few(asked) else full


def _is_full(asked: Asked) -> bool:
    area = asked.way.area
    if area.occupancy_max is None:
        return False
    more = newcomers(asked)
    return more > 0 and occupied(asked.site, asked.state, area.id) + more > area.occupancy_max


def newcomers(asked: Asked) -> int:
    """How many more would be in the area: who asks, who comes along, and a second one who is still wanted."""
    along = completed(asked)
    wanted = bool(asked.ruling.seconds) and not any(w.need == SECOND for w in along)
    persons = [asked.person.id if asked.person else None, *(w.person for w in along)]
    return sum(not _counted(asked.state, person, asked.way.area.id) for person in persons) + wanted


def occupied(site: Site, state: State, area: str) -> int:
    """How many are in an area, and how many were let in and have not gone through yet."""
    releases = (state.door(door).release for door in site.bordering.get(area, ()))
    coming = {
        (door, n)
        for door, release in enumerate(releases)
        if release is not None
        for n, passage in enumerate(release.passages)
        if passage.area == area and not _counted(state, passage.person, area)
    }
    return state.places.count(area) + len(coming)


def _counted(state: State, person: str | None, area: str) -> bool:
    place = state.places.get(person) if person is not None else None
    return place is not None and place.area == area


def _too_few(asked: Asked) -> bool:
    """True if somebody would be left in an area with fewer than it must hold, or enter one with too few."""
    far, near, places = asked.way.area, asked.way.near, asked.state.places
    with_them = 1 + expected(asked)
    least = far.occupancy_min
    if least is not None and not _is_in(asked, far) and places.count(far.id) + with_them < least:
        return True
    least = near.occupancy_min
    return least is not None and _is_in(asked, near) and 0 < places.count(near.id) - with_them < least


def _is_in(asked: Asked, area: AreaPolicy) -> bool:
    return _counted(asked.state, asked.person.id if asked.person else None, area.id)


# -- doors ----------------------------------------------------------------------------------------------------------


def interlock_failures(asked: Asked) -> Iterable[Reason]:
    shut = all(is_shut(asked.site, asked.state, other) for other in asked.way.interlocked)
    return () if shut else (Reason.INTERLOCK,)


def is_shut(site: Site, state: State, door: str) -> bool:
    """Closed, as far as it has a contact, and not about to open. One that cannot be seen is not shut.

    Nor is one whose call point was pressed: its lock has no power.
    """
    record = state.door(door)
    closed = record.position == "closed" or not site.doors[door].contacts
    return closed and record.release is None and not explains_opening(record.layers)


# -- cards ----------------------------------------------------------------------------------------------------------


def limit_failures(asked: Asked) -> Iterable[Reason]:
    """A card that was used often enough, or not for too long."""
    site, token = asked.site, asked.request.token
    if not site.limits or token is None:
        return ()
    limits = [limit.policy for limit in site.limits if not limit.classes.isdisjoint(asked.classes)]
    use, today = asked.state.use(token), local_day(site, asked.utc)
    return [reason for limit in limits for reason in _exceeded(limit, use, today, asked.utc)]


def _exceeded(limit: LimitPolicy, use: Use, today: int, utc: int) -> Iterator[Reason]:
    if limit.inactive_after is not None and use.utc and utc - use.utc > limit.inactive_after:
        yield Reason.CREDENTIAL_INACTIVE
    if limit.max_uses is not None and use.uses >= limit.max_uses:
        yield Reason.MAX_USES
    if limit.max_days is not None and use.days >= limit.max_days and use.day != today:
        yield Reason.MAX_DAYS


def local_day(site: Site, utc: int) -> int:
    """The ordinal of the site's date."""
    return wall.local_date(utc, ZoneInfo(site.timezone)).toordinal()


# -- inspection -----------------------------------------------------------------------------------------------------


def inspection_failures(asked: Asked) -> Iterable[Reason]:
    """Drawn by lot, each read anew; whoever was chosen stays so, however often they ask."""
    request, person = asked.request, asked.person
    if person is None:
        return ()
    record = asked.state.inspections.get(person.id)
    stays = record is not None and record.door == request.door and request.t < record.until
    return (Reason.INSPECTION_SELECTED,) if stays or any(_chosen(asked, i) for i in asked.way.inspections) else ()


def _chosen(asked: Asked, inspection: Inspection) -> bool:
    meant = not inspection.classes.isdisjoint(asked.classes) and inspection.schedule.active(asked.utc)
    return meant and drawn(inspection.policy.id, inspection.policy.rate, asked.request.entropy)


def drawn(id: str, rate: int, entropy: str) -> bool:
    """True with a probability of `rate` in a million, for entropy that nobody can foresee."""
    lot = int.from_bytes(sha256(f"{id}:{entropy}".encode()).digest()[:8], "big")
    return lot * 1_000_000 < rate << 64
