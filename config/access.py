"""`access`, `minimum` and `deny`: who may pass where and when, resolved to doors and directions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict

from config.problem import suggestion
from config.scalars import Id, Ids, OneOrMore, Words
from config.shape import Shape, shaped, shorthand
from config.tree import Place
from config.where import SiteMap, Way
from rules.policy import AccessPolicy, DenyPolicy, Direction, MinimumPolicy, ReaderPolicy, Require, Source, Who

_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_-]{0,62}")
# Columns of the directory that are no attributes, and attributes whose meaning does not exist yet.
_NO_ATTRIBUTES = frozenset(
    [
        "groups",
        "person",
        "name",
        "format",
        "facility",
        "number",
        "from",
        "until",
        "extended",
        "training",
        "induction",
        "clearance",
    ]
)


class WhoShape(Shape):
    """A group or several, and attributes that must all hold."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Words]

    group: Ids = ()


class RuleShape(Shape):
    """A grant."""

    who: Annotated[WhoShape, shorthand("group")]
    where: Annotated[tuple[Words, ...], OneOrMore()]
    direction: Literal["in", "out", "both"] | None = None
    when: Id


class DenyShape(RuleShape):
    """A denial."""

    when: Id = "always"


class MinimumShape(Shape):
    """What a door demands at least."""

    require: Require
    when: Id


def read_access(place: Place, site: SiteMap, schedules: Mapping[str, object]) -> tuple[AccessPolicy, ...]:
    return tuple(AccessPolicy(*rule) for rule in _rules(RuleShape, place, site, schedules))


def read_deny(place: Place, site: SiteMap, schedules: Mapping[str, object]) -> tuple[DenyPolicy, ...]:
    return tuple(DenyPolicy(*rule) for rule in _rules(DenyShape, place, site, schedules))


def _rules(
    shape_of: type[RuleShape], place: Place, site: SiteMap, schedules: Mapping[str, object]
) -> Iterator[tuple[str, Source, Who, tuple[Way, ...], str]]:
    for name, at in place.entries():
        site.check(at)
        _check_when(at, schedules)
        shape = shaped(shape_of, at)
        if shape is None:
            continue
        ways = site.resolve(shape.where, shape.direction, at)
        yield name, at.key, _who(shape.who, at / "who"), ways, shape.when


def _check_when(place: Place, schedules: Mapping[str, object]) -> None:
    for name, at in (place / "when").texts():
        at.known(name, "schedule", schedules)


def _who(shape: WhoShape, place: Place) -> Who:
    extra = shape.__pydantic_extra__
    for key in extra:
        if key in _NO_ATTRIBUTES or _ATTRIBUTE.fullmatch(key) is None:
            (place / key).misnamed(f"unknown key {key!r}{suggestion(key, ('group', 'company', 'role'))}")
    if not shape.group and not extra:
        place.wrong("names nobody: give a group or an attribute")
    return Who(frozenset(shape.group), tuple(sorted(extra.items())))


def read_minimum(
    place: Place, site: SiteMap, schedules: Mapping[str, object], readers: Mapping[str, ReaderPolicy]
) -> tuple[MinimumPolicy, ...]:
    found = []
    for name, at in place.entries():
        _check_when(at, schedules)
        shape = shaped(MinimumShape, at)
        if not at.known(name, "door or area", (*site.door_ids, *site.area_ids)) or shape is None:
            continue
        doors = (name,) if name in site.door_ids else _entrances(name, site, at)
        if shape.require is Require.CARD_PIN:
            _check_keypads(doors, site, readers, at / "require")
        found.append(MinimumPolicy(name, at.key, doors, shape.require, shape.when))
    return tuple(found)


def _entrances(area: str, site: SiteMap, place: Place) -> tuple[str, ...]:
    """The doors whose way in leads into `area`. A minimum binds the way in, so an entry by a way out has none."""
    doors = []
    for door, way in site.entries(area):
        if way is Direction.IN:
            doors.append(door)
        elif site.doors[door].readers_out:
            place.wrong(f"the way out of door {door!r} leads into area {area!r}: a minimum binds ways in only")
    if not doors and not place.report.problems:
        place.wrong(f"no door leads into area {area!r}")
    return tuple(doors)


def _check_keypads(doors: tuple[str, ...], site: SiteMap, readers: Mapping[str, ReaderPolicy], place: Place) -> None:
    """Where a PIN is demanded, every reader that can ask for entry must be able to take one."""
    for name in doors:
        door = site.doors.get(name)
        if door is None:
            continue
        ways = ((Direction.IN, door.readers_in), (Direction.OUT, door.readers_out))
        asked = [r for way, names in ways if way not in door.egress for r in names]
        for reader in asked:
            if reader in readers and not readers[reader].keypad:
                place.wrong(f"reader {reader!r} of door {name!r} has no keypad for a PIN")
        if not asked:
            place.wrong(f"door {name!r} has no reader that could ask for a PIN")
