"""What people have besides passages: the lockdown privilege, limits, exemptions, inspections, whom an area obeys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from typing import NamedTuple

from rules.answers.diff.times import Times
from rules.answers.diff.ways import Way
from rules.policy import Direction
from rules.site import Demand, Rule, Site
from rules.site import Way as SiteWay

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
    yield from _company(old, new)


def _company(old: Site, new: Site) -> Iterator[Trait]:
    """Groups that both versions name for company: who came to them or left them."""
    for door in sorted(old.doors.keys() & new.doors.keys()):
        for direction in Direction:
            before, after = (dict(_named(site.way(door, direction))) for site in (old, new))
            for role in sorted(before.keys() & after.keys()):
                same = _having(before[role] & after[role])
                yield Trait(role, (door, direction), (same, same))
        opens = _having(old.doors[door].unlock_after & new.doors[door].unlock_after)
        yield Trait("opens_first", door, (opens, opens))


def _named(way: SiteWay) -> Iterator[tuple[str, frozenset[str]]]:
    """The groups that somebody else has to be of, on a way: (as what, groups)."""
    if not way.companions and not way.conditional:
        return
    rules = [rule for found in way.grants.values() for rule in found]
    asking: list[Rule | Demand] = [*rules, *way.demands]
    escorts = (each.escort.groups for each in asking if each.escort is not None)
    seconds = (each.two_person.second for each in asking if each.two_person is not None)
    yield "escorts", frozenset[str]().union(*escorts)
    yield "seconds", frozenset(group for group in seconds if group is not None)
    yield "firsts", frozenset[str]().union(*(rule.first_person for rule in rules))


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
        policy, token = inspection.policy, times.alike(times.token(inspection.schedule, side))
        if policy.rate and times.spans(token):
            for name in inspection.classes:
                found[name] = found.get(name, frozenset()) | {(policy.rate, policy.window, token, policy.id)}
    return found


def lots(values: Values) -> Values:
    """What inspections are called makes no difference; how many of a kind there are does, as each draws its own lot."""
    return frozenset(Counter(value[:-1] for value in values).items())


def least(values: Values) -> Values:
    """Of several limits of a kind the lowest counts."""
    found: dict[Hashable, Hashable] = {}
    for name, bound in values:
        known = found.get(name)
        found[name] = bound if known is None or bound < known else known  # type: ignore[operator]
    return frozenset(found.items())
