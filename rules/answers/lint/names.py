"""Names of people that stand for nobody: groups, persons, attributes."""

from __future__ import annotations

from collections.abc import Iterator

from rules.answers.lint.facts import Facts, Named, near, parts
from rules.answers.lint.finding import Finding, finding
from rules.members import named_groups, named_persons
from rules.policy import EVERYBODY, AccessPolicy, ExpectPolicy, MinimumPolicy, Source, Who


def people(facts: Facts) -> Iterator[Finding]:
    """Where there are none, every name would be unknown."""
    if not facts.known:
        yield finding(
            "people-none",
            Source("directory", 0, 0),
            "directory",
            "there are no people: nothing was said of groups, persons and attributes",
            "name the CSV files under 'people', or give --state",
        )


def unknown_groups(facts: Facts) -> Iterator[Finding]:
    """A group that the directory does not put anybody into, and that `groups` does not make."""
    if not facts.known:
        return
    for what, id, source, groups in _named_groups(facts):
        for group in sorted(set(groups) - facts.groups):
            yield finding(
                "group-unknown",
                source,
                id,
                f"{what} names group {group!r}, which nobody is in{near(group, facts.groups)}",
                "correct the name, or put people into the group",
            )


def _named_groups(facts: Facts) -> Iterator[tuple[str, str, Source, tuple[str, ...]]]:
    for each in facts.whos:
        yield each.what, each.id, each.source, tuple(named_groups(each.who))
    yield from needed_groups(facts)
    for expect in facts.policy.expect:
        if isinstance(expect, ExpectPolicy):
            yield f"expectation {expect.id!r}", expect.id, expect.source, tuple(named_groups(expect.who))


def needed_groups(facts: Facts) -> Iterator[tuple[str, str, Source, tuple[str, ...]]]:
    """(what names them, id, source, groups) of those on whom somebody else depends."""
    policy = facts.policy
    rules: tuple[AccessPolicy | MinimumPolicy, ...] = (*policy.access, *policy.minimum)
    for rule in rules:
        name = f"rule {rule.id!r}"
        if rule.two_person is not None and rule.two_person.second is not None:
            yield f"{name}, two_person,", rule.id, rule.source, (rule.two_person.second,)
        if rule.escort is not None:
            yield f"{name}, escort,", rule.id, rule.source, tuple(sorted(rule.escort.groups))
    for grant in policy.access:
        if grant.first_person:
            yield f"rule {grant.id!r}, first_person,", grant.id, grant.source, tuple(sorted(grant.first_person))
    for door in policy.doors.values():
        if door.unlock_after:
            yield f"door {door.id!r}, unlock after,", door.id, door.source, tuple(sorted(door.unlock_after))
    for area in policy.areas.values():
        if area.arming is not None and area.arming.disarmed_by:
            yield f"area {area.id!r}, disarmed_by,", area.id, area.source, tuple(sorted(area.arming.disarmed_by))


def needed_empty(facts: Facts) -> Iterator[Finding]:
    """Nobody is there who could come second, escort, come first or disarm."""
    if not facts.known:
        return
    for what, id, source, groups in needed_groups(facts):
        if facts.groups.issuperset(groups) and not facts.group_count(groups):
            yield finding(
                "group-needed-empty",
                source,
                id,
                f"{what} waits for somebody of {', '.join(map(repr, groups))}, and nobody is in it",
                "put people into the group, or name another",
            )


def empty_groups(facts: Facts) -> Iterator[Finding]:
    for group in facts.policy.groups.values() if facts.known else ():
        if not facts.classes[group.id]:
            yield finding(
                "group-empty",
                group.source,
                group.id,
                f"group {group.id!r} has nobody in it",
                "correct whom it is made of, or take it out",
            )


def unknown_persons(facts: Facts) -> Iterator[Finding]:
    if not facts.known:
        return
    named = {name for each in _all(facts) for name in named_persons([each.who])}
    missing = named - _found(facts, named)
    for each in _all(facts) if missing else ():
        for name in sorted(missing.intersection(named_persons([each.who]))):
            yield finding(
                "person-unknown",
                each.source,
                each.id,
                f"{each.what} names person {name!r}, whom the directory does not know",
                "correct the reference, or take the person out",
            )


def _found(facts: Facts, named: set[str]) -> set[str]:
    """Those of these names that somebody answers to."""
    persons, members = facts.site.people.persons, facts.site.members
    found = {name for name in named if name in persons and members.means(_only(name), persons[name])}
    for person in persons.values() if found != named else ():
        if members.means(Who(frozenset(), persons=frozenset(named)), person):
            found |= {name for name in named if members.means(_only(name), person)}
    return found


def _only(name: str) -> Who:
    return Who(frozenset(), persons=frozenset({name}))


def unknown_attributes(facts: Facts) -> Iterator[Finding]:
    """An attribute, or a value of it, that nobody has."""
    for each in _all(facts) if facts.known else ():
        for name, value in sorted({pair for part in parts(each.who) for pair in _attributes(part)}):
            values = facts.attributes.get(name)
            if values is None:
                what = f"attribute {name!r}, which nobody has{near(name, facts.attributes)}"
            elif value and value not in values:
                what = f"{name}: {value}, which is true of nobody{near(value, values)}"
            else:
                continue
            yield finding(
                "attribute-unknown",
                each.source,
                each.id,
                f"{each.what} names {what}",
                "correct the name or the value; the columns of the people's files are the attributes",
            )


def _attributes(who: Who) -> Iterator[tuple[str, str]]:
    yield from who.attributes
    yield from ((name, "") for name in who.valid)


def nobody(facts: Facts) -> Iterator[Finding]:
    """A rule of names that all exist, and mean nobody together."""
    for each in facts.meant if facts.known else ():
        if facts.ground.meaning.empty(each.who) or facts.count(each.who) or _has_unknown(facts, each.who):
            continue
        if each.who != EVERYBODY:
            yield finding(
                "rule-nobody",
                each.source,
                each.id,
                f"{each.what} means nobody: each of its conditions fits somebody, all of them together nobody",
                "correct whom it means, or take it out",
            )


def _has_unknown(facts: Facts, who: Who) -> bool:
    """True where a group, a person or an attribute was named already."""
    if who.groups and not facts.group_count(who.groups):
        return True
    if who.persons and not _found(facts, set(who.persons)):
        return True
    values = _alternatives(who).items()
    return any(having.isdisjoint(facts.attributes.get(name, ())) for name, having in values)


def _alternatives(who: Who) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for name, value in who.attributes:
        found[name] = found.get(name, frozenset()) | {value}
    return found


def contradictory(facts: Facts) -> Iterator[Finding]:
    for each in facts.meant:
        if facts.ground.meaning.empty(each.who):
            yield finding(
                "rule-contradictory",
                each.source,
                each.id,
                f"{each.what} leaves out everybody whom it means",
                "correct 'except'",
            )


def _all(facts: Facts) -> Iterator[Named]:
    yield from facts.whos
    for expect in facts.policy.expect:
        if isinstance(expect, ExpectPolicy):
            yield Named(expect.who, f"expectation {expect.id!r}", expect.id, expect.source)
