"""What an admin expects of the rules, and is told if they break it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rules.policy.doors import Direction
from rules.policy.people import Who
from rules.policy.source import Source


class Claim(StrEnum):
    """What is expected of those who are meant: see `ExpectPolicy`."""

    NOBODY = "nobody"
    EVERYONE = "everyone"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class ExpectPolicy:
    """An assertion on who opens these ways. nobody: none of `who`; everyone: each of `who`; only: none but `who`.

    opens: False asserts that they cannot. moments: (weekday or None, date or None, minute of the day) of `at`;
    when: a schedule id; neither: at any time. `everyone` without a time means at every moment of `when`, or at some.
    """

    id: str
    source: Source
    claim: Claim
    who: Who
    doors: tuple[tuple[str, Direction], ...]
    opens: bool = True
    at: tuple[int | None, date | None, int] | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectFirePolicy:
    """Asserts that each of these doors is released by some fire input."""

    id: str
    source: Source
    doors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpectApartPolicy:
    """Asserts that none of these doors depends on a device or link."""

    id: str
    source: Source
    doors: tuple[str, ...]
    device: str
