"""One level or one schedule swapped in a compiled Site: for the core alone, between two signals.

Everything else is shared with the Site before; its decisions then carry the new hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rules.compile import compile_site
from rules.policy import AccessPolicy, Direction, SchedulePolicy
from rules.site import Rule, Site, Way
from rules.ways import Said, fast, grant_rule, remake


def with_access(site: Site, level: AccessPolicy, rules_hash: str) -> Site:
    """The Site with this level new, or in place of the one of its id."""
    old = next((rule for rule in site.policy.access if rule.id == level.id), None)
    others = tuple(rule for rule in site.policy.access if rule is not old)
    return _swapped(site, old, level, (*others, level), rules_hash)


def without_access(site: Site, id: str, rules_hash: str) -> Site:
    """The Site without the level of this id; raises KeyError where there is none."""
    old = next((rule for rule in site.policy.access if rule.id == id), None)
    if old is None:
        raise KeyError(id)
    others = tuple(rule for rule in site.policy.access if rule is not old)
    return _swapped(site, old, None, others, rules_hash)


def with_schedule(site: Site, schedule: SchedulePolicy, rules_hash: str) -> Site:
    """The Site with another meaning of a schedule it knows; raises KeyError for one it does not."""
    policy = replace(site.policy, schedules={**site.policy.schedules, schedule.id: schedule})
    site.schedules[schedule.id].become(schedule)
    site.edition.hash = rules_hash
    return replace(site, policy=policy, rules_hash=rules_hash)


def _swapped(
    site: Site, old: AccessPolicy | None, new: AccessPolicy | None, access: tuple[AccessPolicy, ...], rules_hash: str
) -> Site:
    policy = replace(site.policy, access=access)
    levels = [level for level in (old, new) if level is not None]
    if any(level.first_person or not site.members.knows(level.who) for level in levels):
        return compile_site(policy, site.people, rules_hash, site.members.refs)
    site.edition.hash = rules_hash
    rule = grant_rule(site.schedules, site.edition, new) if new is not None else None
    classes = site.members.classes_of(new.who) if new is not None else ()
    ways = dict.fromkeys(way for level in levels for way in level.doors)
    said = Said(site.edition)
    entries, exits = dict(site.entries), dict(site.exits)
    fast_in, fast_out = dict(site.fast_in), dict(site.fast_out)
    for way in ways:
        door, direction = way
        table, quick = (entries, fast_in) if direction is Direction.IN else (exits, fast_out)
        here = rule if new is not None and way in new.doors else None
        table[door] = made = _with_rule(table[door], old.id if old else "", here, classes, said)
        quick[door] = fast(made)
    found = replace(site, policy=policy, rules_hash=rules_hash, entries=entries, exits=exits)
    return replace(found, fast_in=fast_in, fast_out=fast_out)


def _with_rule(way: Way, gone: str, rule: Rule | None, classes: Iterable[str], said: Said) -> Way:
    """A way without the grant of one id, and with another grant."""
    grants: dict[str, tuple[Rule, ...]] = {
        name: kept for name, rules in way.grants.items() if (kept := tuple(r for r in rules if r.id != gone))
    }
    for name in classes if rule is not None else ():
        assert rule is not None
        grants[name] = tuple(sorted((*grants.get(name, ()), rule), key=lambda found: found.id))
    return remake(way, grants, said)
