"""How long a change of a part of a large site takes: the rules alone, one level, one schedule, one card."""

from __future__ import annotations

import statistics
from dataclasses import replace
from time import process_time

from rules.compile import compile_site, with_change
from rules.edit import with_access, with_schedule
from rules.people import Credential, CredentialStatus, PeopleChange
from rules.site import Site
from tests.bench.engine.timetable import QUARTER

TURNS = 5
EDITS = 40
CARDS = 2000


def figures(site: Site) -> dict[str, float]:
    return {
        "rules-only swap, s": rules_only(site),
        "one level, ms": one_level(site),
        "one schedule, ms": one_schedule(site),
        "one card, us": one_card(site),
    }


def rules_only(site: Site) -> float:
    """Another rule set over the same people, s: every level's schedule turned by one place."""
    found = []
    for turn in range(1, TURNS + 1):
        whens = [level.when for level in site.policy.access]
        turned = zip(site.policy.access, whens[turn:] + whens[:turn], strict=True)
        policy = replace(site.policy, access=tuple(replace(level, when=when) for level, when in turned))
        begin = process_time()
        other = compile_site(policy, site.people, f"b{turn}")
        found.append(process_time() - begin)
        assert other.people.credentials is site.people.credentials
        del other
    return statistics.median(found)


def one_level(site: Site) -> float:
    """Levels that lose a door, one after the other, ms; each takes over from the one before."""
    found = []
    for n, level in enumerate(site.policy.access[:: len(site.policy.access) // EDITS]):
        less = replace(level, doors=level.doors[1:] or level.doors)
        begin = process_time()
        site = with_access(site, less, f"c{n}")
        found.append((process_time() - begin) * 1000)
    return statistics.median(found)


def one_schedule(site: Site) -> float:
    """Schedules that begin a quarter of an hour earlier, one after the other, ms."""
    found = []
    schedules = [s for s in site.policy.schedules.values() if s.intervals]
    for n, schedule in enumerate(schedules[:: max(1, len(schedules) // EDITS)]):
        first, *others = schedule.intervals
        earlier = replace(schedule, intervals=(replace(first, start=first.start - QUARTER), *others))
        begin = process_time()
        site = with_schedule(site, earlier, f"d{n}")
        found.append((process_time() - begin) * 1000)
    return statistics.median(found)


def one_card(site: Site) -> float:
    """A card disabled, and enabled again, us for each."""
    tokens = list(site.people.credentials)[:: max(1, len(site.people.credentials) // CARDS)]
    persons = {token: site.people.credentials[token].person for token in tokens}
    edits = [
        PeopleChange(site.people.rev, credentials=(Credential(token, persons[token], status),))
        for token in tokens
        for status in (CredentialStatus.DISABLED, CredentialStatus.ACTIVE)
    ]
    begin = process_time()
    for edit in edits:
        with_change(site, edit)
    return (process_time() - begin) / len(edits) * 1e6
