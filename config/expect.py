"""`expect`: what must hold of a rule set before it may go live."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from config.access import Names
from config.moments import AnyMoment, Moment, skipped
from config.scalars import Id, Ids
from config.shape import Shape, shaped
from config.tree import Items, Map, Place
from config.where import ALL, Ways, Where
from config.who import AnyWho, check_who, read_who
from rules.policy import Claim, ExpectApartPolicy, ExpectFirePolicy, ExpectPolicy

EGRESS = "egress"
Expectation = ExpectPolicy | ExpectFirePolicy | ExpectApartPolicy
_CLAIMS = tuple(str(claim) for claim in Claim)
_KINDS = (*_CLAIMS, "every", "no")


def _schema(schema: dict[str, Any]) -> None:
    schema["allOf"] = [{"oneOf": [{"required": [key]} for key in keys]} for keys in (_CLAIMS, ("opens", "cannot_open"))]
    schema["not"] = {"required": ["at", "when"]}


class WhoOpensShape(Shape):
    """Who opens something, or cannot: at a moment, in a schedule, or ever."""

    model_config = ConfigDict(json_schema_extra=_schema)

    nobody: AnyWho | None = None
    everyone: AnyWho | None = None
    only: AnyWho | None = None
    opens: Where | None = None
    cannot_open: Where | None = None
    direction: Ways | None = None
    at: AnyMoment | None = None
    when: Id | None = None


class ReleasesShape(Shape):
    """Doors, `egress` or `all`, that fire always releases."""

    every: Ids
    releases_on: Literal["fire"]


class ApartShape(Shape):
    """Doors, or `all`, that do not depend on a device or line."""

    no: Ids
    depends_on: Id


SHAPES: tuple[type[BaseModel], ...] = (WhoOpensShape, ReleasesShape, ApartShape)


def read_expect(place: Place, names: Names, links: tuple[str, ...], zone: ZoneInfo | None) -> tuple[Expectation, ...]:
    """Every expectation, in order. links: the ids of all devices and lines; zone: None where it could not be read."""
    if place.node is not None and not isinstance(place.node, Items):
        place.wrong("expected a list")
    count = len(place.node.items) if isinstance(place.node, Items) else 0
    found = (_expectation(n, place / n, names, links, zone) for n in range(count))
    return tuple(each for each in found if each is not None)


def _expectation(
    n: int, place: Place, names: Names, links: tuple[str, ...], zone: ZoneInfo | None
) -> Expectation | None:
    if not isinstance(place.node, Map):
        place.wrong("expected a mapping")
        return None
    said = [key for key in _KINDS if key in place.names()]
    if len(said) != 1:
        place.wrong(f"expected one of {', '.join(_KINDS)}" + (f" (got {' and '.join(said)})" if said else ""))
        return None
    id = f"expect[{n}]"
    match said[0]:
        case "every":
            return _releases(id, place, names)
        case "no":
            return _apart(id, place, names, links)
        case claim:
            return _who_opens(id, Claim(claim), place, names, zone)


def _who_opens(id: str, claim: Claim, place: Place, names: Names, zone: ZoneInfo | None) -> ExpectPolicy | None:
    for key in ("opens", "cannot_open"):
        names.site.check(place / key)
    check_who(place / claim.value)
    names.check(place)
    shape = shaped(WhoOpensShape, place)
    if shape is None:
        return None
    opens = _opens(shape, claim, place)
    if shape.at is not None and shape.when is not None:
        (place / "when").misnamed("'at' and 'when' exclude each other")
    who = shape.nobody or shape.everyone or shape.only
    where = shape.opens if opens else shape.cannot_open
    if who is None or where is None:
        return None
    at = place / ("opens" if opens else "cannot_open")
    return ExpectPolicy(
        id=id,
        source=place.source,
        claim=claim,
        who=read_who(who),
        doors=names.site.resolve(where, shape.direction, at, place / "direction"),
        opens=opens,
        at=_moment(shape.at, place / "at", zone),
        when=shape.when,
    )


def _opens(shape: WhoOpensShape, claim: Claim, place: Place) -> bool:
    """What is said that they do; a mistake where that is nothing, both, or nobody knows what."""
    if (shape.opens is None) == (shape.cannot_open is None):
        place.wrong("expected one of opens, cannot_open" + (" (got both)" if shape.opens is not None else ""))
    elif claim is Claim.ONLY and shape.cannot_open is not None:
        (place / "cannot_open").misnamed("'only' goes with 'opens': say whom you expect to open it, and nobody else")
    return shape.opens is not None


def _moment(at: Moment | None, place: Place, zone: ZoneInfo | None) -> tuple[int | None, date | None, int] | None:
    if at is None:
        return None
    if at.day is not None and zone is not None and (wrong := skipped(at, zone)):
        place.wrong(wrong, repr(str(at)))
    return at.weekday, at.day, at.minute


def _releases(id: str, place: Place, names: Names) -> ExpectFirePolicy | None:
    doors = _doors(place / "every", names, EGRESS, ALL)
    shape = shaped(ReleasesShape, place)
    return ExpectFirePolicy(id, place.source, doors) if shape else None


def _apart(id: str, place: Place, names: Names, links: tuple[str, ...]) -> ExpectApartPolicy | None:
    doors = _doors(place / "no", names, ALL)
    for name, at in (place / "depends_on").texts():
        at.known(name, "device or line", links)
    shape = shaped(ApartShape, place)
    return ExpectApartPolicy(id, place.source, doors, shape.depends_on) if shape else None


def _doors(place: Place, names: Names, *words: str) -> tuple[str, ...]:
    """The doors named here; `all`, and `egress` for those that people leave by."""
    found: dict[str, None] = {}
    for name, at in place.texts():
        if name in words:
            doors = names.site.doors.values()
            found.update(dict.fromkeys(door.id for door in doors if name == ALL or door.egress))
        elif at.known(name, "door", (*names.site.door_ids, *words)):
            found[name] = None
    if not found and not place.report.problems:
        place.wrong("no door has an 'egress'")
    return tuple(found)
