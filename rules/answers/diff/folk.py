"""Everybody of two versions by kinds: people whom the rules of both see alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rules.answers.spans import Spans, common, union
from rules.people import Card, CredentialStatus, Person
from rules.policy import Who
from rules.ruling import valid_until
from rules.site import Site

Classes = tuple[str, ...]
Lapses = tuple[int, ...]
"""For each name of `Folk.names`, the moment at which it lapses, us, within what is looked at."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Of somebody whose own dates, cards or prerequisites changed: while their cards work, in both versions."""

    limits: tuple[Spans, Spans]
    lapses: tuple[Lapses, Lapses]


@dataclass(slots=True)
class Kind:
    """People of the same classes. classes, sets: in the old version and in the new one.

    free: valid and with a card that works all the time; bound: the others, with the times at which they are.
    terms: of people for whom this changed, who are then a kind of their own.
    """

    classes: tuple[Classes, Classes]
    terms: Terms | None
    sets: tuple[frozenset[str], frozenset[str]]
    free: list[str] = field(default_factory=list)
    bound: list[tuple[str, Spans]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many people."""
        return len(self.free) + len(self.bound)


def _kind(was: Classes, now: Classes, terms: Terms | None) -> Kind:
    old = frozenset(was)
    return Kind((was, now), terms, (old, old if was == now else frozenset(now)))


_Holder = tuple[Classes, Spans]
"""(classes, while a card of theirs works)"""


class Folk:
    """The people of both versions who hold a card that works at some time of lo <= utc < hi in one of them.

    names: the prerequisites that rules of either version ask for. nobody: leave all out, where none is asked about.
    """

    def __init__(self, old: Site, new: Site, lo: int, hi: int, *, nobody: bool = False) -> None:
        self.whole: Spans = ((lo, hi),)
        self._lo, self._hi = lo, hi
        self._sites = old, new
        self.names = tuple(sorted({name for site in (old, new) for who in _whos(site) for name in who.valid}))
        self.kinds: list[Kind] = []
        if not nobody:
            self._fill()

    def lapses(self, person: str) -> Lapses:
        """By the new version, or the old one for who is gone."""
        new, old = (site.people.persons.get(person) for site in reversed(self._sites))
        return self._lapses(new or old, 1 if new else 0)

    def _lapses(self, person: Person | None, side: int) -> Lapses:
        if not self.names or person is None:
            return ()
        stated, zone = dict(person.attributes), self._sites[side].timezone
        found = (valid_until(stated.get(name), zone) for name in self.names)
        return tuple(self._lo if end is None else max(self._lo, min(end, self._hi)) for end in found)

    def _fill(self) -> None:
        old, new = self._sites
        before = self._holders(old)
        after = before if new.people is old.people and new.members == old.members else self._holders(new)
        found: dict[object, Kind] = {}
        whole, plain = self.whole, not self.names
        for id in before if after is before else dict.fromkeys((*before, *after)):
            was, now = before.get(id, _NOBODY), after.get(id, _NOBODY)
            terms = None if plain and was[1] is now[1] else self._terms(id, was[1], now[1])
            key = was[0], now[0], terms
            kind = found.get(key)
            if kind is None:
                kind = found[key] = _kind(was[0], now[0], terms)
            if terms is not None or now[1] is whole:
                kind.free.append(id)
            else:
                kind.bound.append((id, now[1]))
        self.kinds = list(found.values())

    def _terms(self, id: str, was: Spans, now: Spans) -> Terms | None:
        old, new = (self._lapses(site.people.persons.get(id), side) for side, site in enumerate(self._sites))
        return Terms((was, now), (old, new)) if was != now or old != new else None

    def _holders(self, site: Site) -> dict[str, _Holder]:
        """Everybody who has a card that works at some time."""
        persons, found, whole = site.people.persons, dict[str, _Holder](), self.whole
        enrolled = site.people.enrolled == site.members
        for id, cards in _by_holder(site.people.credentials.values()).items():
            person = persons.get(id)
            if person is None or person.blocked:
                continue
            card = cards[0]
            endless = card.begins is None and card.ends is None and person.begins is None and person.ends is None
            limits = whole if endless else self._limits(person, cards)
            if limits:
                found[id] = card.classes if enrolled else site.members.of(person), limits
        return found

    def _limits(self, person: Person, cards: list[Card]) -> Spans:
        held = union(self._span(card) for card in cards)
        found = common(held, (self._span(person),))
        return self.whole if found == self.whole else found

    def _span(self, holder: Person | Card) -> tuple[int, int]:
        lo = self._lo if holder.begins is None else max(self._lo, holder.begins)
        hi = self._hi if holder.ends is None else min(self._hi, holder.ends)
        return lo, max(lo, hi)


_NOBODY: _Holder = ((), ())


def _by_holder(table: Iterable[Card]) -> dict[str, list[Card]]:
    """The active cards of each, alike ones once."""
    found: dict[str, list[Card]] = {}
    last = None
    for card in table:
        if card is last or card.status is not CredentialStatus.ACTIVE or card.person is None:
            continue
        last = card
        own = found.get(card.person)
        if own is None:
            found[card.person] = [card]
        else:
            own.append(card)
    return found


def _whos(site: Site) -> Iterator[Who]:
    return (rule.who for rule in site.policy.access)
