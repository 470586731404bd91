"""Whom a rule means: read off what was written, group by group, without any table."""

from __future__ import annotations

from datetime import date

from rules.people import Person
from rules.policy import Policy, Who
from tests.rules.reference.clock import local


def belongs(policy: Policy, person: Person, group: str) -> bool:
    """Whether somebody is in a group, by the directory or because the group is made of others."""
    if group in person.groups:
        return True
    return group in policy.groups and any(means(policy, who, person) for who in policy.groups[group].members)


def in_one_of(policy: Policy, person: Person | None, groups: frozenset[str] | tuple[str, ...]) -> bool:
    return person is not None and any(belongs(policy, person, group) for group in groups)


def means(policy: Policy, who: Who, person: Person | None) -> bool:
    """Everything stated must hold; nothing stated: everybody who is known."""
    if person is None:
        return False
    if who.groups and not in_one_of(policy, person, who.groups):
        return False
    if who.persons and person.id not in who.persons:
        return False
    for name in [name for name, _ in who.attributes]:
        if not any((name, value) in person.attributes for other, value in who.attributes if other == name):
            return False
    return not any(means(policy, left_out, person) for left_out in who.but)


def prepared(policy: Policy, who: Who, person: Person, utc: int) -> bool:
    """Whether everything that must be valid is: `valid`, or a date that is not over where the site is."""
    return all(_valid(dict(person.attributes).get(name, ""), local(policy, utc).date()) for name in who.valid)


def _valid(text: str, today: date) -> bool:
    if text == "valid":
        return True
    try:
        return today <= date.fromisoformat(text)
    except ValueError:
        return False
