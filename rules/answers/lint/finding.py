"""What the linter says, and how grave each thing is. `docs/lint.md` explains every code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rules.policy import Source


class Severity(StrEnum):
    """error: it never goes live; warning: it hardly means what was meant; note: worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


LIFE_SAFETY = (
    "call-point-secure",
    "direct-rex-secure",
    "egress-area-armed",
    "egress-blocked",
    "egress-denied",
    "egress-escort",
    "egress-first-person",
    "egress-inspection",
    "egress-interlock",
    "egress-lockdown",
    "egress-lost-with-device",
    "egress-no-way",
    "egress-not-released",
    "egress-occupancy-max",
    "egress-occupancy-min",
    "egress-passback",
    "egress-pin",
    "egress-prerequisite",
    "egress-reader-only",
    "egress-schedule",
    "egress-threat",
    "egress-two-person",
    "fire-relocks",
    "fire-without-lock",
    "lock-outside",
    "maglock-secure",
    "rex-outside",
)
"""Errors all of them: people could be kept in, or shut in again while it burns."""

WARNINGS = (
    "attribute-unknown",
    "door-no-reader",
    "door-nobody",
    "expect-idle",
    "expires-soon",
    "fire-lost-contact",
    "fire-misses-exit",
    "fire-without-effect",
    "first-person-endless",
    "grant-undercut",
    "group-empty",
    "group-needed-empty",
    "group-unknown",
    "interlock-no-contact",
    "interlock-unlocked",
    "occupancy-min-alone",
    "passback-unseen-exit",
    "person-unknown",
    "rule-beaten",
    "rule-contradictory",
    "rule-duplicate",
    "rule-never",
    "rule-no-reader",
    "rule-nobody",
    "rule-shadowed",
    "schedule-dst",
    "threat-idle",
    "two-person-alone",
)

NOTES = ("minimum-raises", "people-none", "schedule-holiday", "schedule-unused")

SEVERITIES = {
    **dict.fromkeys(LIFE_SAFETY, Severity.ERROR),
    **dict.fromkeys(WARNINGS, Severity.WARNING),
    **dict.fromkeys(NOTES, Severity.NOTE),
}
"""Every code there is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """subject: the id of what it is about, such as a door or a rule; fix: how to mend it.

    source: where that is written; line 0: in no file, as with people of the directory.
    """

    code: str
    severity: Severity
    text: str
    source: Source
    subject: str
    fix: str

    def __str__(self) -> str:
        place = str(self.source) if self.source.line else self.source.file
        return f"{place}: {self.severity.value} {self.code}: {self.text}"


def finding(code: str, source: Source, subject: str, text: str, fix: str) -> Finding:
    """Raises KeyError for a code that nothing is known of."""
    return Finding(code, SEVERITIES[code], text, source, subject, fix)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By place, each once."""
    return sorted(set(findings), key=_place)


def _place(found: Finding) -> tuple[str, int, int, str, str, str]:
    source = found.source
    return source.file, source.line, source.column, found.code, found.subject, found.text


def named(ids: Iterable[str], most: int = 3) -> str:
    """`a, b, c and 4 more`"""
    names = sorted(set(ids))
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
