"""What stands behind a denial by a rule, and behind a grant that is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rules.answers.cause import Cause, Change, Written, distinct, listed, local, named, speaking, supposed, turn
from rules.answers.lacks import SAID, changes, fits, lapse
from rules.asked import Asked
from rules.calendar import FOREVER
from rules.model.reasons import Reason
from rules.people import Person
from rules.policy import Who
from rules.ruling import is_valid, matching, rank_of
from rules.site import Restriction, Rule

# -- denials ----------------------------------------------------------------------------------------------------------


def denials(asked: Asked) -> Iterator[Cause]:
    """Every denial that is active: all of them have to go."""
    for rule in distinct(matching(asked.way.denials, asked.classes)):
        if rule.schedule.active(asked.utc):
            ways = (*excused(asked, rule, rule.who, "deny"), *turn(asked, rule, "ends"))
            yield Cause(Reason.DENIED_BY_RULE, f"{named(rule)} denies it", ways, rule.id, rule.source)


def restrictions(asked: Asked) -> Iterator[Cause]:
    """What the threat level denies, and every lower one."""
    for found in held_back(asked):
        rule, level = found.rule, level_of(asked, found.rank)
        lower = Change("lower_threat", f"lower the threat level below {level}", rule.id, rule.source)
        ways = (lower, *excused(asked, rule, rule.who, "threat rule"), *turn(asked, rule, "ends"))
        text = f"{named(rule)} denies it from threat level {level} on"
        yield Cause(Reason.THREAT_LEVEL, text, ways, rule.id, rule.source)


def held_back(asked: Asked) -> list[Restriction]:
    """The restrictions that are in force against whoever asks."""
    level = asked.state.gateway().threat
    rank = rank_of(asked.site, level)
    return [r for r in restricting(asked) if r.rank <= rank and r.rule.schedule.active(asked.utc)]


def restricting(asked: Asked) -> list[Restriction]:
    """Those of any level that mean whoever asks, the lowest level first, active or not."""
    members, found = asked.site.members, dict[tuple[int, str], Restriction]()
    for one in asked.way.restrictions:
        if not set(members.classes_of(one.rule.who)).isdisjoint(asked.classes):
            found[one.rank, one.rule.id] = one
    return [found[place] for place in sorted(found)]


def level_of(asked: Asked, rank: int) -> str:
    """The threat level of this rank."""
    return next(id for id, found in asked.site.ranks.items() if found == rank)


def excused(asked: Asked, rule: Written, who: Who, what: str) -> Iterator[Change]:
    """What would keep a rule from meaning whoever asks, without anything new that speaks against them."""
    yield Change("remove_rule", f"remove {what} {named(rule)}", rule.id, rule.source)
    person = asked.person
    if person is None:
        return
    known = speaking(asked) | SAID
    for code, text, other in _others(asked, who, person):
        if not asked.site.members.means(who, other) and speaking(supposed(asked, other)) <= known:
            yield Change(code, text, rule.id, rule.source, become=(other,))


def _others(asked: Asked, who: Who, person: Person) -> Iterator[tuple[str, str, Person]]:
    """(code, text, the person as another): out of the groups, with another attribute, among those left out."""
    leave = [g for g in sorted(person.groups) if _brings(asked, person, g, who.groups)]
    if leave:
        what = "the group" if len(leave) == 1 else "all of the groups"
        yield "leave_groups", f"leave {what} {listed(leave)}", replace(person, groups=person.groups - set(leave))
    for name, value in person.attributes:
        if (name, value) in who.attributes:
            rest = tuple(pair for pair in person.attributes if pair[0] != name)
            yield "change_attribute", f"change attribute {name}, now {value}", replace(person, attributes=rest)
    for out in who.but:
        for fit in fits(asked, out):
            group = [f"be in the group {fit.group}"] if fit.group else []
            yield "join", f"{' and '.join([*group, *fit.words])}, which it leaves out", fit.person


def _brings(asked: Asked, person: Person, group: str, groups: frozenset[str]) -> bool:
    """True if being in this one alone makes somebody a member of these."""
    return not asked.site.members.groups(replace(person, groups=frozenset({group}))).isdisjoint(groups)


# -- grants -----------------------------------------------------------------------------------------------------------


def no_rights(asked: Asked) -> Iterator[Cause]:
    if asked.person is None:
        yield Cause(Reason.NO_ACCESS_RIGHTS, "no person, so no grant", (Change("assign", "give the card to somebody"),))
        return
    yield Cause(Reason.NO_ACCESS_RIGHTS, "no grant covers this person here", tuple(more_rights(asked, ())))


def outside(asked: Asked) -> Iterator[Cause]:
    """Grants there are, and none is active."""
    grants = _meaning(asked)
    schedules = ", ".join(f"{named(rule)} on schedule {rule.schedule.id}" for rule in grants)
    yield _missing(asked, Reason.OUTSIDE_SCHEDULE, f"not active now: {schedules}", grants)


def lapsed(asked: Asked) -> Iterator[Cause]:
    """Grants are active, and something that each wants to be valid is not."""
    person, grants = asked.person, [rule for rule in _meaning(asked) if rule.schedule.active(asked.utc)]
    assert person is not None
    gone = {name for rule in grants for name in rule.who.valid if not is_valid(asked.site, person, name, asked.utc)}
    text = "; ".join(f"{name}, {lapse(asked, person, name)}" for name in sorted(gone))
    by = ", ".join(named(rule) for rule in grants)
    yield _missing(asked, Reason.PREREQUISITE_LAPSED, f"not valid: {text}; wanted by {by}", grants)


def not_first(asked: Asked) -> Iterator[Cause]:
    """Grants would hold, once somebody came first."""
    person = asked.person
    assert person is not None
    grants = [
        rule
        for rule in _meaning(asked)
        if rule.schedule.active(asked.utc)
        and rule.first_person
        and all(is_valid(asked.site, person, name, asked.utc) for name in rule.who.valid)
    ]
    said = (
        f"nobody of {listed(rule.first_person, ' or ')} has entered {asked.way.area.id} since "
        f"{_since(asked, rule)}: {named(rule)}"
        for rule in grants
    )
    yield _missing(asked, Reason.FIRST_PERSON_NOT_IN, "; ".join(said), grants)


def _since(asked: Asked, rule: Rule) -> str:
    began = rule.schedule.began(asked.utc)
    return "ever" if began <= -FOREVER else local(asked.site, began)


def _meaning(asked: Asked) -> list[Rule]:
    """The grants of this way that mean whoever asks, active or not."""
    return distinct(matching(asked.way.grants, asked.classes))


def _missing(asked: Asked, reason: Reason, text: str, grants: list[Rule]) -> Cause:
    first = grants[0] if grants else None
    ways = (*changes(asked, _meaning(asked)), *more_rights(asked, [rule.id for rule in _meaning(asked)]))
    return Cause(reason, text, ways, first.id if first else None, first.source if first else None)


def more_rights(asked: Asked, but: Iterable[str]) -> Iterator[Change]:
    """What would make the other grants of this way fit, the soonest first, and the grant that is missing."""
    assert asked.person is not None
    left_out = frozenset(but)
    everything = (rule for rules in asked.way.grants.values() for rule in rules)
    yield from changes(asked, (rule for rule in everything if rule.id not in left_out))
    groups = listed(asked.person.groups)
    whom = f"one of the groups {groups}" if "," in groups else f"the group {groups}" if groups else "this person"
    yield Change("grant", f"a grant for {whom} at this time")
