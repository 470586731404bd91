"""Policy and people -> Site: the tables of the fast path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from rules.calendar import Schedule
from rules.model.points import Sensed
from rules.people import People
from rules.policy import AccessPolicy, DenyPolicy, Direction, DoorPolicy, Input, Policy, Require
from rules.site import NO_RULES, Demand, InputSite, ReaderSite, Rule, Rules, Site, Use

DEVICE_POINTS = ("tamper", "power", "battery")
"""Points every device may have, watched without being named in the configuration."""


def compile_site(policy: Policy, people: People, rules_hash: str) -> Site:
    """The Site of a checked policy. Pure; takes for granted what `config` checked."""
    zone = ZoneInfo(policy.timezone)
    schedules = {s.id: Schedule(s, zone, policy.holidays) for s in policy.schedules.values()}
    return Site(
        id=policy.site,
        gateway=policy.gateway,
        timezone=policy.timezone,
        rules_hash=rules_hash,
        people=people,
        devices=policy.devices,
        links=_links(policy),
        inputs=_inputs(policy),
        outputs={d.lock.output: d.id for d in policy.doors.values() if d.lock},
        readers=_readers(policy),
        doors=policy.doors,
        areas=policy.areas,
        zones=policy.zones,
        fire=policy.fire,
        schedules=schedules,
        rules=_rules(policy, schedules),
        operators=policy.operators,
        controllers=policy.controllers,
        scheduled_doors=tuple(d.id for d in policy.doors.values() if d.unlock),
    )


def with_people(site: Site, people: People) -> Site:
    """The same rules over another revision of the directory."""
    return replace(site, people=people)


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


def _rules(policy: Policy, schedules: Mapping[str, Schedule]) -> dict[tuple[str, Direction], Rules]:
    grants = _by_way(policy.access, schedules)
    denials = _by_way(policy.deny, schedules)
    demands: dict[str, list[Demand]] = defaultdict(list)
    for m in policy.minimum:
        for door in m.doors:
            demand = Demand(m.id, m.source, schedules[m.when], m.require is Require.CARD_PIN)
            demands[door].append(demand)
    ways = [(door, way) for door in policy.doors for way in Direction]
    return {
        (door, way): Rules(
            grants.get((door, way), NO_RULES.grants),
            denials.get((door, way), NO_RULES.denials),
            tuple(demands[door]) if way is Direction.IN else (),
        )
        for door, way in ways
    }


def _by_way(
    policies: Iterable[AccessPolicy | DenyPolicy], schedules: Mapping[str, Schedule]
) -> dict[tuple[str, Direction], dict[str, tuple[Rule, ...]]]:
    """Way -> group -> its rules, in the order of their ids, so that the order of writing has no meaning."""
    found: dict[tuple[str, Direction], dict[str, tuple[Rule, ...]]] = defaultdict(dict)
    for policy in sorted(policies, key=lambda p: p.id):
        rule = Rule(policy.id, policy.source, schedules[policy.when], policy.who.attributes)
        for way in policy.doors:
            for group in policy.who.groups or ("",):
                found[way][group] = (*found[way].get(group, ()), rule)
    return found
