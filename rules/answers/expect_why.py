"""What stands behind a broken assertion, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rules.answers.audit import doorway
from rules.answers.cause import local, named
from rules.answers.expect_result import PERSON, Broken, in_words
from rules.answers.expect_who import Claimed, Wrong
from rules.answers.spans import holding
from rules.policy import Source
from rules.ruling import is_valid, matching
from rules.site import Rule


class _Why(NamedTuple):
    """text: begins with a space or a comma; rule, by: the id of what brings it about, and where it is written."""

    text: str
    rule: str = ""
    by: Source | None = None


def told(claimed: Claimed, wrong: Wrong) -> Broken:
    """The assertion, the case against it, and how many more there are."""
    expected, site, (door, direction) = claimed.expected, claimed.audit.site, wrong.way
    why = _why_can(claimed, wrong) if wrong.can else _why_cannot(claimed, wrong)
    does = "may" if wrong.can else "never may" if claimed.ever else "may not"
    when = "" if claimed.ever and not wrong.can else f" on {local(site, wrong.utc)}"
    where = f" pass {door} ({direction.value})"
    more = f"; {wrong.others} more{' then' if wrong.can else ''}" if wrong.others else ""
    text = f"{in_words(expected)}: {PERSON} {does}{where}{when}{why.text}{more}"
    return Broken(
        expected.id, expected.source, text, wrong.person.id, wrong.others, door, direction, wrong.utc, why.rule, why.by
    )


def _why_can(claimed: Claimed, wrong: Wrong) -> _Why:
    """What opens to everybody first: there no grant matters."""
    door = claimed.audit.site.doors[wrong.way[0]]
    if wrong.way[1] in door.egress:
        return _Why(": everybody may leave by an egress door", "", door.source)
    if holding(claimed.open_to_all(wrong.way), wrong.utc) is not None:
        return _Why(f": the door is unlocked on schedule {door.unlock}", door.unlock or "", door.source)
    rule = min(_grants(claimed, wrong), key=_by_id)
    return _Why(f" by {named(rule)}", rule.id, rule.source)


def _why_cannot(claimed: Claimed, wrong: Wrong) -> _Why:
    site, audit, (door, _) = claimed.audit.site, claimed.audit, wrong.way
    if not doorway(site, wrong.way).readers:
        return _Why(": no reader stands on that side")
    denials = matching(site.way(*wrong.way).denials, wrong.kind.classes)
    active = [rule for rule in denials if rule.schedule.active(wrong.utc)]
    if active:
        rule = min(active, key=_by_id)
        return _Why(f" by deny {named(rule)}", rule.id, rule.source)
    policy = site.doors[door]
    if holding(audit.blocked(door), wrong.utc) is not None:
        return _Why(f": the door is blocked on schedule {policy.blocked}", policy.blocked or "", policy.source)
    grants = sorted(matching(site.way(*wrong.way).grants, wrong.kind.classes), key=_by_id)
    if not grants:
        return _Why(": no grant means them")
    return _ungranted(claimed, wrong, grants)


def _ungranted(claimed: Claimed, wrong: Wrong, grants: list[Rule]) -> _Why:
    """Grants there are, and none of them holds."""
    site = claimed.audit.site
    for rule in grants:
        lapsed = [name for name in sorted(rule.who.valid) if not is_valid(site, wrong.person, name, wrong.utc)]
        if lapsed and rule.schedule.active(wrong.utc):
            return _Why(f": {' and '.join(lapsed)} not valid for {named(rule)}", rule.id, rule.source)
    rule = grants[0]
    return _Why(f": {named(rule)} is not active then", rule.id, rule.source)


def _grants(claimed: Claimed, wrong: Wrong) -> Iterator[Rule]:
    """The grants that hold for them then."""
    site = claimed.audit.site
    found = matching(site.way(*wrong.way).grants, wrong.kind.classes)
    active = (rule for rule in found if rule.schedule.active(wrong.utc))
    return (rule for rule in active if all(is_valid(site, wrong.person, name, wrong.utc) for name in rule.who.valid))


def _by_id(rule: Rule) -> str:
    return rule.id
