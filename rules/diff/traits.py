"""What people have besides passages: the lockdown privilege, limits, exemptions, inspections, whom an area obeys."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import NamedTuple

from rules.diff.times import Times
from rules.diff.ways import Way
from rules.policy import Direction
from rules.site import Site

Values = frozenset[tuple[Hashable, ...]]
ByClass = Mapping[str, frozenset[tuple[Hashable, ...]]]


class Trait(NamedTuple):
    """Something that people have by their classes. place: of an area or a way, else empty.

    values: for either version, class -> what belongs to it has.
    """

    name: str
    place: str | Way
    values: tuple[ByClass, ByClass]


_HAVE: Values = frozenset({("yes",)})
LIMITS = ("max_uses", "max_days", "inactive_after")


def traits(old: Site, new: Site, times: Times) -> Iterator[Trait]:
    """Every trait that both versions can tell of; what holds for one version's areas and doors alone is left out."""
    yield Trait("lockdown", "", (_having(old.exempt), _having(new.exempt)))
    yield Trait("limits", "", (_limits(old), _limits(new)))
    for area in sorted(old.areas.keys() & new.areas.keys()):
        arming = old.areas[area].arming, new.areas[area].arming
        if arming[0] is not None and arming[1] is not None:
            yield Trait("disarms", area, (_having(arming[0].disarmed_by), _having(arming[1].disarmed_by)))
        if old.areas[area].passback is not None and new.areas[area].passback is not None:
            yield Trait("passback_exempt", area, (_exempt(old, area), _exempt(new, area)))
    for door in sorted(new.doors):
        for direction in Direction:
            values = _inspected(old, (door, direction), times, 0), _inspected(new, (door, direction), times, 1)
            if values[0] or values[1]:
                yield Trait("inspection", (door, direction), values)


def _having(classes: frozenset[str]) -> ByClass:
    return dict.fromkeys(classes, _HAVE)


def _limits(site: Site) -> ByClass:
    found: dict[str, frozenset[tuple[Hashable, ...]]] = {}
    for limit in site.limits:
        said = {(name, getattr(limit.policy, name)) for name in LIMITS}
        for name in limit.classes:
            found[name] = found.get(name, frozenset()) | {pair for pair in said if pair[1] is not None}
    return found


def _exempt(site: Site, area: str) -> ByClass:
    passback = site.areas[area].passback
    exempt = passback.exempt if passback is not None else None
    return _having(frozenset(site.members.classes_of(exempt))) if exempt is not None else {}


def _inspected(site: Site, way: Way, times: Times, side: int) -> ByClass:
    found: dict[str, frozenset[tuple[Hashable, ...]]] = {}
    for inspection in site.way(*way).inspections if way[0] in site.doors else ():
        policy = inspection.policy
        said = (policy.rate, policy.window, times.token(inspection.schedule, side))
        for name in inspection.classes:
            found[name] = found.get(name, frozenset()) | {said}
    return found


def least(values: Values) -> Values:
    """Of several limits of a kind the lowest counts."""
    found: dict[Hashable, Hashable] = {}
    for name, bound in values:
        known = found.get(name)
        found[name] = bound if known is None or bound < known else known  # type: ignore[operator]
    return frozenset(found.items())
