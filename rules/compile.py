"""Policy and people -> Site: the tables of the fast path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from rules.calendar import Schedule
from rules.decision import Edition
from rules.members import Membership, named_persons
from rules.model.points import Sensed
from rules.people import Card, People, PeopleChange
from rules.policy import Direction, DoorPolicy, Input, Policy, Who
from rules.site import InputSite, Limit, ReaderSite, Site, Use
from rules.ways import Said, bordering, fast, make_ways

DEVICE_POINTS = ("tamper", "power", "battery")
"""Points every device may have, watched without being named in the configuration."""


AS_WRITTEN = ("areas", "controllers", "devices", "doors", "fire", "operators", "zones")
"""What a Site holds as the policy says it."""


def compile_site(policy: Policy, people: People, rules_hash: str, refs: Mapping[str, str] | None = None) -> Site:
    """The Site of a checked policy. Pure; takes for granted what `config` checked.

    refs: the ids of the people whom rules name by something else. People whose classes are those of another rule set
    stay as they are: the Site then has tables of its own.
    """
    zone = ZoneInfo(policy.timezone)
    schedules = {s.id: Schedule(s, zone, policy.holidays) for s in policy.schedules.values()}
    members, edition = membership(policy, refs), Edition(rules_hash)
    enrolled, said = members.enrol(people), Said(edition)
    entries, exits = make_ways(policy, schedules, members, said)
    return Site(
        **{name: getattr(policy, name) for name in AS_WRITTEN},
        id=policy.site,
        gateway=policy.gateway,
        timezone=policy.timezone,
        rules_hash=rules_hash,
        people=enrolled,
        cards=enrolled.credentials,
        links=_links(policy),
        inputs=_inputs(policy),
        outputs={d.lock.output: d.id for d in policy.doors.values() if d.lock},
        readers=_readers(policy),
        schedules=schedules,
        fast_in={door: fast(way) for door, way in entries.items()},
        fast_out={door: fast(way) for door, way in exits.items()},
        nobody=said.nobody,
        entries=entries,
        exits=exits,
        members=members,
        edition=edition,
        limits=_limits(policy, members),
        exempt=frozenset(members.classes_of(policy.lockdown_exempt) if policy.lockdown_exempt else ()),
        firsts=_firsts(policy),
        ranks={threat.id: threat.rank for threat in policy.threats},
        bordering=bordering(policy),
        policy=policy,
        scheduled_doors=tuple(d.id for d in policy.doors.values() if d.unlock or d.blocked),
    )


def membership(policy: Policy, refs: Mapping[str, str] | None = None) -> Membership:
    """Whom the rules of a policy mean. Those whom one denies, and those it counts, get a closer look."""
    special = (rule.who for rule in policy.deny)
    return Membership(policy.groups, _meant(policy), special, (limit.who for limit in policy.limits), refs)


def _meant(policy: Policy) -> Iterator[Who]:
    """Whom rules mean that neither deny by name nor count."""
    passbacks = (area.passback for area in policy.areas.values())
    yield from (rule.who for rule in policy.access)
    yield from (rule.who for threat in policy.threats for rule in threat.restrictions)
    yield from (inspection.who for inspection in policy.inspections)
    yield from (p.exempt for p in passbacks if p is not None and p.exempt is not None)
    if policy.lockdown_exempt is not None:
        yield policy.lockdown_exempt


def named_people(policy: Policy) -> frozenset[str]:
    """Every person that a rule names, by id or by whatever the directory knows them by."""
    groups = (who for group in policy.groups.values() for who in group.members)
    others = (rule.who for rules in (policy.deny, policy.limits) for rule in rules)
    return frozenset(named_persons((*_meant(policy), *groups, *others)))


def warm(site: Site, utc: int) -> None:
    """Look at every schedule once, so that no read has to be the first to do so."""
    for schedule in site.schedules.values():
        schedule.active(utc)


def with_people(site: Site, people: People) -> Site:
    """The same rules over another revision of the directory."""
    enrolled = site.members.enrol(people)
    return replace(site, people=enrolled, cards=enrolled.credentials)


def renamed(site: Site, refs: Mapping[str, str]) -> Site:
    """The same rules where the names in them stand for these ids: compiled anew if that changes whom they mean."""
    if not named_people(site.policy) or refs == site.members.refs:
        return site
    return compile_site(site.policy, site.people, site.rules_hash, refs)


def with_change(site: Site, change: PeopleChange) -> Site:
    """The same rules over what changed in the directory, in place: for the core alone, between two signals.

    What is said of a person comes with all their credentials.
    """
    people = site.people
    persons, credentials = people.persons, people.credentials
    for id in change.gone:
        persons.pop(id, None)
    for token in change.withdrawn:
        credentials.pop(token, None)
    for person in change.persons:
        persons[person.id] = person
    for c in change.credentials:
        card = credentials[c.token] = Card(c.person, c.status, c.begins, c.ends)
        site.members.fill(card, persons.get(c.person) if c.person is not None else None)
    people.rev = change.rev
    return site


def _limits(policy: Policy, members: Membership) -> tuple[Limit, ...]:
    found = (Limit(limit, frozenset(members.classes_of(limit.who))) for limit in policy.limits)
    return tuple(sorted(found, key=lambda limit: limit.policy.id))


def _firsts(policy: Policy) -> dict[str, frozenset[str]]:
    """Area or door -> the groups for whose first entry some rule waits."""
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    for rule in policy.access:
        for door, direction in rule.doors if rule.first_person else ():
            found[policy.doors[door].between[direction is Direction.IN]] |= rule.first_person
    for door_policy in policy.doors.values():
        if door_policy.unlock_after:
            found[door_policy.id] |= door_policy.unlock_after
    return dict(found)


def _links(policy: Policy) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for device in policy.devices.values():
        found[device.link].append(device.id)
    return {link: tuple(devices) for link, devices in found.items()}


def _inputs(policy: Policy) -> dict[str, InputSite]:
    active: dict[str, Sensed | None] = {}
    uses: dict[str, list[Use]] = defaultdict(list)
    for used, use in _uses(policy):
        active[used.point] = used.active
        uses[used.point].append(use)
    return {point: InputSite(active[point], tuple(found)) for point, found in uses.items()}


def _uses(policy: Policy) -> Iterator[tuple[Input, Use]]:
    for door in policy.doors.values():
        yield from _door_uses(door)
    for zone in policy.zones.values():
        yield zone.input, Use("zone", zone.id)
    for fire in policy.fire.values():
        yield fire.input, Use("fire", fire.id)
    for device in policy.devices.values():
        for name in DEVICE_POINTS:
            if name in device.points:
                yield Input(f"{device.id}.{name}", None), Use(name, device.id)


def _door_uses(door: DoorPolicy) -> Iterator[tuple[Input, Use]]:
    for kind, inputs in (
        ("contact", door.contacts),
        ("rex", tuple(r.input for r in door.rex)),
        ("tamper", door.tamper),
        ("emergency_release", (door.emergency_release,) if door.emergency_release else ()),
    ):
        for index, used in enumerate(inputs):
            yield used, Use(kind, door.id, index)


def _readers(policy: Policy) -> dict[str, ReaderSite]:
    found = {r.id: ReaderSite(r, None, Direction.IN, False) for r in policy.readers.values()}
    for door in policy.doors.values():
        for direction, readers in ((Direction.IN, door.readers_in), (Direction.OUT, door.readers_out)):
            for reader in readers:
                free = direction in door.egress
                found[reader] = ReaderSite(policy.readers[reader], door.id, direction, free)
    return found
