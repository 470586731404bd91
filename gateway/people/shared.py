"""Signs that a badge is shared. Holding several cards is a fact; everything read from the journal is a suspicion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from gateway.people import records
from gateway.people.dormant import has_access
from gateway.people.records import PersonRecord
from gateway.people.uses import Use
from rules.credential import PIN_ALONE
from rules.people import CredentialStatus


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One card (two_cards False) or two cards of one person at two readers within less than anybody needs between
    them. times: how often; shortest: us; first, last: us since 1970."""

    two_cards: bool
    person: str | None
    tokens: tuple[str, str] = field(repr=False)
    doors: tuple[str, str]
    readers: tuple[str, str]
    times: int
    shortest: int
    first: int
    last: int

    def again(self, other: Suspicion) -> Suspicion:
        """Both together; `other` is the later one."""
        return replace(
            self, times=self.times + 1, shortest=min(self.shortest, other.shortest), last=max(self.last, other.last)
        )


def several_cards(conn: Connection, now: int) -> list[PersonRecord]:
    """People with access who hold more than one active card."""
    return [one for one in records.people(conn) if has_access(one, now) and len(active(one)) > 1]


def active(one: PersonRecord) -> list[records.CardRecord]:
    """The cards that work; a PIN that opens by itself is none."""
    return [card for card in one.cards if card.status == CredentialStatus.ACTIVE and card.format != PIN_ALONE]


def suspicions(uses: Iterable[Use], within: int) -> list[Suspicion]:
    """Pairs of uses less than `within` us apart at different readers, the most frequent first."""
    found: dict[object, Suspicion] = {}
    for before, use in _pairs(uses, within):
        tokens = before.token, use.token
        doors, readers = (before.door, use.door), (before.reader, use.reader)
        two = before.token != use.token
        one = Suspicion(two, use.person, tokens, doors, readers, 1, use.t - before.t, use.utc, use.utc)
        key = two, use.person, frozenset(tokens), frozenset(readers)
        found[key] = found[key].again(one) if key in found else one
    return sorted(found.values(), key=lambda s: (s.two_cards, -s.times, s.first, s.tokens))


def _pairs(uses: Iterable[Use], within: int) -> Iterator[tuple[Use, Use]]:
    """(earlier, later) uses of one card, or of two cards of one person, close together at different readers."""
    last: dict[str, dict[str, Use]] = {}  # holder -> the last use of each card
    epoch = 0
    for use in uses:
        if use.epoch != epoch:  # t of another record is another time
            last.clear()
            epoch = use.epoch
        held = last.setdefault(use.person or use.token, {})
        yield from ((b, use) for b in held.values() if b.reader != use.reader and use.t - b.t < within)
        held[use.token] = use
