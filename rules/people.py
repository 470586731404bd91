"""Cardholders and credentials: the tables a decision looks a card up in. Ids are random; no name is here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class CredentialStatus(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"
    LOST = "lost"
    STOLEN = "stolen"


@dataclass(frozen=True, slots=True)
class Person:
    """One cardholder. Times are us since 1970 or None; has_pin: a PIN is on file; extended: slower doors."""

    id: str
    groups: frozenset[str] = frozenset()
    attributes: tuple[tuple[str, str], ...] = ()
    blocked: bool = False
    begins: int | None = None
    ends: int | None = None
    has_pin: bool = False
    extended: bool = False


class Credential(NamedTuple):
    """One card, as it is loaded. token: keyed hash of format and number, hex; person None: unassigned."""

    token: str
    person: str | None
    status: CredentialStatus = CredentialStatus.ACTIVE
    begins: int | None = None
    ends: int | None = None


class Card:
    """What the table knows of a token; equal cards of one person share one. `rules.members` fills in what follows.

    classes: whom of the rules its holder belongs to, in order; special: some rule may deny one of them by name.
    lo <= utc < hi: while nothing about the card or its holder needs a closer look.
    """

    __slots__ = ("begins", "classes", "ends", "hi", "lo", "person", "special", "status")

    def __init__(self, person: str | None, status: CredentialStatus, begins: int | None, ends: int | None) -> None:
        self.person = person
        self.status = status
        self.begins = begins
        self.ends = ends
        self.classes: tuple[str, ...] = ()
        self.special = False
        self.lo = 0
        self.hi = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Card) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"Card{self.value}"

    @property
    def value(self) -> tuple[str | None, CredentialStatus, int | None, int | None]:
        """What the directory says of it."""
        return self.person, self.status, self.begins, self.ends


class People:
    """The directory as decisions see it, at revision `rev`. The core alone edits its tables, between two signals.

    enrolled: the `Membership` that the cards' classes are of, or None while nobody filled them in.
    """

    __slots__ = ("credentials", "enrolled", "persons", "rev")

    def __init__(self, rev: int, persons: dict[str, Person], credentials: dict[str, Card]) -> None:
        self.rev = rev
        self.persons = persons
        self.credentials = credentials
        self.enrolled: Any = None

    @classmethod
    def of(cls, rev: int, persons: Iterable[Person], credentials: Iterable[Credential]) -> People:
        return cls(rev, {p.id: p for p in persons}, cards(credentials))

    def snapshot(self) -> People:
        """The same people in tables of their own, for whoever asks about them in another thread."""
        found = People(self.rev, self.persons.copy(), self.credentials.copy())
        found.enrolled = self.enrolled
        return found


@dataclass(frozen=True, slots=True)
class PeopleChange:
    """What another revision of the directory changes: new or changed values, and the ids and tokens that are gone.

    credentials: those that changed, and all those of the persons that did.
    """

    rev: int
    persons: tuple[Person, ...] = ()
    gone: tuple[str, ...] = ()
    credentials: tuple[Credential, ...] = ()
    withdrawn: tuple[str, ...] = ()


def cards(credentials: Iterable[Credential]) -> dict[str, Card]:
    """The table of cards; of one person's cards those that are alike share an entry."""
    plain: dict[str | None, Card] = {}
    found: dict[str, Card] = {}
    for token, person, status, begins, ends in credentials:
        if begins is None and ends is None and status is CredentialStatus.ACTIVE:
            card = plain.get(person)
            if card is None:
                card = plain[person] = Card(person, status, None, None)
        else:
            card = Card(person, status, begins, ends)
        found[token] = card
    return found


NOBODY = People(0, {}, {})
