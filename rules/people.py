"""Cardholders and credentials: the tables a decision looks a card up in. Ids are random; no name is here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Credential:
    """One card. token: keyed hash of format and number, hex; person None: unassigned."""

    token: str
    person: str | None
    status: CredentialStatus = CredentialStatus.ACTIVE
    begins: int | None = None
    ends: int | None = None


@dataclass(frozen=True, slots=True)
class People:
    """The directory as decisions see it, at revision `rev`. Replaced whole, never edited."""

    rev: int
    persons: Mapping[str, Person]
    credentials: Mapping[str, Credential]

    @classmethod
    def of(cls, rev: int, persons: Iterable[Person], credentials: Iterable[Credential]) -> People:
        return cls(rev, {p.id: p for p in persons}, {c.token: c for c in credentials})


NOBODY = People(0, {}, {})
