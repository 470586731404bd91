"""Rules that change nothing, and rules that ask for more than others do of the same people."""

from __future__ import annotations

from collections.abc import Iterator

from rules.answers.lint.facts import Facts
from rules.answers.lint.finding import Finding, finding, named
from rules.answers.lint.ground import Ground, by_way
from rules.answers.lint.meaning import atoms
from rules.answers.lint.overlap import Index, R, Redundant, denial_suffices, grant_suffices, minimum_suffices, redundant
from rules.policy import AccessPolicy, DenyPolicy, MinimumPolicy


def shadowed(facts: Facts) -> Iterator[Finding]:
    ground, policy = facts.ground, facts.policy
    for grant in facts.redundant:
        yield _told("grant", grant, "lets in already, asking for no more,")
    for denial in redundant(ground, policy.deny, denial_suffices):
        yield _told("denial", denial, "keeps out already")
    for minimum in redundant(ground, policy.minimum, minimum_suffices):
        yield _told("minimum", minimum, "asks already, on all its ways,")


def _told(kind: str, found: Redundant[R], says: str) -> Finding:
    rule = found.rule
    if found.same is not None:
        where = f"{found.same.id!r} ({found.same.source.file}:{found.same.source.line})"
        text = f"{kind} {rule.id!r} says the same as {where}"
        return finding("rule-duplicate", rule.source, rule.id, text, "take one of both out")
    others = named(f"{other.id} ({other.source.file}:{other.source.line})" for other in found.by)
    text = f"{kind} {rule.id!r} changes nothing: {others} {says} whenever it holds"
    return finding("rule-shadowed", rule.source, rule.id, text, "take it out, or say what it was meant to add")


def beaten(facts: Facts) -> Iterator[Finding]:
    """Grants of which every moment is denied to everybody whom they mean."""
    ground = facts.ground
    denials = [rule for rule in facts.policy.deny if ground.spans(rule.when)]
    index: Index[DenyPolicy] = Index(ground, denials)
    for rule in facts.policy.access if denials else ():
        by = _denied(ground, index, rule) if ground.spans(rule.when) and rule.doors else ()
        if by:
            yield finding(
                "rule-beaten",
                rule.source,
                rule.id,
                f"grant {rule.id!r} never lets anybody in: {named(by)} always denies it",
                "take the grant out, or say in the denial whom it leaves out",
            )


def _denied(ground: Ground, index: Index[DenyPolicy], rule: AccessPolicy) -> set[str]:
    """The denials that leave nothing of it; none if something is left."""
    found: set[str] = set()
    for way in rule.doors:
        for who in atoms(rule.who):
            denials = index.about(way, who)
            if not denials or not ground.covers(rule.when, (denial.when for denial in denials.values())):
                return set()
            found.update(denials)
    return found


def undercut(facts: Facts) -> Iterator[Finding]:
    """Grants that ask for more than another that holds for the same people there at some of the same time."""
    ground, policy = facts.ground, facts.policy
    index: Index[AccessPolicy] = Index(ground, policy.access)
    gone = {found.rule.id for found in facts.redundant}
    for rule in policy.access:
        if not _asks(rule) or rule.id in gone:
            continue
        by = {
            other.id
            for way in rule.doors
            for who in atoms(rule.who)
            for other in index.about(way, who).values()
            if _undercuts(other, rule) and ground.meet(other.when, rule.when)
        }
        if by:
            yield finding(
                "grant-undercut",
                rule.source,
                rule.id,
                f"grant {rule.id!r} asks for more than {named(by)}, which lets the same people in there at some of the"
                " same time: then the least demanding grant counts",
                "put what must be asked for under 'minimum', or leave these people out of the other grant",
            )


def _asks(rule: AccessPolicy) -> bool:
    return (
        "pin" in rule.require.factors
        or rule.two_person is not None
        or rule.escort is not None
        or bool(rule.first_person)
        or bool(rule.who.valid)
    )


def _undercuts(other: AccessPolicy, rule: AccessPolicy) -> bool:
    less = grant_suffices(other, rule) and not grant_suffices(rule, other)
    return less or (grant_suffices(other, rule) and other.who.valid < rule.who.valid)


def raises(facts: Facts) -> Iterator[Finding]:
    """Minimums that ask for more than grants on their ways do: the minimum is what counts there."""
    ground, grants = facts.ground, by_way(facts.policy.access)
    for minimum in facts.policy.minimum:
        below = {
            rule.id
            for way in minimum.doors
            for rule in grants.get(way, ())
            if _below(rule, minimum) and ground.meet(rule.when, minimum.when)
        }
        if below:
            yield finding(
                "minimum-raises",
                minimum.source,
                minimum.id,
                f"minimum {minimum.id!r} asks for more than {named(below)}: there it is the minimum that counts",
                "nothing, if that is meant",
            )


def _below(rule: AccessPolicy, minimum: MinimumPolicy) -> bool:
    return (
        (minimum.require is not None and not minimum.require.factors <= rule.require.factors)
        or (minimum.two_person is not None and rule.two_person is None)
        or (minimum.escort is not None and rule.escort is None)
    )
