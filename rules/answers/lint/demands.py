"""What an exit asks for besides a card: other people, a PIN, training. Nobody may be kept in for want of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rules.answers.lint.finding import Finding, finding
from rules.answers.lint.ground import Exit, Ground, by_way, on_exits
from rules.answers.lint.meaning import atoms
from rules.policy import AccessPolicy, MinimumPolicy, Require

Rule = AccessPolicy | MinimumPolicy
Wants = Callable[[Rule], bool]


def two_person(ground: Ground) -> Iterator[Finding]:
    yield from _demanded(ground, "egress-two-person", "a second person", lambda r: r.two_person is not None)


def escort(ground: Ground) -> Iterator[Finding]:
    yield from _demanded(ground, "egress-escort", "an escort", lambda r: r.escort is not None)


def pin(ground: Ground) -> Iterator[Finding]:
    yield from _demanded(ground, "egress-pin", "a PIN", lambda r: r.require is not None and "pin" in r.require.factors)


def first_person(ground: Ground) -> Iterator[Finding]:
    yield from _demanded(
        ground,
        "egress-first-person",
        "somebody who came before",
        lambda r: isinstance(r, AccessPolicy) and bool(r.first_person),
    )


def prerequisite(ground: Ground) -> Iterator[Finding]:
    yield from _demanded(
        ground,
        "egress-prerequisite",
        "something that must not have lapsed",
        lambda r: isinstance(r, AccessPolicy) and bool(r.who.valid),
    )


def _demanded(ground: Ground, code: str, what: str, wants: Wants) -> Iterator[Finding]:
    """Minimums that demand it of an exit, and grants that do where no bare one lets out those whom they mean."""
    for minimum, exit in on_exits(ground, ground.policy.minimum):
        if wants(minimum) and ground.ever(minimum.when):
            yield _said(code, minimum, exit, what)
    grants = by_way(ground.policy.access)
    for grant, exit in on_exits(ground, ground.policy.access):
        if wants(grant) and ground.ever(grant.when):
            easier = [other for other in grants[exit.way] if is_bare(other)]
            if not _let_out(ground, grant, easier):
                yield _said(code, grant, exit, what)


def is_bare(grant: AccessPolicy) -> bool:
    """True for a grant that asks for nothing but a card."""
    return (
        grant.require is Require.CARD
        and grant.two_person is None
        and grant.escort is None
        and not grant.first_person
        and not grant.who.valid
    )


def _let_out(ground: Ground, grant: AccessPolicy, easier: list[AccessPolicy]) -> bool:
    """True if whoever the grant means may leave by easier ones whenever they may by this."""
    return all(
        ground.covers(grant.when, (other.when for other in easier if ground.meaning.within(who, other.who)))
        for who in atoms(grant.who)
    )


def _said(code: str, rule: Rule, exit: Exit, what: str) -> Finding:
    kind = "minimum" if isinstance(rule, MinimumPolicy) else "grant"
    return finding(
        code,
        rule.source,
        rule.id,
        f"{kind} {rule.id!r} asks for {what} on {exit.name}: people must always be able to leave this way",
        f"leave {exit.door.id!r} ({exit.direction.value}) out of it"
        + ("" if kind == "minimum" else ", or grant the same people that way for a card alone"),
    )
