"""`areas` and `zones`: what can be armed, whom it lets in twice, how many it holds; and the detectors in it."""

from __future__ import annotations

from typing import Annotated

from config.points import InputShape, Points
from config.scalars import Groups, Id, OneOrMore, counting, lasting
from config.shape import Shape, Shorthand, shaped
from config.times import Begins
from config.tree import Place
from config.who import AnyWho, check_who, read_who
from rules.policy import AreaPolicy, Arming, Passback, PassbackMode, ZonePolicy, ZoneType

_UNARMED = frozenset({ZoneType.ALWAYS, ZoneType.TAMPER})


class ArmingShape(Shape):
    """Delays, and the groups whose entry disarms."""

    entry_delay: Annotated[int, lasting("0s", "45s")]
    exit_delay: Annotated[int, lasting("0s", "1h")]
    disarmed_by: Groups = ()


class PassbackShape(Shape):
    """window: how long the timed mode remembers; forgive: times of day at which everybody's place is forgotten."""

    mode: PassbackMode
    window: Annotated[int, lasting("1s", "24h")] | None = None
    exempt: AnyWho | None = None
    forgive: Annotated[tuple[Begins, ...], OneOrMore()] = ()


class AreaShape(Shape):
    """An area of the site."""

    arming: ArmingShape | None = None
    passback: Annotated[PassbackShape, Shorthand("mode", PassbackMode)] | None = None
    occupancy_max: Annotated[int, counting(1, 1_000_000)] | None = None
    occupancy_min: Annotated[int, counting(2, 1_000_000)] | None = None


class ZoneShape(InputShape):
    """A detector of an area."""

    area: Id
    type: ZoneType


def read_areas(place: Place) -> dict[str, AreaPolicy]:
    found = {}
    for name, at in place.entries():
        check_who(at / "passback" / "exempt")
        if shape := shaped(AreaShape, at):
            passback = _passback(shape.passback, at / "passback") if shape.passback else None
            _check_occupancy(shape, at)
            found[name] = AreaPolicy(
                name, at.key, _arming(shape.arming), passback, shape.occupancy_max, shape.occupancy_min
            )
    return found


def _passback(shape: PassbackShape, place: Place) -> Passback:
    timed = shape.mode is PassbackMode.TIMED
    if timed and shape.window is None:
        place.wrong("key 'window' is missing: how long is timed?")
    elif not timed and shape.window is not None:
        (place / "window").misnamed("'window' has a meaning only with 'mode: timed'")
    exempt = read_who(shape.exempt) if shape.exempt else None
    return Passback(shape.mode, shape.window or 0, exempt, tuple(sorted(set(shape.forgive))))


def _check_occupancy(shape: AreaShape, place: Place) -> None:
    least, most = shape.occupancy_min, shape.occupancy_max
    if least is not None and most is not None and least > most:
        (place / "occupancy_min").wrong(f"is more than occupancy_max, {most}")


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
