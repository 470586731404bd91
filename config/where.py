"""`where:` doors, areas and `all` as doors with directions. Entry into an area is what its name means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from config.tree import Place
from rules.policy import Direction, DoorPolicy

ALL = "all"
Way = tuple[str, Direction]

WAYS = {
    "in": (Direction.IN,),
    "out": (Direction.OUT,),
    "both": (Direction.IN, Direction.OUT),
}


@dataclass(frozen=True, slots=True)
class SiteMap:
    """What `where` may name. doors: those that could be read; door_ids, area_ids: all that were written."""

    doors: Mapping[str, DoorPolicy]
    door_ids: tuple[str, ...]
    area_ids: tuple[str, ...]

    def entries(self, area: str) -> Iterator[Way]:
        """Every way into an area."""
        for door in self.doors.values():
            if door.between[1] == area:
                yield door.id, Direction.IN
            if door.between[0] == area:
                yield door.id, Direction.OUT

    def check(self, place: Place) -> None:
        """Report what `where` of the rule at `place` names and does not exist."""
        for name, at in (place / "where").texts():
            at.known(name, "door or area", (*self.door_ids, *self.area_ids, ALL))

    def resolve(self, names: tuple[str, ...], direction: str | None, place: Place) -> tuple[Way, ...]:
        """The ways that a rule at `place` means, each once. Names were checked before."""
        ways: dict[Way, None] = {}
        for n, name in enumerate(names):
            at = place / "where" / n
            if name == ALL or name in self.door_ids:
                doors = self.doors if name == ALL else (name,)
                ways.update(dict.fromkeys((d, w) for d in doors for w in WAYS[direction or "in"]))
            elif name in self.area_ids:
                ways.update(dict.fromkeys(self._into(name, direction, at, place)))
        return tuple(ways)

    def _into(self, area: str, direction: str | None, at: Place, place: Place) -> list[Way]:
        if direction is not None:
            (place / "direction").misnamed(f"an area means entry into it: name doors instead of {area!r}")
        ways = list(self.entries(area))
        if not ways and not place.report.problems:
            at.wrong(f"no door leads into area {area!r}")
        return ways


def site_map(top: Place, doors: Mapping[str, DoorPolicy]) -> SiteMap:
    """The doors and areas of the site; an id that could mean two of them is reported."""
    found = SiteMap(doors, (top / "doors").names(), (top / "areas").names())
    for section, ids in (("doors", found.door_ids), ("areas", found.area_ids)):
        for name in ids:
            if name == ALL:
                (top / section / name).misnamed("'all' means all doors: choose another id")
            elif section == "areas" and name in found.door_ids:
                door = (top / "doors" / name).key
                (top / section / name).misnamed(f"{name!r} is already the id of a door, at {door}")
    return found
