"""The rules of each way through each door: the tables of the fast path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from rules.calendar import Schedule
from rules.checks import checks_of
from rules.decision import Decision, Edition
from rules.gates import gates_of
from rules.members import Membership
from rules.model.reasons import Reason
from rules.policy import AccessPolicy, DenyPolicy, Direction, MinimumPolicy, Policy, Require
from rules.site import ByClass, Demand, Inspection, Plain, Restriction, Rule, Way
from rules.state import AREA, DOOR, THREAT

Key = tuple[str, Direction]
Written = TypeVar("Written", AccessPolicy, DenyPolicy)


@dataclass(slots=True)
class Parts:
    """What the ways are made of, sorted by way."""

    members: Membership
    grants: dict[Key, dict[str, tuple[Rule, ...]]]
    denials: dict[Key, dict[str, tuple[Rule, ...]]]
    restrictions: dict[Key, list[Restriction]]
    demands: dict[Key, list[Demand]]
    inspections: dict[Key, list[Inspection]]
    interlocked: dict[str, tuple[str, ...]]
    bordering: Mapping[str, tuple[str, ...]]


class Said:
    """The decisions that need no rule, each made once."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.stranger = Decision(Reason.UNKNOWN_CREDENTIAL, False, edition, also_failed=(Reason.NO_ACCESS_RIGHTS,))
        self.nobody = Decision(Reason.NO_ACCESS_RIGHTS, False, edition)
        self._outside: dict[str, Decision] = {}

    def outside(self, rule: Rule) -> Decision:
        """What a grant says that is not active."""
        found = self._outside.get(rule.id)
        if found is None:
            found = Decision(Reason.OUTSIDE_SCHEDULE, False, self.edition, rule.id, rule.source)
            self._outside[rule.id] = found
        return found


def make_ways(
    policy: Policy, schedules: Mapping[str, Schedule], members: Membership, said: Said
) -> tuple[dict[str, Way], dict[str, Way]]:
    """(ways in, ways out) by door."""
    parts = _parts(policy, schedules, members, said.edition)
    entries = {door: make_way(policy, parts, (door, Direction.IN), said) for door in policy.doors}
    exits = {door: make_way(policy, parts, (door, Direction.OUT), said) for door in policy.doors}
    return entries, exits


def _parts(policy: Policy, schedules: Mapping[str, Schedule], members: Membership, edition: Edition) -> Parts:
    restrictions: dict[Key, list[Restriction]] = defaultdict(list)
    for threat in policy.threats:
        for denial in threat.restrictions:
            rule = denial_rule(schedules, edition, Reason.THREAT_LEVEL, denial)
            for way in denial.doors:
                restrictions[way].append(Restriction(threat.rank, rule))
    inspections: dict[Key, list[Inspection]] = defaultdict(list)
    for inspection in sorted(policy.inspections, key=lambda i: i.id):
        found = Inspection(inspection, schedules[inspection.when], frozenset(members.classes_of(inspection.who)))
        for way in inspection.doors:
            inspections[way].append(found)
    demands: dict[Key, list[Demand]] = defaultdict(list)
    for minimum in sorted(policy.minimum, key=lambda m: m.id):
        for way in minimum.doors:
            demands[way].append(_demand(minimum, schedules))
    interlocked: dict[str, set[str]] = defaultdict(set)
    for interlock in policy.interlocks:
        for door in interlock.doors:
            interlocked[door].update(set(interlock.doors) - {door})
    return Parts(
        members,
        by_way(policy.access, members, partial(grant_rule, schedules, edition)),
        by_way(policy.deny, members, partial(denial_rule, schedules, edition, Reason.DENIED_BY_RULE)),
        restrictions,
        demands,
        inspections,
        {door: tuple(sorted(others)) for door, others in interlocked.items()},
        bordering(policy),
    )


def make_way(policy: Policy, parts: Parts, way: Key, said: Said) -> Way:
    door, direction = way
    outside, inside = policy.doors[door].between
    made = Way()
    made.door, made.direction = way
    made.area = policy.areas[inside if direction is Direction.IN else outside]
    made.near = policy.areas[outside if direction is Direction.IN else inside]
    made.bordering = parts.bordering[made.area.id]
    passback = made.area.passback
    made.exempt = frozenset(parts.members.classes_of(passback.exempt) if passback and passback.exempt else ())
    made.denials = parts.denials.get(way, {})
    made.denied = frozenset(made.denials)
    made.restrictions = tuple(parts.restrictions.get(way, ()))
    made.demands = tuple(parts.demands.get(way, ()))
    made.inspections = tuple(parts.inspections.get(way, ()))
    made.interlocked = parts.interlocked.get(door, ())
    made.simple = not made.demands and "" not in made.denials
    made.keyed = "" not in made.denials and all("pin" in d.factors and _alone(d) for d in made.demands)
    made.subjects = frozenset({DOOR.format(door), AREA.format(made.area.id), THREAT})
    made.stranger, made.nobody = said.stranger, said.nobody
    _grant_by(made, parts.grants.get(way, {}), said)
    return made


