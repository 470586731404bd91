"""All sections together: what one names in another exists, and the whole becomes a Policy."""

from __future__ import annotations

from collections.abc import Mapping

from config.access import read_access, read_deny, read_minimum
from config.areas import read_areas, read_zones
from config.calendar import read_holidays, read_schedules
from config.devices import Hardware
from config.doors import read_doors
from config.fire import read_fire
from config.fittings import Fittings
from config.operators import check_keys, read_controllers, read_operators
from config.points import Points
from config.site import SiteShape
from config.tree import Place
from config.where import site_map
from rules.policy import Policy, ReaderPolicy


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
    places = site_map(top, doors)
    access = read_access(top / "access", places, named)
    minimum = read_minimum(top / "minimum", places, named, readers)
    deny = read_deny(top / "deny", places, named)
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
        doors=doors,
        zones=zones,
        fire=fire,
        schedules=schedules,
        access=access,
        minimum=minimum,
        deny=deny,
        operators=operators,
    )


def _joined(
    own: Mapping[str, ReaderPolicy], asking: Mapping[str, ReaderPolicy], hardware: Hardware, top: Place
) -> dict[str, ReaderPolicy]:
    """Readers of ours and controllers that ask; both are named alike, so an id may be one of them only."""
    for name in (top / "controllers").names():
        if name in hardware.devices:
            (top / "controllers" / name).misnamed(f"{name!r} is already the id of a device")
    return {**own, **asking}
