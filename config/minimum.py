"""`minimum`: what a door or an area demands at least, whatever grants say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import RootModel

from config.access import Names
from config.company import AnyEscort, AnyTwoPerson, escort, two_person
from config.keypads import check_asked, check_keypads
from config.scalars import Id, OneOrMore
from config.shape import Shape, shaped
from config.tree import Items, Place
from config.where import WAYS, Way, Ways, Where
from rules.policy import MinimumPolicy, Require


class MinimumShape(Shape):
    """What is demanded, while the schedule is active. where: only under a key that is no door or area itself."""

    where: Where | None = None
    direction: Ways | None = None
    require: Require | None = None
    two_person: AnyTwoPerson = None
    escort: AnyEscort | None = None
    when: Id


class SpecialMinimumShape(MinimumShape):
    """A minimum of an overlay."""

    when: Id = "always"


class MinimumsShape(RootModel[Annotated[tuple[MinimumShape, ...], OneOrMore()]]):
    """What one key demands: once, or several times under schedules of their own."""


SpecialMinimums = Annotated[tuple[SpecialMinimumShape, ...], OneOrMore()]


def read_minimum(place: Place, names: Names, shape_of: type[MinimumShape] = MinimumShape) -> tuple[MinimumPolicy, ...]:
    found = []
    for key, name, at in _entries(place):
        names.check(at)
        shape = shaped(shape_of, at)
        if _is_known(key, at, names) and shape is not None:
            found.append(_minimum(key, name, at, shape, names))
    return tuple(found)


def _entries(place: Place) -> Iterator[tuple[str, str, Place]]:
    """(key, id, place) of each: a key holds one, or a list of them."""
    for key, at in place.entries():
        if not isinstance(at.node, Items):
            yield key, key, at
            continue
        if not at.node.items:
            at.wrong("the list is empty")
        for n in range(len(at.node.items)):
            yield key, f"{key}[{n}]", at / n


def _is_known(key: str, place: Place, names: Names) -> bool:
    """True if the key is a door or an area, or says by `where` what it stands for."""
    itself = (*names.site.door_ids, *names.site.area_ids)
    if (place / "where").node is None:
        return place.known(key, "door or area", itself)
    if key in itself:
        (place / "where").misnamed(f"{key!r} is a door or area itself: leave 'where' out, or choose another id")
        return False
    return True


def _minimum(key: str, name: str, place: Place, shape: MinimumShape, names: Names) -> MinimumPolicy:
    ways = _ways(key, place, shape, names)
    if shape.require is None and shape.two_person is None and shape.escort is None:
        place.wrong("demands nothing: give require, two_person or escort")
    if shape.require is not None and "pin" in shape.require.factors:
        at = place / "require"
        check_keypads(ways, names.site.doors, names.readers, at)
        if key in names.site.doors:
            check_asked(names.site.doors[key], (way for _, way in ways), at)
    return MinimumPolicy(
        name, place.key, ways, shape.require, shape.when, two_person(shape.two_person), escort(shape.escort)
    )


def _ways(key: str, place: Place, shape: MinimumShape, names: Names) -> tuple[Way, ...]:
    """The ways it binds. Of an area's ways in, those that are exits stay free."""
    site = names.site
    if shape.where is None and key in site.door_ids:
        return tuple((key, way) for way in WAYS[shape.direction or "in"])
    at = place if shape.where is None else place / "where"
    return site.resolve(shape.where or (key,), shape.direction, at, place / "direction", less_exits=True)
