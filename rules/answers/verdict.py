"""What came of a read, as the record tells it and as a rule set would have it; and how the two differ."""

from __future__ import annotations

from dataclasses import dataclass

from rules.decision import Decision
from rules.model.events import AccessDenied, AccessGranted, CompanionAwaited, Event, InspectionDrawn
from rules.model.reasons import PENDING, Reason
from rules.policy import Source

GRANTED, DENIED, WAITS = "granted", "denied", "waits"

Told = AccessGranted | AccessDenied | CompanionAwaited | InspectionDrawn
"""Events that end a read."""

_HIDDEN = frozenset({Reason.GRANTED_DURESS.value})

DIRECTORY = frozenset(
    {
        Reason.UNKNOWN_CREDENTIAL.value,
        Reason.CREDENTIAL_DISABLED.value,
        Reason.CREDENTIAL_LOST.value,
        Reason.CREDENTIAL_STOLEN.value,
        Reason.CREDENTIAL_UNASSIGNED.value,
        Reason.CREDENTIAL_NOT_YET_ACTIVE.value,
        Reason.CREDENTIAL_EXPIRED.value,
        Reason.PERSON_BLOCKED.value,
    }
)
"""Reasons that no rule has a part in: they follow from the directory alone."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """what: granted, denied or waits (for somebody else). pin: granted to whoever gave a PIN.

    flags: what was noted, at a free exit everything that spoke against it; source: where the rule is written, if known.
    """

    what: str
    reason: str
    flags: frozenset[str] = frozenset()
    rule: str | None = None
    source: Source | None = None
    pin: bool = False

    @property
    def reasons(self) -> frozenset[str]:
        return self.flags | {self.reason}


def recorded(event: Told) -> Verdict:
    match event:
        case AccessGranted():
            flags = frozenset(event.flags) - _HIDDEN
            return Verdict(GRANTED, GRANTED, flags, event.rule, pin=event.pin)
        case AccessDenied():
            return Verdict(DENIED, event.reason, rule=event.rule)
        case CompanionAwaited():
            return Verdict(WAITS, event.reason, rule=event.rule)
        case InspectionDrawn():
            return Verdict(WAITS, Reason.INSPECTION_SELECTED.value, rule=event.rule)


def told(event: Event) -> Told | None:
    return event if isinstance(event, Told) else None


def decided(decision: Decision, free: bool, pin: bool) -> Verdict:
    """free: everybody is let out here, and what speaks against it is noted. pin: one was given, and known."""
    rule, source, reason = decision.rule, decision.source, decision.reason.value
    flags = frozenset(flag.value for flag in decision.flags) - _HIDDEN
    if free:
        return Verdict(GRANTED, GRANTED, flags | {r.value for r in decision.failed}, rule, source)
    if decision.granted:
        return Verdict(GRANTED, GRANTED, flags, rule, source, pin)
    return Verdict(WAITS if PENDING.issuperset(decision.failed) else DENIED, reason, frozenset(), rule, source)


def difference(before: Verdict, after: Verdict) -> str | None:
    """What kind of change it is, or None: `granted`, `denied`, `waits`; between two of a kind `reason`; between two
    grants `pin` (one is asked for now), `no_pin` (no longer), `noted` (other flags)."""
    if before.what != after.what:
        return after.what
    if before.what != GRANTED:
        return "reason" if before.reason != after.reason else None
    if before.flags != after.flags:
        return "noted"
    if before.pin != after.pin:
        return "pin" if after.pin else "no_pin"
    return None


def by_directory(before: Verdict, after: Verdict) -> bool:
    """True where two verdicts differ by what the directory says of a card or its holder, and the rules have no say."""
    if before.what == GRANTED and after.what == GRANTED:
        return before.flags - DIRECTORY == after.flags - DIRECTORY and before.pin == after.pin
    return not DIRECTORY.isdisjoint(before.reasons ^ after.reasons)
