"""All sections together: what one names in another exists, and the whole becomes a Policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from config.access import Names, read_access, read_deny
from config.areas import read_areas, read_zones
from config.calendar import read_holidays, read_schedules
from config.devices import Hardware
from config.doors import read_doors
from config.expect import read_expect
from config.fire import read_fire
from config.fittings import Fittings
from config.groups import read_groups
from config.interlocks import read_inspections, read_interlocks
from config.limits import read_limits
from config.minimum import read_minimum
from config.operators import check_keys, read_controllers, read_operators
from config.overlays import Overlaid, read_overlays
from config.points import Points
from config.site import SiteShape
from config.threats import read_lockdown, read_threats
from config.tree import Place
from config.where import site_map
from rules.policy import Policy, ReaderPolicy, SchedulePolicy


def resolve(top: Place, site: SiteShape | None, hardware: Hardware) -> Policy | None:
    """The policy, or None where `site` could not be read. Whatever is wrong is reported."""
    points = Points(hardware.devices)
    days = read_holidays(top / "holidays")
    schedules = read_schedules(top / "schedules", days)
    named = dict.fromkeys((*schedules, *(top / "schedules").names()))
    areas = read_areas(top / "areas")
    controllers, asking = read_controllers(top / "controllers")
    readers = _joined(hardware.readers, asking, hardware, top)
    fittings = Fittings(points, hardware.devices, (top / "controllers").names())
    doors = read_doors(top, fittings, named)
    operators = read_operators(top / "operators")
    check_keys(operators, controllers, top)
    zones = read_zones(top / "zones", top, areas, points)
    fire = read_fire(top, points, doors)
    names = Names(site_map(top, doors), tuple(named), readers)
    rules, overlaid = _rules(top, names, schedules, hardware, ZoneInfo(site.timezone) if site else None)
    if site is None:
        return None
    return Policy(
        site=site.site,
        gateway=site.gateway,
        timezone=site.timezone,
        holidays=days,
        areas=areas,
        devices={name: device for name, device in hardware.devices.items() if device is not None},
        controllers=controllers,
        readers=readers,
        doors=overlaid.doors(doors),
        zones=zones,
        fire=fire,
        schedules=schedules | overlaid.schedules,
        operators=operators,
        **rules,
    )


def _rules(
    top: Place, names: Names, schedules: Mapping[str, SchedulePolicy], hardware: Hardware, zone: ZoneInfo | None
) -> tuple[dict[str, Any], Overlaid]:
    """The parts of a Policy that say who may do what, by their names there; and what overlays add."""
    overlaid = read_overlays(top / "overlays", names, schedules, zone)
    links = (*hardware.devices, *(top / "lines").names(), *(link.id for link in hardware.links))
    return {
        "groups": read_groups(top / "groups"),
        "access": (*read_access(top / "access", names), *overlaid.access),
        "minimum": (*read_minimum(top / "minimum", names), *overlaid.minimum),
        "deny": (*read_deny(top / "deny", names), *overlaid.deny),
        "limits": read_limits(top / "limits"),
        "threats": read_threats(top / "threat_levels", names),
        "lockdown_exempt": read_lockdown(top / "lockdown"),
        "interlocks": read_interlocks(top / "interlocks", names.site.door_ids),
        "inspections": read_inspections(top / "inspections", names),
        "expect": read_expect(top / "expect", names, tuple(dict.fromkeys(links)), zone),
    }, overlaid


def _joined(
    own: Mapping[str, ReaderPolicy], asking: Mapping[str, ReaderPolicy], hardware: Hardware, top: Place
) -> dict[str, ReaderPolicy]:
    """Readers of ours and controllers that ask; both are named alike, so an id may be one of them only."""
    for name in (top / "controllers").names():
        if name in hardware.devices:
            (top / "controllers" / name).misnamed(f"{name!r} is already the id of a device")
    return {**own, **asking}
