"""Stretches of time as sorted half-open spans, us since 1970, that neither touch nor overlap."""

from __future__ import annotations

from collections.abc import Iterable

from rules.calendar import Schedule

Span = tuple[int, int]
Spans = tuple[Span, ...]


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


def total(spans: Spans) -> int:
    """Their length together, us."""
    return sum(hi - lo for lo, hi in spans)
