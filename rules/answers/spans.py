"""Stretches of time as sorted half-open spans, us since 1970, that neither touch nor overlap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from rules.calendar import Schedule

Span = tuple[int, int]
Spans = tuple[Span, ...]

_ENDLESS = 1 << 62
_FEW = 16  # spans to each of the other set, from where on searching beats walking


def active(schedule: Schedule, lo: int, hi: int) -> Spans:
    """When a schedule is active within lo <= utc < hi: its exact transitions, cut at both ends."""
    found: list[Span] = []
    at = lo
    while at < hi:
        _, end, now = schedule.window(at)
        if now:
            found.append((at, min(end, hi)))
        at = end
    return union(found)


def union(spans: Iterable[Span]) -> Spans:
    """Spans in any order, which may touch and overlap, as one set."""
    found: list[Span] = []
    for lo, hi in sorted(spans):
        if found and lo <= found[-1][1]:
            found[-1] = found[-1][0], max(hi, found[-1][1])
        elif lo < hi:
            found.append((lo, hi))
    return tuple(found)


def common(a: Spans, b: Spans) -> Spans:
    """What lies in both."""
    if len(a) < len(b):
        a, b = b, a
    if len(a) > _FEW * len(b):
        return tuple(span for lo, hi in b for span in clipped(a, lo, hi))
    return _merged(a, b)


def clipped(spans: Spans, lo: int, hi: int) -> Spans:
    """What lies in [lo, hi)."""
    if lo >= hi:
        return ()
    first = _after(spans, lo)
    last = bisect_left(spans, (hi,), first)
    if first >= last:
        return ()
    found = spans[first:last]
    if found[0][0] >= lo and found[-1][1] <= hi:
        return found
    begin, end = max(found[0][0], lo), min(found[-1][1], hi)
    if len(found) == 1:
        return ((begin, end),)
    return (begin, found[0][1]), *found[1:-1], (found[-1][0], end)


def _after(spans: Spans, at: int) -> int:
    """The number of the first span that ends after a moment."""
    n = bisect_right(spans, (at, _ENDLESS))
    return n - 1 if n and spans[n - 1][1] > at else n


def _merged(a: Spans, b: Spans) -> Spans:
    found: list[Span] = []
    i = j = 0
    while i < len(a) and j < len(b):
        lo, hi = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if lo < hi:
            found.append((lo, hi))
        if a[i][1] <= b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def without(a: Spans, b: Spans) -> Spans:
    """What lies in `a` and not in `b`."""
    if not a:
        return ()
    edges = [a[0][0], *(edge for span in b for edge in span), a[-1][1]]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return common(a, tuple((lo, hi) for lo, hi in gaps if lo < hi))


def apart(a: Spans, b: Spans) -> Spans:
    """What lies in one of them alone."""
    return () if a == b else union((*without(a, b), *without(b, a)))


def holding(spans: Spans, at: int) -> Span | None:
    """The span that a moment lies in."""
    n = _after(spans, at)
    return spans[n] if n < len(spans) and spans[n][0] <= at else None


def meet(a: Spans, b: Spans) -> bool:
    """True if they have a moment in common."""
    if len(a) < len(b):
        a, b = b, a
    for lo, hi in b:
        n = _after(a, lo)
        if n < len(a) and a[n][0] < hi:
            return True
    return False


def stretches(tracks: Sequence[Spans], region: Spans) -> Iterator[tuple[int, int, int]]:
    """(lo, hi, mask): the region cut wherever a track begins or ends; bit n of the mask: it lies in track n."""
    flips: dict[int, int] = {}
    for n, spans in enumerate((region, *tracks)):
        bit = 1 << n
        for lo, hi in common(spans, region) if n else spans:
            flips[lo] = flips.get(lo, 0) ^ bit
            flips[hi] = flips.get(hi, 0) ^ bit
    mask, since = 0, 0
    for at in sorted(flips):
        if mask & 1:
            yield since, at, mask >> 1
        mask ^= flips[at]
        since = at


def total(spans: Spans) -> int:
    """Their length together, us."""
    return sum(hi - lo for lo, hi in spans)
