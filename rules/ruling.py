"""What the rules of a way say of one person: which denial, which grant, and what it still asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.model.reasons import Reason
from rules.people import Person
from rules.policy import Escort, TwoPerson
from rules.site import ByClass, Demand, Rule, Site, Way
from rules.state import State
from rules.wall import DAY, midnight

VALID = "valid"
"""What an attribute may say instead of a date: valid without an end."""


CARD, PIN, BOTH = frozenset({"card"}), frozenset({"pin"}), frozenset({"card", "pin"})
_NOTHING: frozenset[str] = frozenset()


class Ruling(NamedTuple):
    """rule: what decides, or None; reason: what it says. besides: what else of the rules forbids.

    missing: factors (`card`, `pin`) that are demanded and were not given; escorts, seconds: who else is asked for.
    """

    reason: Reason
    rule: Rule | None = None
    besides: tuple[Reason, ...] = ()
    missing: frozenset[str] = _NOTHING
    escorts: tuple[Escort, ...] = ()
    seconds: tuple[TwoPerson, ...] = ()


def ruling_of(
    site: Site,
    state: State,
    way: Way,
    person: Person | None,
    classes: tuple[str, ...],
    utc: int,
    given: frozenset[str],
) -> Ruling:
    """A denial beats a restriction, and both every grant; of the grants that hold the least demanding one counts."""
    if person is None:
        return _asking(Reason.NO_ACCESS_RIGHTS, None, (), active_demands(way, utc), given)
    denial = first_active(matching(way.denials, classes), utc) if way.denials else None
    threat = _restriction(site, state, way, classes, utc) if way.restrictions else None
    beneath = grant_ruling(site, state, way, person, classes, utc, given)
    if denial is None and threat is None:
        return beneath
    reason = Reason.DENIED_BY_RULE if denial is not None else Reason.THREAT_LEVEL
    besides = (Reason.THREAT_LEVEL,) if denial is not None and threat is not None else ()
    return Ruling(reason, denial or threat, besides, beneath.missing, beneath.escorts, beneath.seconds)


def active_demands(way: Way, utc: int) -> list[Demand]:
    """The minimums of a way that hold now."""
    return [d for d in way.demands if d.schedule.active(utc)]


def grant_ruling(
    site: Site,
    state: State,
    way: Way,
    person: Person,
    classes: tuple[str, ...],
    utc: int,
    given: frozenset[str],
) -> Ruling:
    """What the grants alone say. Of equal ones the lowest id counts; where all are bare, the first class before."""
    demands = active_demands(way, utc) if way.demands else []
    if not way.conditional and "card" in given:
        return _bare_ruling(way, classes, utc, demands, given)
    grants = [r for r in matching(way.grants, classes) if _usable(r, demands, given)]
    if not grants:
        return _asking(Reason.NO_ACCESS_RIGHTS, None, (), demands, given)
    for reason, keeps in _SIEVES:
        kept = [rule for rule in grants if keeps(site, state, way, person, rule, utc)]
        if not kept:
            return _asking(reason, min(grants, key=_by_id), (), demands, given)
        grants = kept
    return _rulings(grants, demands, given)[0]


def other_rulings(
    site: Site,
    state: State,
    way: Way,
    person: Person,
    classes: tuple[str, ...],
    utc: int,
    given: frozenset[str],
) -> list[Ruling]:
    """What the grants besides the least demanding one say: any of them may be met where that one is not."""
    demands = active_demands(way, utc)
    grants = [
        rule
        for rule in {rule.id: rule for rule in matching(way.grants, classes)}.values()
        if _usable(rule, demands, given) and all(keeps(site, state, way, person, rule, utc) for _, keeps in _SIEVES)
    ]
    return _rulings(grants, demands, given)[1:]


def _rulings(grants: Iterable[Rule], demands: list[Demand], given: frozenset[str]) -> list[Ruling]:
    """Of grants that hold, the least demanding first; of equal ones the lowest id."""
    rulings = (_asking(Reason.GRANTED, rule, (rule,), demands, given) for rule in sorted(grants, key=_by_id))
    return sorted(rulings, key=_burden)


def _bare_ruling(way: Way, classes: tuple[str, ...], utc: int, demands: list[Demand], given: frozenset[str]) -> Ruling:
    """The same where no grant asks for more than a card."""
    first = None
    for name in classes:
        for rule in way.grants.get(name, ()):
            if rule.schedule.active(utc):
                return _asking(Reason.GRANTED, rule, (), demands, given)
            first = first or rule
    return _asking(Reason.OUTSIDE_SCHEDULE if first else Reason.NO_ACCESS_RIGHTS, first, (), demands, given)


def _by_id(rule: Rule) -> str:
    return rule.id


def _burden(ruling: Ruling) -> tuple[bool, bool, int]:
    return bool(ruling.escorts), bool(ruling.seconds), len(ruling.missing)


def _usable(rule: Rule, demands: Iterable[Demand], given: frozenset[str]) -> bool:
    """A PIN that stands alone is no credential where a card is wanted."""
    return "card" in given or "card" not in rule.require.factors.union(*(d.factors for d in demands))


def _asking(
    reason: Reason, rule: Rule | None, by: tuple[Rule, ...], demands: list[Demand], given: frozenset[str]
) -> Ruling:
    """What a grant and the minimums together ask for."""
    if not by and not demands:
        return Ruling(reason, rule)
    factors = _NOTHING.union(*(r.require.factors for r in by), *(d.factors for d in demands))
    escorts = tuple(e for e in (*(r.escort for r in by), *(d.escort for d in demands)) if e is not None)
    seconds = tuple(s for s in (*(r.two_person for r in by), *(d.two_person for d in demands)) if s is not None)
    return Ruling(reason, rule, (), factors - given, escorts, seconds)


# -- sieves -----------------------------------------------------------------------------------------------------------


def _in_time(site: Site, state: State, way: Way, person: Person, rule: Rule, utc: int) -> bool:
    return rule.schedule.active(utc)


def _prepared(site: Site, state: State, way: Way, person: Person, rule: Rule, utc: int) -> bool:
    """Nothing the rule wants to be valid has lapsed."""
    return not rule.who.valid or all(is_valid(site, person, name, utc) for name in rule.who.valid)


def _after_first(site: Site, state: State, way: Way, person: Person, rule: Rule, utc: int) -> bool:
    """Somebody who must be first entered the area since this period of the rule began, or asks now."""
    groups = rule.first_person
    if not groups or not groups.isdisjoint(site.members.groups(person)):
        return True
    return first_is_in(state, way.area.id, groups, rule.schedule.began(utc))


def first_is_in(state: State, place: str, groups: Iterable[str], since: int) -> bool:
    """True if somebody of these groups entered an area, or by a door, at or after `since`, utc us."""
    found = (state.firsts.get(f"{place}/{group}") for group in groups)
    return any(row is not None and row.utc >= since for row in found)


_SIEVES = (
    (Reason.OUTSIDE_SCHEDULE, _in_time),
    (Reason.PREREQUISITE_LAPSED, _prepared),
    (Reason.FIRST_PERSON_NOT_IN, _after_first),
)
"""What a grant must pass before it holds, and what is said where none does."""


def holding(site: Site, state: State, way: Way, person: Person, utc: int) -> frozenset[str]:
    """The ids of the grants of a way that hold for somebody now, whatever they then ask for."""
    rules = matching(way.grants, site.members.of(person))
    return frozenset(r.id for r in rules if all(keeps(site, state, way, person, r, utc) for _, keeps in _SIEVES))


def is_valid(site: Site, person: Person, name: str, utc: int) -> bool:
    """True while what an attribute states has not lapsed."""
    ends = valid_until(dict(person.attributes).get(name), site.timezone)
    return ends is not None and utc < ends


def valid_until(text: str | None, timezone: str) -> int | None:
    """utc us up to which `2027-03-31` (that whole day, locally) or `valid` holds; None for anything else."""
    if text == VALID:
        return 1 << 62
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return midnight(day + DAY, ZoneInfo(timezone))


# -- matching ---------------------------------------------------------------------------------------------------------


def matching(rules: ByClass, classes: Iterable[str]) -> Iterator[Rule]:
    """The rules that mean somebody of these classes, active or not; one may come several times."""
    for name in classes:
        yield from rules.get(name, ())


def _restriction(site: Site, state: State, way: Way, classes: tuple[str, ...], utc: int) -> Rule | None:
    level = state.gateway().threat
    if not level or not way.restrictions:
        return None
    rank = rank_of(site, level)
    held = (r.rule for r in way.restrictions if r.rank <= rank and _means(site, r.rule, classes))
    return first_active(held, utc)


def rank_of(site: Site, level: str) -> int:
    """A level that is in force and that no rule set knows any more holds like the highest: it was set for a reason."""
    return site.ranks.get(level, max(site.ranks.values(), default=0)) if level else 0


def _means(site: Site, rule: Rule, classes: tuple[str, ...]) -> bool:
    return not set(site.members.classes_of(rule.who)).isdisjoint(classes)


def first_active(rules: Iterable[Rule], utc: int) -> Rule | None:
    """The active rule with the lowest id, so that neither the order of groups nor of writing matters."""
    return min((r for r in rules if r.schedule.active(utc)), key=_by_id, default=None)
