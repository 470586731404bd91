"""A request to pass, and what was looked up for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from rules.people import Card, Person
from rules.policy import Direction
from rules.ruling import BOTH, CARD, PIN, Ruling
from rules.site import Site, Way
from rules.state import State

STALE_AFTER = 2_000_000
"""A read older than this, us, when its turn comes is denied."""

KNOWN_PIN = frozenset({"ok", "duress"})


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants to pass, at `t` and `utc`, us. token: of what they showed; by: `card`, or `pin` that stands alone.

    pin: `none`, `ok`, `duress`, `wrong`, `timeout` or `unavailable`; age: us the read waited; entropy: hex, drawn for
    this request alone. ordinary: a card that was just read, and no more.
    """

    door: str
    direction: Direction
    token: str | None
    reader: str
    t: int
    utc: int
    age: int = 0
    fault: str | None = None
    pin: str = "none"
    by: str = "card"
    entropy: str = ""
    ordinary: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        fresh = self.age <= STALE_AFTER and self.fault is None and self.token is not None
        object.__setattr__(self, "ordinary", fresh and self.by == "card" and self.pin == "none")


class Asked(NamedTuple):
    """A request with what was looked up for it: all that a check may know."""

    site: Site
    state: State
    request: Request
    way: Way
    credential: Card | None
    person: Person | None
    classes: tuple[str, ...]
    ruling: Ruling

    @property
    def utc(self) -> int:
        return self.request.utc


def given(request: Request) -> frozenset[str]:
    """The factors that were shown: `card`, `pin` or both."""
    if request.by != "card":
        return PIN
    return BOTH if request.pin in KNOWN_PIN else CARD
