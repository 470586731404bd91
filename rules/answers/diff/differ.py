"""diff(): exactly what another rule set, or other people, would change. Pure, and worked out by classes of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from rules.answers.diff.compare import Comparer
from rules.answers.diff.cover import Cover
from rules.answers.diff.folk import Folk
from rules.answers.diff.having import Turned, turned
from rules.answers.diff.names import Called, Names, company, words_of
from rules.answers.diff.passages import Found, Passages
from rules.answers.diff.row import Diff
from rules.answers.diff.rows import Rows, in_order
from rules.answers.diff.things import things
from rules.answers.diff.times import Times
from rules.answers.diff.traits import traits
from rules.answers.diff.ways import Reader, Way
from rules.answers.ranges import Teller
from rules.policy import Direction
from rules.site import Site

Progress = Callable[[int, int], None]
"""(ways done, ways in all)"""


def diff(old: Site, new: Site, lo: int, hi: int, progress: Progress | None = None) -> Diff:
    """Every difference within lo <= utc < hi, us since 1970; exact at every transition of both.

    Who gains and who loses which door and when, whom it asks for more or less, what people have besides, and what
    changes about doors, areas and the site. People count while they are valid and hold a card that works.
    """
    times = Times(old, new, lo, hi)
    teller = Teller(lo, hi, ZoneInfo(new.timezone), new.policy.holidays)
    if new.people is old.people and new.members == old.members:
        ways = _differing(old, new, times)
        had = tuple(trait for trait in traits(old, new, times) if trait.values[0] != trait.values[1])
    else:
        ways, had = tuple(_all_ways(old, new)), tuple(traits(old, new, times))
    folk = Folk(old, new, lo, hi, nobody=not ways and not had)
    names = Names(folk.kinds, company(old) & company(new))
    rows = Rows((old, new), folk, Cover(folk.kinds, names), teller, (_words(old, names, 0), _words(new, names, 1)))
    passages = Passages(folk.kinds, names, times, Comparer(times, folk))
    readers = Reader(old, 0, times, names.of[0], names.asked[0]), Reader(new, 1, times, names.of[1], names.asked[1])
    found = (
        *rows.passages(_passages(ways, readers, passages, progress)),
        *rows.traits(turned(had, Turned(folk.kinds, names, times, teller))),
        *rows.things(things(old, new, times, names)),
    )
    return Diff(in_order(found), lo, hi, old.rules_hash, new.rules_hash)


def _words(site: Site, names: Names, side: int) -> dict[str, str]:
    """What a version calls the classes, by their common names."""
    words = words_of(site.policy)
    return {called: words.get(own, own) for called, own in names.own[side].items()}


def _all_ways(old: Site, new: Site) -> Iterator[Way]:
    return ((door, direction) for door in sorted(old.doors.keys() | new.doors.keys()) for direction in Direction)


def _differing(old: Site, new: Site, times: Times) -> tuple[Way, ...]:
    """The ways whose rules are not the same, where the same people belong to the same classes."""
    before, after = Reader(old, 0, times, Called(), Called()), Reader(new, 1, times, Called(), Called())
    return tuple(way for way in _all_ways(old, new) if before.read(way) != after.read(way))


def _passages(
    ways: tuple[Way, ...], readers: tuple[Reader, Reader], passages: Passages, progress: Progress | None
) -> Iterator[Found]:
    for n, way in enumerate(ways):
        yield from passages.compare(way, readers[0].read(way), readers[1].read(way))
        if progress is not None:
            progress(n + 1, len(ways))
