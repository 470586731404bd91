"""What besides rights and time bears on passing a way: state, limits, levels. In words, for the notes of a review."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.cli.explain_view import place
from rules.answers.audit import Way
from rules.answers.cause import named
from rules.answers.diff.words import duration
from rules.answers.meant import meant
from rules.policy import Direction, Passback
from rules.site import Site
from rules.site import Way as SiteWay


def qualities(site: Site, way: Way) -> Iterator[str]:
    """A note each."""
    found = site.way(*way)
    yield from _area(found)
    if found.interlocked:
        yield f"{way[0]} opens only while {', '.join(found.interlocked)} is shut"
    for inspection in found.inspections:
        policy = inspection.policy
        whom = f"{policy.rate / 10_000:g} % of {meant(policy.who)}"
        yield f"inspection {policy.id} ({place(policy.source)}) holds {whom}, on schedule {policy.when}"
    for level in sorted(site.ranks, key=site.ranks.__getitem__):
        rules = [held.rule for held in found.restrictions if held.rank == site.ranks[level]]
        for rule in rules:
            yield f"from threat level {level} on {named(rule)} keeps out {meant(rule.who)}"
    if way[1] is Direction.IN and site.policy.lockdown_exempt is not None:
        yield f"a lockdown lets only {meant(site.policy.lockdown_exempt)} pass"
    for limit in site.limits:
        yield f"limit {limit.policy.id} ({place(limit.policy.source)}) bounds each card of {meant(limit.policy.who)}"


def _area(way: SiteWay) -> Iterator[str]:
    area = way.area
    if area.passback is not None:
        yield f"area {area.id} has {_passback(area.passback)} passback"
    if area.occupancy_max is not None:
        yield f"area {area.id} holds at most {area.occupancy_max} people"
    if area.occupancy_min is not None:
        yield f"area {area.id} is entered by at least {area.occupancy_min} people"
    if way.near.occupancy_min is not None:
        yield f"area {way.near.id} is not left with fewer than {way.near.occupancy_min} people in it"


def _passback(passback: Passback) -> str:
    exempt = f", not for {meant(passback.exempt)}" if passback.exempt is not None else ""
    timed = f" ({duration(passback.window)})" if passback.window else ""
    return f"{passback.mode.value}{timed}{exempt}"
