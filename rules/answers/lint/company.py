"""Rules that wait for somebody, levels that restrict nothing, expectations that ask nothing."""

from __future__ import annotations

from collections.abc import Iterator

from rules.answers.lint.facts import Facts
from rules.answers.lint.finding import Finding, finding
from rules.answers.spans import without
from rules.policy import ExpectPolicy, Source, Who


def alone(facts: Facts) -> Iterator[Finding]:
    """Two by one grant that means a single person."""
    for rule in facts.policy.access if facts.known else ():
        if rule.two_person is not None and rule.two_person.second is None and facts.count(rule.who) == 1:
            yield finding(
                "two-person-alone",
                rule.source,
                rule.id,
                f"grant {rule.id!r} asks for two persons whom it means, and it means one",
                "put more people into it, or name a 'second' group",
            )


def endless(facts: Facts) -> Iterator[Finding]:
    """Whoever came first once has come for good where the schedule never ends."""
    for rule in facts.policy.access:
        if rule.first_person and _has_no_end(facts, rule.when):
            yield _endless(rule.source, rule.id, f"grant {rule.id!r}", rule.when)
    for door in facts.policy.doors.values():
        if door.unlock_after and door.unlock is not None and _has_no_end(facts, door.unlock):
            yield _endless(door.source, door.id, f"door {door.id!r}", door.unlock)


def _endless(source: Source, subject: str, what: str, schedule: str) -> Finding:
    return finding(
        "first-person-endless",
        source,
        subject,
        f"{what} waits for its first person once and for all: schedule {schedule!r} never ends",
        "use a schedule that begins anew each day",
    )


def _has_no_end(facts: Facts, schedule: str) -> bool:
    ground = facts.ground
    return not without(((ground.now, ground.hi),), ground.spans(schedule))


def idle_threats(facts: Facts) -> Iterator[Finding]:
    """A level that shuts nothing which the levels below it leave open."""
    for threat in facts.policy.threats:
        if not any(rule.doors and facts.ground.spans(rule.when) for rule in threat.restrictions):
            yield finding(
                "threat-idle",
                threat.source,
                threat.id,
                f"threat level {threat.id!r} restricts nothing by itself",
                "say under 'deny' what it shuts, or take it out",
            )


def idle_expectations(facts: Facts) -> Iterator[Finding]:
    for expect in facts.policy.expect:
        why = _idle(facts, expect) if isinstance(expect, ExpectPolicy) else "" if expect.doors else "it names no door"
        if why:
            yield finding(
                "expect-idle",
                expect.source,
                expect.id,
                f"expectation {expect.id!r} is true of nothing: {why}",
                "correct it: as it stands it guards nothing",
            )


def _idle(facts: Facts, expect: ExpectPolicy) -> str:
    if not expect.doors:
        return "it names no door"
    if expect.when is not None and not facts.ground.spans(expect.when):
        return f"schedule {expect.when!r} is not active within a year from now"
    if facts.known and not _somebody(facts, expect.who):
        return "nobody is meant"
    return ""


def _somebody(facts: Facts, who: Who) -> bool:
    """An expectation may mean people whom no rule means, so that they have no class."""
    if not (who.attributes or who.persons or who.but):
        return not who.groups or bool(facts.group_count(who.groups))
    means = facts.site.members.means
    return any(means(who, person) for person in facts.site.people.persons.values())
