"""What changes about doors, areas and the site itself, whoever passes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from rules.answers.diff.names import Names
from rules.answers.diff.times import Times
from rules.answers.diff.words import value_words
from rules.answers.spans import Spans, without
from rules.policy import AreaPolicy, DoorPolicy
from rules.site import Site

_ELSEWHERE = frozenset({"id", "source", "unlock", "blocked", "unlock_after", "egress", "tags"})
"""Fields of a door that are no setting, or that are told in another way."""


class Thing(NamedTuple):
    """effect: what it is about; before, after: in words; spans: when, where time plays a part."""

    effect: str
    id: str
    before: str = ""
    after: str = ""
    spans: Spans = ()
    weaker: bool = False


def things(old: Site, new: Site, times: Times, names: Names) -> Iterator[Thing]:
    """Each setting that differs."""
    yield from _come_and_gone("door", old.doors, new.doors)
    for id in sorted(old.doors.keys() & new.doors.keys()):
        yield from _settings("door", id, old.doors[id], new.doors[id], _ELSEWHERE)
        yield from _scheduled(id, old, new, times, names)
        interlocked = (frozenset(site.entries[id].interlocked) for site in (old, new))
        yield from _lessened("interlock", id, *interlocked)
        yield from _lessened("fire_release", id, _fires(old, id), _fires(new, id))
        yield from _lessened("egress", id, old.doors[id].egress, new.doors[id].egress)
    yield from _come_and_gone("area", old.areas, new.areas)
    for id in sorted(old.areas.keys() & new.areas.keys()):
        yield from _area(id, old.areas[id], new.areas[id])
    for kind in ("zones", "fire", "operators", "controllers"):
        yield from _named(kind.removesuffix("s"), getattr(old, kind), getattr(new, kind))
    yield from _turned("timezone", "", old.timezone, new.timezone)
    yield from _turned("threat_levels", "", _order(old), _order(new))


def _come_and_gone(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Thing]:
    yield from (Thing(f"new_{kind}", id) for id in sorted(new.keys() - old.keys()))
    yield from (Thing(f"no_{kind}", id) for id in sorted(old.keys() - new.keys()))


def _settings(kind: str, id: str, old: Any, new: Any, but: frozenset[str]) -> Iterator[Thing]:
    """Every field of a record that differs, in words."""
    for each in fields(old):
        if each.name not in but:
            before, after = (_unordered(each.name, getattr(record, each.name)) for record in (old, new))
            yield from _turned(f"{kind}_{each.name}", id, before, after, each.name)


def _unordered(field: str, value: Any) -> Any:
    """Lists of readers or inputs mean the same in any order."""
    return frozenset(value) if type(value) is tuple and field != "between" else value


def _turned(effect: str, id: str, old: Hashable, new: Hashable, field: str = "") -> Iterator[Thing]:
    if old != new:
        yield Thing(effect, id, value_words(field, old), value_words(field, new))


def _lessened(effect: str, id: str, old: frozenset[Any], new: frozenset[Any]) -> Iterator[Thing]:
    """What is the weaker, the less of it there is."""
    for thing in _turned(effect, id, old, new):
        yield thing._replace(weaker=not old <= new)


def _scheduled(id: str, old: Site, new: Site, times: Times, names: Names) -> Iterator[Thing]:
    """When schedules hold a door open or shut for everybody, and who has to be first."""
    for field, more, less in (("unlock", "unlocked", "not_unlocked"), ("blocked", "blocked", "not_blocked")):
        tokens = (times.of(getattr(site.doors[id], field), side) for side, site in enumerate((old, new)))
        before, after = (() if token is None else times.spans(token) for token in tokens)
        if gained := without(after, before):
            yield Thing(more, id, spans=gained, weaker=field == "unlock")
        if lost := without(before, after):
            yield Thing(less, id, spans=lost, weaker=field == "blocked")
    old_firsts, new_firsts = (_called(site.doors[id], names, side) for side, site in enumerate((old, new)))
    for thing in _turned("unlock_after", id, old_firsts, new_firsts):
        yield thing._replace(weaker=not new_firsts)


def _called(door: DoorPolicy, names: Names, side: int) -> frozenset[str]:
    return frozenset(names.asked[side][group] for group in door.unlock_after)


def _fires(site: Site, door: str) -> frozenset[str]:
    """The inputs that release a door."""
    return frozenset(fire.input.point for fire in site.fire.values() if door in fire.doors)


def _area(id: str, old: AreaPolicy, new: AreaPolicy) -> Iterator[Thing]:
    for effect, said, looser in _AREA:
        before, after = said(old), said(new)
        if before != after:
            words = value_words(effect, before), value_words(effect, after)
            yield Thing(effect, id, *words, weaker=looser(before, after))


def _lifted(before: Any, after: Any) -> bool:
    return after is None


def _more(before: Any, after: Any) -> bool:
    return after is None or (before is not None and after > before)


def _fewer(before: Any, after: Any) -> bool:
    return after is None or (before is not None and after < before)


def _passback(area: AreaPolicy) -> Hashable:
    found = area.passback
    if found is None:
        return None
    timed = f" {value_words('window', found.window)}" if found.mode.value == "timed" else ""
    forgiven = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in sorted(set(found.forgive))]
    return f"{found.mode.value}{timed}" + (f", forgiven at {', '.join(forgiven)}" if forgiven else "")


def _arming(area: AreaPolicy) -> Hashable:
    found = area.arming
    if found is None:
        return None
    delays = (value_words("entry_delay", found.entry_delay), value_words("exit_delay", found.exit_delay))
    return f"{delays[0]} to disarm, {delays[1]} to leave"


_AREA: tuple[tuple[str, Callable[[AreaPolicy], Any], Callable[[Any, Any], bool]], ...] = (
    ("passback", _passback, lambda before, after: after is None or (before or "").startswith("hard")),
    ("occupancy_max", lambda area: area.occupancy_max, _more),
    ("occupancy_min", lambda area: area.occupancy_min, _fewer),
    ("arming", _arming, _lifted),
)


def _named(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Thing]:
    yield from _come_and_gone(kind, old, new)
    for id in sorted(old.keys() & new.keys()):
        yield from _settings(kind, id, old[id], new[id], frozenset({"id", "source", "doors"}))


def _order(site: Site) -> tuple[str, ...]:
    return tuple(sorted(site.ranks, key=lambda id: site.ranks[id]))
