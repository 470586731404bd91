"""The rules of one way in a form in which what works alike is equal, in whichever version it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rules.answers.ask import NONE, Grant, Minimum
from rules.answers.audit import doorway
from rules.answers.diff.names import Called
from rules.answers.diff.times import Times, Token
from rules.policy import Direction, Escort, TwoPerson
from rules.site import Demand, Rule, Site
from rules.site import Way as SiteWay

Way = tuple[str, Direction]


class GrantAt(NamedTuple):
    grant: Grant
    token: Token


class MinimumAt(NamedTuple):
    minimum: Minimum
    token: Token


@dataclass(frozen=True, slots=True)
class WayRules:
    """One way of one version. grants, denials: by the class as that version calls it; firsts: groups that may be first.

    levels: threat level -> class -> what keeps it out; blocked: while which nobody passes; free: everybody does.
    """

    grants: Mapping[str, tuple[GrantAt, ...]]
    denials: Mapping[str, frozenset[Token]]
    minimums: frozenset[MinimumAt]
    levels: Mapping[str, Mapping[str, frozenset[Token]]]
    firsts: frozenset[str]
    blocked: Token | None
    free: bool


NO_RULES = WayRules({}, {}, frozenset(), {}, frozenset(), None, False)


class Reader:
    """Makes the `WayRules` of one version; side: 0 old, 1 new. names, asked: what its classes are called."""

    def __init__(self, site: Site, side: int, times: Times, names: Called, asked: Called) -> None:
        self._site, self._side, self._times, self._names, self._asked = site, side, times, names, asked
        self._grants: dict[tuple[int, bool], tuple[Grant, Token]] = {}

    def read(self, way: Way) -> WayRules:
        """NO_RULES for a way that is not there, or where nobody can show a card."""
        if way[0] not in self._site.doors:
            return NO_RULES
        found, side = self._site.way(*way), doorway(self._site, way)
        if not side.readers:
            return NO_RULES
        paired = _paired(found)
        firsts = frozenset(group for rules in found.grants.values() for rule in rules for group in rule.first_person)
        return WayRules(
            {
                name: tuple(self._grant(name, rule, paired, found) for rule in rules)
                for name, rules in found.grants.items()
            },
            self._tokens(found.denials),
            frozenset(self.minimum(demand) for demand in found.demands),
            {level: self._level(found, level) for level in self._site.ranks} if found.restrictions else {},
            firsts,
            self._times.of(self._site.doors[way[0]].blocked, self._side),
            side.free,
        )

    def minimum(self, demand: Demand) -> MinimumAt:
        minimum = Minimum(demand.factors, self._two(demand.two_person), self._escort(demand.escort))
        return MinimumAt(minimum, self._times.token(demand.schedule, self._side))

    def _level(self, way: SiteWay, level: str) -> dict[str, frozenset[Token]]:
        rank = self._site.ranks[level]
        found: dict[str, tuple[Rule, ...]] = {}
        for held in way.restrictions:
            if held.rank <= rank:
                for name in self._site.members.classes_of(held.rule.who):
                    found[name] = (*found.get(name, ()), held.rule)
        return self._tokens(found)

    def _tokens(self, rules: Mapping[str, Iterable[Rule]]) -> dict[str, frozenset[Token]]:
        token, side = self._times.token, self._side
        return {name: frozenset(token(rule.schedule, side) for rule in found) for name, found in rules.items()}

    def _grant(self, name: str, rule: Rule, paired: bool, way: SiteWay) -> GrantAt:
        """Of two that ask as much the lower id decides; where all ask for a card alone, the first class before."""
        key = id(rule), paired
        known = self._grants.get(key)
        if known is None:
            known = self._grants[key] = self._read(rule, paired), self._times.token(rule.schedule, self._side)
        grant, token = known
        if way.companions or not rule.bare:
            grant = grant._replace(order=("" if way.conditional else name, rule.id))
        return GrantAt(grant, token)

    def _read(self, rule: Rule, paired: bool) -> Grant:
        factors = rule.require.factors
        if rule.bare and not paired:
            return Grant(_ANY, factors)
        classes = self._site.members.classes_of(rule.who)
        partners = frozenset(self._names[name] for name in classes) if paired else NONE
        two, escort = self._two(rule.two_person), self._escort(rule.escort)
        return Grant(_ANY, factors, two, escort, rule.first_person, rule.who.valid, partners)

    def _two(self, two: TwoPerson | None) -> TwoPerson | None:
        if two is None or two.second is None:
            return two
        return TwoPerson(two.window, self._asked[two.second])

    def _escort(self, escort: Escort | None) -> Escort | None:
        return (
            None if escort is None else Escort(frozenset(self._asked[group] for group in escort.groups), escort.window)
        )


_ANY = ("", "")


def _paired(way: SiteWay) -> bool:
    """True where two may have to pass by one grant: then it matters which grant decides, and whom it means."""
    rules = (rule for found in way.grants.values() for rule in found)
    twos = (*(rule.two_person for rule in rules), *(demand.two_person for demand in way.demands))
    return any(two is not None and two.second is None for two in twos)
