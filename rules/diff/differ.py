"""diff(): exactly what another rule set, or other people, would change. Pure, and worked out by classes of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from rules.diff.compare import Comparer
from rules.diff.cover import Cover
from rules.diff.folk import Folk
from rules.diff.having import Turned, turned
from rules.diff.names import Names, words_of
from rules.diff.passages import Found, Passages
from rules.diff.row import Diff
from rules.diff.rows import Rows, in_order
from rules.diff.things import things
from rules.diff.times import Times
from rules.diff.traits import traits
from rules.diff.ways import Reader, Way
from rules.policy import Direction
from rules.ranges import Teller
from rules.site import Site

Progress = Callable[[int, int], None]
"""(doors done, doors in all)"""


def diff(old: Site, new: Site, lo: int, hi: int, progress: Progress | None = None) -> Diff:
    """Every difference within lo <= utc < hi, us since 1970; exact at every transition of both.

    Who gains and who loses which door and when, whom it asks for more or less, what people have besides, and what
    changes about doors, areas and the site. People count while they are valid and hold a card that works.
    """
    times, folk = Times(old, new, lo, hi), Folk(old, new, lo, hi)
    names = Names(folk.kinds)
    teller = Teller(lo, hi, ZoneInfo(new.timezone), new.policy.holidays)
    called = {**words_of(old.policy), **words_of(new.policy)}
    rows = Rows((old, new), folk, Cover(folk.kinds, names), teller, called)
    passages = Passages(folk.kinds, names, times, Comparer(times, folk))
    readers = Reader(old, 0, names, times), Reader(new, 1, names, times)
    found = (
        *rows.passages(_passages(old, new, readers, passages, progress)),
        *rows.traits(turned(traits(old, new, times), Turned(folk.kinds, names, times, teller))),
        *rows.things(things(old, new, times, names)),
    )
    return Diff(in_order(found), lo, hi, old.rules_hash, new.rules_hash)


def _passages(
    old: Site, new: Site, readers: tuple[Reader, Reader], passages: Passages, progress: Progress | None
) -> Iterator[Found]:
    doors = sorted(old.doors.keys() | new.doors.keys())
    for n, door in enumerate(doors):
        for direction in Direction:
            way: Way = door, direction
            yield from passages.compare(way, *(reader.read(way) for reader in readers))
        if progress is not None:
            progress(n + 1, len(doors))
