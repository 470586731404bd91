"""The rule that brought a change about: one that holds now and did not, or did and no longer does."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from rules.answers.diff.row import GAINS, LOSES, Behind
from rules.answers.diff.ways import Way
from rules.policy import Source
from rules.ruling import matching
from rules.site import Demand, Rule, Site

_Acting = tuple[str, Hashable, str, Source]
"""(grant, denial or minimum; what it says; id; where it is written)"""


def behind(
    sites: tuple[Site, Site],
    way: Way,
    classes: tuple[tuple[str, ...], tuple[str, ...]],
    at: int,
    effect: str,
    level: str,
) -> Behind | None:
    """At one moment of a change, for people of these classes; None where no rule changed for them then."""
    if not classes[0] or not classes[1]:
        return None  # somebody who came, went or was blocked
    old, new = (tuple(_acting(sites[side], way, classes[side], at, level)) for side in (0, 1))
    said = [{found[:2] for found in side} for side in (old, new)]
    came = [found for found in new if found[:2] not in said[0]]
    went = [found for found in old if found[:2] not in said[1]]
    for found, gone in ((came, False), (went, True)):
        fitting = [one for one in found if _may_bring(one[0], gone, effect)]
        if fitting:
            _, _, id, source = min(fitting, key=lambda one: one[2])
            return Behind(id, source, gone)
    return None


def _may_bring(kind: str, gone: bool, effect: str) -> bool:
    if effect == GAINS:
        return kind == ("denial" if gone else "grant")
    if effect == LOSES:
        return kind == ("grant" if gone else "denial")
    return kind != "denial"


def _acting(site: Site, way: Way, classes: tuple[str, ...], at: int, level: str) -> Iterator[_Acting]:
    if way[0] not in site.doors:
        return
    rules = site.way(*way)
    for rule in matching(rules.grants, classes):
        if rule.schedule.active(at):
            yield "grant", _grant(rule), rule.id, rule.source
    rank = site.ranks.get(level, 0)
    held = (r.rule for r in rules.restrictions if r.rank <= rank)
    fitting = (rule for rule in held if not set(site.members.classes_of(rule.who)).isdisjoint(classes))
    for rule in (*matching(rules.denials, classes), *fitting):
        if rule.schedule.active(at):
            yield "denial", None, rule.id, rule.source
    for demand in rules.demands:
        if demand.schedule.active(at):
            yield "minimum", _minimum(demand), demand.id, demand.source


def _grant(rule: Rule) -> Hashable:
    return rule.require, rule.two_person, rule.escort, rule.first_person, rule.who.valid


def _minimum(demand: Demand) -> Hashable:
    return demand.factors, demand.two_person, demand.escort
