"""What the state says against a passage: places, doors that stand open, the use of cards, inspections."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from rules.policy import AreaPolicy, PassbackMode
from rules.state import PlaceRecord
from tests.rules.reference.case import HIGHEST_FIRST, Case
from tests.rules.reference.clock import holds, local, passed
from tests.rules.reference.company import come_along, waiting
from tests.rules.reference.granting import Terms
from tests.rules.reference.meant import means

# -- passback ------------------------------------------------------------------------------------------------------


def wrong_with_the_place(case: Case) -> Iterator[str]:
    """Whoever is not known to be anywhere passes; so does whoever is exempt from what the area asks."""
    rule, place = case.far.passback, _remembered(case)
    if rule is None or place is None or (rule.exempt is not None and means(case.policy, rule.exempt, case.person)):
        return
    if place.area == case.far.id:
        if rule.mode is PassbackMode.TIMED:
            if case.request.t - place.t < rule.window:
                yield "timed_passback"
        else:
            yield "passback" if rule.mode is PassbackMode.HARD else "granted_soft_passback"
    elif _hard(case.far) and _hard(case.near) and place.area != case.near.id:
        yield "unexpected_location"


def _hard(area: AreaPolicy) -> bool:
    return area.passback is not None and area.passback.mode is PassbackMode.HARD


def _remembered(case: Case) -> PlaceRecord | None:
    place = case.state.places.get(case.person.id) if case.person else None
    minutes = case.far.passback.forgive if case.far.passback else ()
    return None if place is None or passed(case.policy, minutes, place.utc, case.now) else place


# -- occupancy -----------------------------------------------------------------------------------------------------


def wrong_with_the_numbers(case: Case, terms: Terms) -> Iterator[str]:
    most = case.far.occupancy_max
    if most is not None:
        more = coming(case, terms)
        if more and inside(case, case.far.id) + let_in(case) + more > most:
            yield "occupancy_max"
    with_them = 1 + max(sum(w.need == "second" for w in waiting(case)), 1 if terms.seconds else 0)
    least, here = case.far.occupancy_min, case.where(case.person.id if case.person else None)
    alone_there = least is not None and here != case.far.id and inside(case, case.far.id) + with_them < least
    least = case.near.occupancy_min
    left_alone = least is not None and here == case.near.id and 0 < inside(case, case.near.id) - with_them < least
    if alone_there or left_alone:
        yield "occupancy_min"


def inside(case: Case, area: str) -> int:
    return sum(place.area == area for _, place in case.state.places.items())


def let_in(case: Case) -> int:
    """Who may still come through a door that is released for them, and is not counted inside already."""
    releases = [case.state.door(id).release for id in case.policy.doors]
    passages = [p for release in releases if release is not None for p in release.passages]
    return sum(p.area == case.far.id and case.where(p.person) != p.area for p in passages)


def coming(case: Case, terms: Terms) -> int:
    """How many more would be inside: whoever asks, who comes along, and the second one who is still wanted."""
    others = come_along(case, terms)
    seconds = [w.person for w in waiting(case) if w.need == "second" and w.person in others]
    wanted = 1 if terms.seconds and not seconds else 0
    there = [case.where(case.person.id if case.person else None), *(case.where(other) for other in others)]
    return sum(area != case.far.id for area in there) + wanted


# -- doors, cards, inspections -------------------------------------------------------------------------------------


def wrong_with_other_doors(case: Case) -> Iterator[str]:
    groups = [group.doors for group in case.policy.interlocks if case.request.door in group.doors]
    others = {door for doors in groups for door in doors} - {case.request.door}
    if any(not shut(case, door) for door in others):
        yield "interlock"


def shut(case: Case, door: str) -> bool:
    """Seen to be closed where that can be seen, not released, and neither unlocked by its mode nor without power."""
    record = case.state.door(door)
    modes = [(found.layer, found.value) for found in record.layers]
    highest = next((mode for mode in HIGHEST_FIRST if mode in modes), ("locked", ""))
    seen = not case.policy.doors[door].contacts or record.position == "closed"
    return seen and record.release is None and highest[1] not in ("release", "unlock", "pressed")


def wrong_with_its_use(case: Case) -> Iterator[str]:
    use = case.state.uses.get(case.request.token or "")
    for limit in case.policy.limits:
        if use is None or not means(case.policy, limit.who, case.person):
            continue
        if limit.inactive_after is not None and use.utc and case.now - use.utc > limit.inactive_after:
            yield "credential_inactive"
        if limit.max_uses is not None and use.uses >= limit.max_uses:
            yield "max_uses"
        new_day = use.day != local(case.policy, case.now).date().toordinal()
        if limit.max_days is not None and use.days >= limit.max_days and new_day:
            yield "max_days"


def wrong_by_lot(case: Case) -> Iterator[str]:
    here = [i for i in case.policy.inspections if case.covers(i.doors)]
    if case.person is None or not here:
        return
    chosen = case.state.inspections.get(case.person.id)
    if chosen and chosen.door == case.request.door and case.request.t < chosen.until:
        yield "inspection_selected"
    for i in here:
        lot = int(sha256(f"{i.id}:{case.request.entropy}".encode()).hexdigest()[:16], 16)
        picked = lot * 1_000_000 < i.rate * 2**64
        if picked and means(case.policy, i.who, case.person) and holds(case.policy, i.when, case.now):
            yield "inspection_selected"
