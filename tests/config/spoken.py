"""What of a random policy the language can say: the nearest policy that somebody could have written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rules import wall
from rules.policy import (
    AreaPolicy,
    DoorPolicy,
    Interval,
    PassbackMode,
    Policy,
    SchedulePolicy,
    ThreatPolicy,
)
from tests.rules.builder import S
from tests.rules.random_schedules import TYPES

MINUTE = 60 * S
ROOM = {"lab": "lab-room"}
"""No area is called as a door is."""

FAR = {date(2040, 1, n + 1): kind for n, kind in enumerate(TYPES)}
"""A day of each type, so that entries may name it."""


def spoken(policy: Policy) -> Policy:
    """Rules of overlays are called by them, restrictions by their level; what has no words is left out."""
    zone = ZoneInfo(policy.timezone)
    schedules = {found.id: found for found in _schedules(policy.schedules, zone)}
    rules: dict[str, Any] = {
        section: tuple(_rule(rule) for rule in getattr(policy, section)) for section in ("access", "deny")
    }
    asking = (rule for rule in policy.minimum if (rule.require, rule.two_person, rule.escort) != (None, None, None))
    return replace(
        policy,
        **rules,
        schedules=schedules,
        minimum=tuple(_rule(rule) for rule in asking),
        inspections=tuple(_plain(rule) for rule in policy.inspections if rule.rate),
        groups={id: found for id, found in policy.groups.items() if found.members},
        threats=tuple(_level(level) for level in policy.threats),
        areas={ROOM.get(id, id): _area(found) for id, found in policy.areas.items()},
        holidays={**policy.holidays, **FAR},
        operators={},
        controllers={},
        doors={id: _door(found) for id, found in policy.doors.items()},
    )


def _rule(rule: Any) -> Any:
    """A rule of an overlay has a schedule and an id of that overlay."""
    base, _, gala = rule.when.partition("@")
    id = f"{base}-{gala}.{rule.id}" if gala else rule.id
    return _sided(replace(rule, id=id, when=called(rule.when)))


def called(schedule: str) -> str:
    """Each overlay has one schedule here, `odd@gala`, which is `odd@odd-gala` then; and `open` is `always`."""
    base, _, gala = schedule.partition("@")
    return f"{'always' if base == 'open' else base}@{base}-{gala}" if gala else schedule


def _plain(rule: Any) -> Any:
    """No overlay has such rules."""
    base = rule.when.partition("@")[0]
    return _sided(replace(rule, when="always" if base == "open" else base))


def _sided(rule: Any) -> Any:
    """The doors of a rule have one direction, or both."""
    ways = {way for _, way in rule.doors}
    doors = dict.fromkeys(door for door, _ in rule.doors)
    return replace(rule, doors=tuple((door, way) for door in doors for way in sorted(ways)))


def _level(level: ThreatPolicy) -> ThreatPolicy:
    found = (replace(_plain(rule), id=f"{level.id}[{n}]") for n, rule in enumerate(level.restrictions))
    return replace(level, restrictions=tuple(found))


def _area(area: AreaPolicy) -> AreaPolicy:
    rule, least, most = area.passback, area.occupancy_min, area.occupancy_max
    if rule is not None:
        window = rule.window if rule.mode is PassbackMode.TIMED else 0
        rule = replace(rule, window=window, forgive=tuple(sorted(rule.forgive)))
    return replace(
        area, id=ROOM.get(area.id, area.id), passback=rule, occupancy_max=None if least is not None else most
    )


def _door(door: DoorPolicy) -> DoorPolicy:
    """Nobody has to be first where an overlay unlocks a door, and none blocks one."""
    outside, inside = (ROOM.get(area, area) for area in door.between)
    door = replace(door, between=(outside, inside))
    blocked = None if door.blocked is not None and "@" in door.blocked else door.blocked
    if door.unlock is not None and "@" in door.unlock:
        return replace(door, blocked=blocked, unlock=called(door.unlock), unlock_after=frozenset())
    return replace(door, blocked=blocked)


# -- schedules --------------------------------------------------------------------------------------------------------


def _schedules(schedules: Mapping[str, SchedulePolicy], zone: ZoneInfo) -> Iterator[SchedulePolicy]:
    for found in schedules.values():
        within = found.within and (_sure(found.within[0], zone), _sure(found.within[1] + 6 * 60 * MINUTE, zone))
        base = found if found.id == "open@gala" else schedules[found.id.partition("@")[0]]
        intervals = tuple(i for each in base.intervals for i in _interval(each))
        yield replace(found, id=called(found.id), intervals=intervals, within=within)


def _interval(each: Interval) -> Iterator[Interval]:
    """On no day there is none; nothing is cut that ends by midnight, and nothing ends before it begins."""
    if not each.days and not each.types:
        return
    if each.starts is not None and each.ends is not None and each.ends < each.starts:
        return
    yield replace(each, cut_at_midnight=each.cut_at_midnight and each.end > 1440)


def _sure(utc: int, zone: ZoneInfo) -> int:
    """A whole minute at or after a moment that the clock shows once."""
    at = -(-utc // MINUTE) * MINUTE
    while not _shown_once(at, zone):
        at += 30 * MINUTE
    return at


def _shown_once(utc: int, zone: ZoneInfo) -> bool:
    shown = wall.naive(utc + wall.offset(utc, zone))
    minute = shown.hour * 60 + shown.minute
    whole = shown == wall.naive_midnight(shown.date()) + timedelta(minutes=minute)
    return whole and len(wall.occurrences(shown.date(), minute, minute + 1, zone)) == 1
