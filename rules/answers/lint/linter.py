"""lint(): all there is to say of a site; life safety first, though the order is that of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from rules.answers.lint import areas, company, doors, expiry, fire, names, shadow, times
from rules.answers.lint.facts import Facts
from rules.answers.lint.finding import Finding, in_order
from rules.answers.lint.life_safety import judged
from rules.site import Site

Check = Callable[[Facts], Iterator[Finding]]

GENERAL: tuple[Check, ...] = (
    names.people,
    names.unknown_groups,
    names.unknown_persons,
    names.unknown_attributes,
    names.empty_groups,
    names.needed_empty,
    names.nobody,
    names.contradictory,
    shadow.shadowed,
    shadow.beaten,
    shadow.undercut,
    shadow.raises,
    doors.nobody,
    doors.no_reader,
    doors.unasked,
    doors.interlock_unlocked,
    doors.interlock_no_contact,
    areas.unseen_exit,
    areas.min_alone,
    times.never,
    times.dst,
    times.holidays,
    times.unused,
    company.alone,
    company.endless,
    company.idle_threats,
    company.idle_expectations,
    expiry.expires,
    lambda facts: fire.misses_exit(facts.ground),
    lambda facts: fire.lost_contact(facts.ground),
    lambda facts: fire.without_effect(facts.ground),
)
"""Warnings and notes: what hardly means what was meant. None stops a rule set."""


def lint(
    site: Site, now: int, *, expires_within_days: int = 30, on_comms_loss: Mapping[str, str] | None = None
) -> list[Finding]:
    """Every finding, by place. now: us since 1970; pure, and the same for the same arguments.

    on_comms_loss: device -> `hold` or `lock`, what a module does with its outputs when the gateway is gone.
    """
    facts = Facts(site, now, expires_within_days, on_comms_loss)
    general = (found for check in GENERAL for found in check(facts))
    return in_order((*judged(facts.ground), *general))
