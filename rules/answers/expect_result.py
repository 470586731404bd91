"""What is said of an assertion: that it holds, or what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from rules.answers.meant import meant
from rules.members import lasting
from rules.policy import Claim, Direction, ExpectApartPolicy, ExpectFirePolicy, ExpectPolicy, Source

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMED = 3
"""Doors that are named before the others are counted."""

PERSON = "{person}"


@dataclass(frozen=True, slots=True)
class Broken:
    """One case against an assertion. text: the assertion and the case, `{person}` for whoever it is.

    person: the id of somebody for whom it does not hold, None where it is not about people; others: how many more
    there are at that door then. door, direction, utc: where and when, us since 1970; rule: the id of what brings it
    about, "" where nothing does, written at `by`.
    """

    id: str
    source: Source
    text: str
    person: str | None = None
    others: int = 0
    door: str = ""
    direction: Direction | None = None
    utc: int | None = None
    rule: str = ""
    by: Source | None = None

    def __str__(self) -> str:
        return self.shown()

    def shown(self, person: Callable[[str], str] = str) -> str:
        """One line. person: what an id is shown as."""
        text = self.text if self.person is None else self.text.replace(PERSON, person(self.person), 1)
        return f"{self.source} broken: {text}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One assertion, in words. note: what makes it true of nothing."""

    id: str
    source: Source
    text: str
    broken: tuple[Broken, ...] = ()
    note: str = ""

    @property
    def holds(self) -> bool:
        return not self.broken


def in_words(expected: ExpectPolicy | ExpectFirePolicy | ExpectApartPolicy) -> str:
    """`nobody of contractors opens lab-door, mon 09:00`"""
    match expected:
        case ExpectFirePolicy():
            return f"fire releases {_listed(expected.doors)}"
        case ExpectApartPolicy():
            return f"no part of {_listed(expected.doors)} depends on {expected.device}"
        case ExpectPolicy():
            return f"{_whom(expected)} {_does(expected)} {_places(expected)}{_when(expected)}"


def _whom(expected: ExpectPolicy) -> str:
    valid = sorted(expected.who.valid)
    whom = meant(lasting(expected.who)) + (f", with valid {' and '.join(valid)}" if valid else "")
    if whom == "everybody":
        return {Claim.NOBODY: "nobody", Claim.EVERYONE: "everyone", Claim.ONLY: "only everybody"}[expected.claim]
    if whom.startswith("with "):
        whom = f"those {whom}"
    return f"only {whom}" if expected.claim is Claim.ONLY else f"{expected.claim.value} of {whom}"


def _does(expected: ExpectPolicy) -> str:
    return "opens" if expected.opens else "cannot open"


def _places(expected: ExpectPolicy) -> str:
    outward = {door for door, way in expected.doors if way is Direction.OUT}
    inward = {door for door, way in expected.doors if way is Direction.IN}
    shown = {door: _sided(door, door in inward, door in outward) for door, _ in expected.doors}
    return _listed(tuple(shown.values()))


def _sided(door: str, inward: bool, outward: bool) -> str:
    return f"{door} (both ways)" if inward and outward else f"{door} (out)" if outward else door


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _when(expected: ExpectPolicy) -> str:
    if expected.when is not None:
        return f" in {expected.when}"
    return "" if expected.at is None else f", {_moment(*expected.at)}"


def _moment(weekday: int | None, day: date | None, minute: int) -> str:
    name = day if weekday is None else _DAYS[weekday]
    return f"{name} {minute // 60:02d}:{minute % 60:02d}"
