"""A difference against an exhaustive one: both engines are asked at every moment at which anything can change."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from hypothesis import Phase, given, settings

from rules.answers.ask import Company
from rules.answers.diff import Row, diff
from rules.answers.diff.folk import Folk
from rules.answers.diff.names import Names, company
from rules.answers.spans import holding
from rules.policy import AccessPolicy, Policy
from rules.ruling import is_valid
from tests.rules.dice import Dice, rolled
from tests.rules.instants import Engine, Said, Way, around, instants, option_of, ways
from tests.rules.profiles import examples
from tests.rules.random_policies import random_policy
from tests.rules.random_sites import PERSONS, card, case, person

LEVELS = ("t1", "t2")
SECTIONS = (
    "access",
    "minimum",
    "deny",
    "groups",
    "threats",
    "holidays",
    "areas",
    "limits",
    "inspections",
    "lockdown_exempt",
)
Pair = tuple[Engine, Engine]


def pair(dice: Dice) -> Pair:
    """The second version has some sections of another random policy, and at times other people."""
    before = case(dice)
    utc, zone = before.request.utc, before.policy.timezone
    other = random_policy(dice, zone, utc)
    policy = replace(before.policy, **{name: getattr(other, name) for name in dice.some(SECTIONS, 4)})
    if dice.rarely(2):
        policy = replace(policy, access=_mixed(before.policy, other))
    after = replace(before, policy=policy)
    if dice.rarely(4):
        after = replace(after, persons=[person(dice, id, utc, zone) for id in PERSONS])
    if dice.rarely(4):
        after = replace(after, cards=[card(dice, token, utc) for token in ("c1", "c2", "c3")])
    return Engine(before), Engine(after)


def _mixed(old: Policy, new: Policy) -> tuple[AccessPolicy, ...]:
    return tuple({rule.id: rule for rule in (*old.access[1:], *new.access[:2])}.values())


@settings(examples(30), phases=(Phase.reuse, Phase.generate))
@given(rolled(pair, 1400))
def test_no_mismatch_against_both_engines(pair: Pair) -> None:
    told = Told(pair)
    for at in told.moments:
        for who in PERSONS:
            for way in ways(pair[0].site):
                told.check(who, way, at)


class Told:
    """The lines about each person and way, over a day before and after the odd moment."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        sites = [engine.site for engine in pair]
        lo, hi = around(pair[0].case, 1)
        self._names = Names(Folk(sites[0], sites[1], lo, hi).kinds, company(sites[0]) & company(sites[1]))
        self.moments = sorted({at for engine in pair for at in instants(engine.case, sites, lo, hi)})
        self._rows: dict[tuple[str, Way], list[Row]] = defaultdict(list)
        self.rows = diff(sites[0], sites[1], lo, hi).rows
        for row in self.rows:
            for who in row.people if row.ways else ():
                for way in row.ways:
                    self._rows[who, way].append(row)

    def check(self, who: str, way: Way, at: int) -> None:
        rows = [row for row in self._rows[who, way] if self._holds(row, who, at)]
        ordinary = [row for row in rows if not row.level]
        assert len(ordinary) <= 1, "a time is told of once"
        self._match(ordinary, who, way, at, "")
        for level in LEVELS:
            special = [row for row in rows if level in row.level]
            assert len(special) <= 1
            if special:
                self._match(special, who, way, at, level)
                continue
            old, new = self._both(who, way, at, level)
            assert old == new or (old, new) == self._both(who, way, at, ""), (who, way, at, level)

    def classes(self, side: int, who: str) -> frozenset[str]:
        """Of somebody who holds a card that works at some time."""
        engine = self._pair[side]
        if not any(engine.usable(who, next(ways(engine.site)), at) for at in self.moments):
            return frozenset()
        return frozenset(engine.site.members.of(engine.site.people.persons[who]))

    def of_person(self, who: str, place: str, *effects: str) -> bool:
        """True where some line of these effects means them."""
        rows = (row for row in self.rows if row.effect in effects and who in row.people)
        return any(not place or place in row.places for row in rows)

    def _holds(self, row: Row, who: str, at: int) -> bool:
        """True while the line is about this person; it takes for granted that a card of theirs works."""
        new = self._pair[1]
        found = new.site.people.persons.get(who)
        if found is None or not holding(row.spans, at):
            return False
        if not any(engine.usable(who, row.ways[0], at) for engine in self._pair):
            return False
        valid = {name for name in row.valid | row.lapsed if is_valid(new.site, found, name, at)}
        return valid == row.valid

    def _match(self, rows: list[Row], who: str, way: Way, at: int, level: str) -> None:
        both = self._both(who, way, at, level)
        if not rows:
            assert both[0] == both[1], (who, way, at, level)
            return
        said = tuple(tuple(_plain(option_of(ask, entered)) for entered in (False, True)) for ask in rows[0].asked)
        assert said == both, (who, way, at, level)

    def _both(self, who: str, way: Way, at: int, level: str) -> tuple[tuple[object, ...], ...]:
        """By the old engine and by the new one: (without, with the first person)."""
        return tuple(
            tuple(self._common(side, engine.says(who, way, at, entered, level)) for entered in (False, True))
            for side, engine in enumerate(self._pair)
        )

    def _common(self, side: int, said: Said) -> object:
        """With the names that both versions have for a group."""
        if said is None:
            return None
        factors, seconds, escorts = said
        of = self._names.asked[side]
        pairs = frozenset((window, group and of[group]) for window, group in seconds)
        others = frozenset(Company(window, frozenset(of[group] for group in groups)) for window, groups in escorts)
        return _plain((factors, pairs, others))


def _plain(said: Said) -> object:
    return said and (set(said[0]), set(said[1]), {tuple(company) for company in said[2]})


@examples(40)
@given(rolled(pair, 1400))
def test_what_people_have_besides_is_told_of_everybody_for_whom_it_turned(pair: Pair) -> None:
    told = Told(pair)
    for who in PERSONS:
        had, has = (_besides(engine, told.classes(side, who)) for side, engine in enumerate(pair))
        for effect, place in sorted(had.keys() | has.keys()):
            lifted = place and any(engine.site.areas[place].passback is None for engine in pair)
            turned = not lifted and had.get((effect, place)) != has.get((effect, place))
            assert told.of_person(who, place, effect, f"no_longer_{effect}") == turned, (who, effect, place)


def _besides(engine: Engine, classes: frozenset[str]) -> dict[tuple[str, str], object]:
    """What somebody of these classes has, looked up without the tables that are compared."""
    found: dict[tuple[str, str], object] = {}
    if not engine.site.exempt.isdisjoint(classes):
        found["passes_lockdown", ""] = True
    for way in ways(engine.site):
        if not engine.site.way(*way).exempt.isdisjoint(classes):
            found["exempt_from_passback", engine.site.way(*way).area.id] = True
    bounds = [limit.policy for limit in engine.site.limits if not limit.classes.isdisjoint(classes)]
    for name in ("max_uses", "max_days", "inactive_after"):
        said = [getattr(bound, name) for bound in bounds if getattr(bound, name) is not None]
        if said:
            found["limits", ""] = {**found.get(("limits", ""), {}), name: min(said)}  # type: ignore[dict-item]
    return found
