"""Rule sets: found in the folder, judged, swapped."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unused:
    """An output that works no lock any more: the door whose lock it was, and its level that locks."""

    output: str
    door: str
    locked: bool


@dataclass(frozen=True, slots=True)
class SiteChanged:
    """The core has swapped a rule set or edited the tables of people; `step` already sees the new Site.

    cause: start, people, reload or rollback. Against the Site before: rewired: outputs that work a lock, or another
    one, or in another way; unused: those that work none any more; gone: (noun, id) of doors and the like.
    """

    rules_hash: str
    people_rev: int
    tzdata: str
    version: str
    cause: str = ""
    rewired: tuple[str, ...] = ()
    unused: tuple[Unused, ...] = ()
    gone: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CandidateReviewed:
    """A changed configuration was loaded and has no errors. mode: how it goes live; text: what it changes, in short.

    gains, losses: lines of the difference; a line is who, where and when. warnings: of the linter.
    """

    rules_hash: str
    mode: str
    gains: int
    losses: int
    warnings: int
    text: str


@dataclass(frozen=True, slots=True)
class CandidateRefused:
    """A changed configuration cannot go live. code: why; problems: the first of `count`."""

    rules_hash: str
    code: str
    problems: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class CandidateDropped:
    """The folder no longer holds what was proposed, and nothing else instead."""

    rules_hash: str


@dataclass(frozen=True, slots=True)
class ReloadEnded:
    """The answer to `EditSite`. body: JSON text."""

    request: str
    ok: bool
    code: str
    body: str
