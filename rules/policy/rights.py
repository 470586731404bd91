"""Who may pass where: grants, minimums, denials, limits, threat levels, inspections."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.policy.doors import Direction
from rules.policy.people import Who
from rules.policy.source import Source


class Require(StrEnum):
    """What a passage demands of whoever asks: a card, a PIN that is a credential by itself, or a card and its PIN."""

    CARD = "card"
    PIN = "pin"
    CARD_PIN = "card+pin"

    @property
    def factors(self) -> frozenset[str]:
        """`card`, `pin` or both."""
        return _FACTORS[self.value]


_FACTORS = {"card": frozenset({"card"}), "pin": frozenset({"pin"}), "card+pin": frozenset({"card", "pin"})}


@dataclass(frozen=True, slots=True)
class TwoPerson:
    """Two have to ask within the window, us. second: one of them must be in this group; None: one grant means both."""

    window: int
    second: str | None = None


@dataclass(frozen=True, slots=True)
class Escort:
    """Somebody of these groups has to ask within the window, us, and comes along."""

    groups: frozenset[str]
    window: int


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """A grant. doors: resolved, each with the directions it covers; when: a schedule id.

    first_person: groups of which somebody must have entered the area since this period began.
    """

    id: str
    source: Source
    who: Who
    doors: tuple[tuple[str, Direction], ...]
    when: str
    require: Require = Require.CARD
    two_person: TwoPerson | None = None
    escort: Escort | None = None
    first_person: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MinimumPolicy:
    """What a way through a door demands at least while the schedule is active."""

    id: str
    source: Source
    doors: tuple[tuple[str, Direction], ...]
    require: Require | None
    when: str
    two_person: TwoPerson | None = None
    escort: Escort | None = None


@dataclass(frozen=True, slots=True)
class DenyPolicy:
    """A denial that beats every grant."""

    id: str
    source: Source
    who: Who
    doors: tuple[tuple[str, Direction], ...]
    when: str


@dataclass(frozen=True, slots=True)
class LimitPolicy:
    """What bounds the use of each card of some people: grants, days with a grant, us without one. None: unbounded."""

    id: str
    source: Source
    who: Who
    max_uses: int | None = None
    max_days: int | None = None
    inactive_after: int | None = None


@dataclass(frozen=True, slots=True)
class ThreatPolicy:
    """A threat level; in force with it are its own restrictions and those of every lower one. rank: from 1 up."""

    id: str
    source: Source
    rank: int
    restrictions: tuple[DenyPolicy, ...]


@dataclass(frozen=True, slots=True)
class InspectionPolicy:
    """Some of those who pass are held for an inspection. rate: of a million; window: us they stay chosen."""

    id: str
    source: Source
    who: Who
    doors: tuple[tuple[str, Direction], ...]
    rate: int
    when: str
    window: int