def _grant_by(way: Way, grants: ByClass, said: Said) -> None:
    """Let these grants be those of the way."""
    way.grants = grants
    way.plain, way.conditional = plain(grants, said)
    asking: list[Rule | Demand] = [*(rule for found in grants.values() for rule in found), *way.demands]
    way.companions = not all(map(_alone, asking))
    way.checks = checks_of(way)
    way.gates = gates_of(way)


def fast(way: Way) -> Plain:
    """The bare grants of a way, or nothing where more has to be asked of a card in order."""
    return way.plain if way.simple and not way.gates and not way.conditional else {}


def remake(way: Way, grants: ByClass, said: Said) -> Way:
    """A way with other grants, and the same in all else."""
    made = Way()
    for name in Way.__slots__:
        setattr(made, name, getattr(way, name))
    _grant_by(made, grants, said)
    return made


def bordering(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Area -> its doors."""
    found: dict[str, list[str]] = {area: [] for area in policy.areas}
    for door in policy.doors.values():
        for area in dict.fromkeys(door.between):
            found[area].append(door.id)
    return {area: tuple(doors) for area, doors in found.items()}


# -- rules ------------------------------------------------------------------------------------------------------------


def by_way(
    written: Iterable[Written], members: Membership, rule_of: Callable[[Written], Rule]
) -> dict[Key, dict[str, tuple[Rule, ...]]]:
    """Way -> class -> its rules, in the order of their ids, so that the order of writing has no meaning."""
    found: defaultdict[Key, dict[str, tuple[Rule, ...]]] = defaultdict(dict)
    for policy in sorted(written, key=lambda p: p.id):
        rule = rule_of(policy)
        classes = members.classes_of(policy.who)
        for way in policy.doors:
            _stand(found[way], classes, rule)
    return found


def _stand(rules: dict[str, tuple[Rule, ...]], classes: Iterable[str], rule: Rule) -> None:
    for name in classes:
        rules[name] = (*rules.get(name, ()), rule)


def grant_rule(schedules: Mapping[str, Schedule], edition: Edition, policy: AccessPolicy) -> Rule:
    bare = (
        policy.require is Require.CARD
        and policy.two_person is None
        and policy.escort is None
        and not policy.first_person
        and not policy.who.valid
    )
    return Rule(
        policy.id,
        policy.source,
        schedules[policy.when],
        policy.who,
        Decision(Reason.GRANTED, True, edition, policy.id, policy.source),
        bare,
        policy.require,
        policy.two_person,
        policy.escort,
        policy.first_person,
    )


def denial_rule(schedules: Mapping[str, Schedule], edition: Edition, reason: Reason, policy: DenyPolicy) -> Rule:
    decision = Decision(reason, False, edition, policy.id, policy.source)
    return Rule(policy.id, policy.source, schedules[policy.when], policy.who, decision)


def _alone(asks: Rule | Demand) -> bool:
    return asks.two_person is None and asks.escort is None


def _demand(policy: MinimumPolicy, schedules: Mapping[str, Schedule]) -> Demand:
    factors = policy.require.factors if policy.require is not None else frozenset[str]()
    return Demand(policy.id, policy.source, schedules[policy.when], factors, policy.two_person, policy.escort)


def plain(grants: ByClass, said: Said) -> tuple[Plain, bool]:
    """The bare grants as the fast path wants them, and whether there are others."""
    bare = {name: tuple(rule for rule in rules if rule.bare) for name, rules in grants.items()}
    conditional = any(not rule.bare for rules in grants.values() for rule in rules)
    found = {
        name: (rules[0].schedule, rules[0].decision, said.outside(rules[0]), tuple(map(_timed, rules[1:])))
        for name, rules in bare.items()
        if rules
    }
    return found, conditional


def _timed(rule: Rule) -> tuple[Schedule, Decision]:
    return rule.schedule, rule.decision
