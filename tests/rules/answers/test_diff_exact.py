"""A difference against an exhaustive one: both engines are asked at every moment at which anything can change."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import Phase, given, settings

from rules.answers.ask import Company
from rules.answers.audit import doorway
from rules.answers.diff import Row, diff
from rules.answers.diff.folk import Folk
from rules.answers.diff.names import Names, company
from rules.answers.spans import holding
from rules.ruling import is_valid
from tests.rules.dice import rolled
from tests.rules.instants import Engine, Said, Way, around, instants, option_of, ways
from tests.rules.profiles import examples
from tests.rules.random_pairs import LEVELS, Pair, pair
from tests.rules.random_policies import WAYS as NAMES
from tests.rules.random_policies import direction
from tests.rules.random_sites import PERSONS

WAYS = [direction(way) for way in NAMES]


@settings(examples(20), phases=(Phase.reuse, Phase.generate))
@given(rolled(pair, 1400))
def test_no_mismatch_against_both_engines(pair: Pair) -> None:
    told = Told(pair)
    for at in told.moments:
        for who in PERSONS:
            for way in WAYS:
                told.check(who, way, at)


class Told:
    """The lines about each person and way, over a day before and after the odd moment."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        sites = [engine.site for engine in pair]
        lo, hi = around(pair[0].case, 1)
        self._names = Names(Folk(sites[0], sites[1], lo, hi).kinds, company(sites[0]) & company(sites[1]))
        self.moments = sorted({at for engine in pair for at in instants(engine.case, sites, lo, hi)})
        self._silent = {way for way in WAYS if any(_is_free(engine, way) for engine in pair)}
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
        if way in self._silent or all(_is_blocked(engine, way, at) for engine in self._pair):
            assert not rows, "nobody is asked there, in either version"
            return
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
        person = engine.site.people.persons.get(who)
        if person is None or not any(engine.usable(who, WAYS[0], at) for at in self.moments):
            return frozenset()
        return frozenset(engine.site.members.of(person))

    def of_person(self, who: str, place: str, *effects: str) -> bool:
        """True where some line of these effects means them."""
        rows = (row for row in self.rows if row.effect in effects and who in row.people)
        return any(not place or place in row.places for row in rows)

    def of_door(self, door: str, effects: tuple[str, ...], at: int) -> list[str]:
        """The effects of the lines about a door at a moment."""
        found = (row for row in self.rows if row.effect in effects and door in row.places)
        return [row.effect for row in found if holding(row.spans, at)]

    def _holds(self, row: Row, who: str, at: int) -> bool:
        """True while the line is about this person; it takes for granted that a card of theirs works."""
        site = next(e.site for e in reversed(self._pair) if who in e.site.people.persons)
        if not holding(row.spans, at) or not any(engine.usable(who, WAYS[0], at) for engine in self._pair):
            return False
        found = site.people.persons[who]
        valid = {name for name in row.valid | row.lapsed if is_valid(site, found, name, at)}
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
            tuple(self._common(side, _says(engine, who, way, at, entered, level)) for entered in (False, True))
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


def _says(engine: Engine, who: str, way: Way, at: int, entered: bool, level: str) -> Said:
    """Nothing where there is no door or no reader."""
    there = way[0] in engine.site.doors and doorway(engine.site, way).readers
    return engine.says(who, way, at, entered, level) if there else None


def _is_free(engine: Engine, way: Way) -> bool:
    return way[0] in engine.site.doors and doorway(engine.site, way).free


def _is_blocked(engine: Engine, way: Way, at: int) -> bool:
    """True where a schedule blocks the door, and where there is none, or no reader to ask."""
    door = engine.site.doors.get(way[0])
    if door is None or not doorway(engine.site, way).readers:
        return True
    return door.blocked is not None and engine.site.schedules[door.blocked].active(at)


@examples(15)
@given(rolled(pair, 1400))
def test_when_doors_stand_open_or_shut_is_told_of_each_of_these_times(pair: Pair) -> None:
    told = Told(pair)
    for door in pair[0].site.doors.keys() & pair[1].site.doors.keys():
        for field, effects in (("unlock", ("not_unlocked", "unlocked")), ("blocked", ("not_blocked", "blocked"))):
            for at in told.moments:
                was, now = (_scheduled(engine, door, field, at) for engine in pair)
                expected = [effects[now]] if was != now else []
                assert told.of_door(door, effects, at) == expected, (door, field, at)


def _scheduled(engine: Engine, door: str, field: str, at: int) -> bool:
    schedule = getattr(engine.site.doors[door], field)
    return schedule is not None and engine.site.schedules[schedule].active(at)


def _plain(said: Said) -> object:
    return said and (set(said[0]), set(said[1]), {tuple(company) for company in said[2]})


@examples(40)
@given(rolled(pair, 1400))
def test_what_people_have_besides_is_told_of_everybody_for_whom_it_turned(pair: Pair) -> None:
    told = Told(pair)
    for who in PERSONS:
        had, has = (_besides(engine, told.classes(side, who), told.moments) for side, engine in enumerate(pair))
        for effect, place in sorted(had.keys() | has.keys()):
            lifted = any(_is_lifted(engine, effect, place) for engine in pair) or _is_gone(pair[1], effect, place)
            turned = not lifted and had.get((effect, place)) != has.get((effect, place))
            assert told.of_person(who, place, effect, f"no_longer_{effect}") == turned, (who, effect, place)


def _is_lifted(engine: Engine, effect: str, place: str) -> bool:
    """True where there is no such rule for anybody: then that is what is told."""
    rule = {"exempt_from_passback": "passback", "disarms": "arming"}.get(effect)
    return rule is not None and getattr(engine.site.areas[place], rule) is None


def _is_gone(engine: Engine, effect: str, place: str) -> bool:
    """True where that is told of the door."""
    return effect == "inspection" and place.partition(" ")[0] not in engine.site.doors


def _besides(engine: Engine, classes: frozenset[str], moments: list[int]) -> dict[tuple[str, str], object]:
    """What somebody of these classes has, looked up without the tables that are compared."""
    found: dict[tuple[str, str], object] = {}
    if not engine.site.exempt.isdisjoint(classes):
        found["passes_lockdown", ""] = True
    for way in ways(engine.site):
        rules = engine.site.way(*way)
        if not rules.exempt.isdisjoint(classes):
            found["exempt_from_passback", rules.area.id] = True
        mine = [i for i in rules.inspections if i.policy.rate and not i.classes.isdisjoint(classes)]
        times = [(i.policy.rate, [i.schedule.active(at) for at in moments]) for i in mine]
        if any(True in active for _, active in times):
            found["inspection", f"{way[0]} ({way[1].value})"] = sorted(each for each in times if True in each[1])
    for area in engine.site.areas.values():
        if area.arming is not None and not area.arming.disarmed_by.isdisjoint(classes):
            found["disarms", area.id] = True
    bounds = [limit.policy for limit in engine.site.limits if not limit.classes.isdisjoint(classes)]
    for name in ("max_uses", "max_days", "inactive_after"):
        said = [getattr(bound, name) for bound in bounds if getattr(bound, name) is not None]
        if said:
            found["limits", ""] = {**found.get(("limits", ""), {}), name: min(said)}  # type: ignore[dict-item]
    return found
