"""`where:` doors, areas, tags and `all` as doors with directions. Entry into an area is what its name means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict

from config.scalars import Ids, OneOrMore
from config.shape import Shape, TextOr
from config.tree import Items, Place
from rules.policy import Direction, DoorPolicy

ALL = "all"
Way = tuple[str, Direction]

WAYS = {
    "in": (Direction.IN,),
    "out": (Direction.OUT,),
    "both": (Direction.IN, Direction.OUT),
}
Ways = Literal["in", "out", "both"]


def _schema(schema: dict[str, Any]) -> None:
    schema["minProperties"] = schema["maxProperties"] = 1


class WhereShape(Shape):
    """Doors by what they are called, by the area they lead into, or by a tag of theirs."""

    model_config = ConfigDict(json_schema_extra=_schema)

    door: Ids = ()
    area: Ids = ()
    tag: Ids = ()


Where = Annotated[tuple[Annotated[str | WhereShape, TextOr(WhereShape)], ...], OneOrMore()]


@dataclass(frozen=True, slots=True)
class SiteMap:
    """What `where` may name. doors: those that could be read; door_ids, area_ids, tags: all that were written."""

    doors: Mapping[str, DoorPolicy]
    door_ids: tuple[str, ...]
    area_ids: tuple[str, ...]
    tags: tuple[str, ...] = ()

    def entries(self, area: str) -> Iterator[Way]:
        """Every way into an area."""
        for door in self.doors.values():
            if door.between[1] == area:
                yield door.id, Direction.IN
            if door.between[0] == area:
                yield door.id, Direction.OUT

    def check(self, place: Place) -> None:
        """Report what the `where` at `place` names and does not exist."""
        for name, at in place.texts():
            at.known(name, "door or area", (*self.door_ids, *self.area_ids, ALL))
        count = len(place.node.items) if isinstance(place.node, Items) else 1
        for n in range(count):
            for key, names in (("door", self.door_ids), ("area", self.area_ids), ("tag", self.tags)):
                for name, at in (place / n / key).texts():
                    at.known(name, key, names)

    def resolve(
        self,
        where: tuple[str | WhereShape, ...],
        direction: str | None,
        place: Place,
        says: Place,
        *,
        less_exits: bool = False,
    ) -> tuple[Way, ...]:
        """The ways that the `where` at `place` means, each once. Names were checked before.

        says: the place of `direction`; less_exits: an area stands for the ways into it that are no exits.
        """
        ways: dict[Way, None] = {}
        for n, each in enumerate(where):
            doors, areas = self._named(each, place / n)
            ways.update(dict.fromkeys((d, w) for d in doors for w in WAYS[direction or "in"]))
            for area in areas:
                into = self._into(area, direction, place / n, says)
                ways.update(dict.fromkeys(w for w in into if not (less_exits and self._is_exit(w))))
        return tuple(ways)

    def _is_exit(self, way: Way) -> bool:
        return way[1] in self.doors[way[0]].egress

    def _named(self, each: str | WhereShape, place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(doors, areas) that one item names."""
        if isinstance(each, WhereShape):
            if sum(bool(names) for names in (each.door, each.area, each.tag)) != 1:
                place.wrong("expected one of door, area and tag")
            tagged = (d.id for d in self.doors.values() if not d.tags.isdisjoint(each.tag))
            return (*each.door, *tagged), each.area
        if each == ALL:
            return tuple(self.doors), ()
        return ((each,), ()) if each in self.door_ids else ((), (each,))

    def _into(self, area: str, direction: str | None, at: Place, says: Place) -> list[Way]:
        if area not in self.area_ids:
            return []
        if direction is not None:
            says.misnamed(f"an area means entry into it: name doors instead of {area!r}")
        ways = list(self.entries(area))
        if not ways and not at.report.problems:
            at.wrong(f"no door leads into area {area!r}")
        return ways


def site_map(top: Place, doors: Mapping[str, DoorPolicy]) -> SiteMap:
    """The doors, areas and tags of the site; an id that could mean a door and an area is reported."""
    ids = (top / "doors").names()
    tags = dict.fromkeys(tag for name in ids for tag, _ in (top / "doors" / name / "tags").texts())
    found = SiteMap(doors, ids, (top / "areas").names(), tuple(tags))
    for section, names in (("doors", found.door_ids), ("areas", found.area_ids)):
        for name in names:
            if name == ALL:
                (top / section / name).misnamed("'all' means all doors: choose another id")
            elif section == "areas" and name in found.door_ids:
                door = (top / "doors" / name).key
                (top / section / name).misnamed(f"{name!r} is already the id of a door, at {door}")
    return found
