"""`fire`: inputs that release doors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from config.points import InputShape, Points
from config.scalars import OneOrMore, Words
from config.shape import shaped
from config.tree import Place
from rules.policy import DoorPolicy, FirePolicy

ALL_EGRESS = "all-egress"


class FireShape(InputShape):
    """doors: `all-egress`, or their ids; on_fault: what a fault of the input counts as."""

    doors: Annotated[tuple[Words, ...], OneOrMore()]
    on_fault: Literal["trouble", "release"]


def read_fire(top: Place, points: Points, doors: Mapping[str, DoorPolicy]) -> dict[str, FirePolicy]:
    found = {}
    for name, place in (top / "fire").entries():
        _check_doors(place / "doors", top)
        shape = shaped(FireShape, place)
        if shape is None:
            points.glance(place)
            continue
        released = shape.doors if shape.doors != (ALL_EGRESS,) else _all_egress(doors, place / "doors")
        sensed = points.input(shape, place)
        if sensed is not None:
            found[name] = FirePolicy(name, place.key, sensed, released, shape.on_fault == "release")
    return found


def _check_doors(place: Place, top: Place) -> None:
    known = (*(top / "doors").names(), ALL_EGRESS)
    for name, at in place.texts():
        if name == ALL_EGRESS and len(list(place.texts())) > 1:
            at.wrong("'all-egress' stands alone")
        at.known(name, "door", known)


def _all_egress(doors: Mapping[str, DoorPolicy], place: Place) -> tuple[str, ...]:
    released = tuple(door.id for door in doors.values() if door.egress)
    if not released and not place.report.problems:
        place.wrong("no door has an 'egress': nothing would be released")
    return released
