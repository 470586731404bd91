"""`areas` and `zones`: what can be armed, and the detectors in it."""

from __future__ import annotations

from typing import Annotated

from config.points import InputShape, Points
from config.scalars import Id, Ids, lasting
from config.shape import Shape, shaped
from config.tree import Place
from rules.policy import AreaPolicy, Arming, ZonePolicy, ZoneType

_UNARMED = frozenset({ZoneType.ALWAYS, ZoneType.TAMPER})


class ArmingShape(Shape):
    """Delays, and the groups whose entry disarms."""

    entry_delay: Annotated[int, lasting("0s", "45s")]
    exit_delay: Annotated[int, lasting("0s", "1h")]
    disarmed_by: Ids = ()


class AreaShape(Shape):
    """An area of the site."""

    arming: ArmingShape | None = None


class ZoneShape(InputShape):
    """A detector of an area."""

    area: Id
    type: ZoneType


def read_areas(place: Place) -> dict[str, AreaPolicy]:
    found = {}
    for name, at in place.entries():
        if shape := shaped(AreaShape, at):
            found[name] = AreaPolicy(name, at.key, _arming(shape.arming))
    return found


def _arming(shape: ArmingShape | None) -> Arming | None:
    if shape is None:
        return None
    return Arming(shape.entry_delay, shape.exit_delay, frozenset(shape.disarmed_by))


def read_zones(place: Place, top: Place, areas: dict[str, AreaPolicy], points: Points) -> dict[str, ZonePolicy]:
    found = {}
    for name, at in place.entries():
        for area, named in (at / "area").texts():
            named.known(area, "area", (top / "areas").names())
        shape = shaped(ZoneShape, at)
        if shape is None:
            points.glance(at)
            continue
        _check_area(shape, at, areas)
        sensed = points.input(shape, at)
        if sensed is not None:
            found[name] = ZonePolicy(name, at.key, sensed, shape.area, shape.type)
    return found


def _check_area(shape: ZoneShape, place: Place, areas: dict[str, AreaPolicy]) -> None:
    """A zone that only counts while its area is armed needs an area that can be."""
    area = areas.get(shape.area)
    if area is not None and area.arming is None and shape.type not in _UNARMED:
        (place / "area").wrong(f"area {shape.area!r} is never armed: give it 'arming', or make the zone 24h")
