"""Cards that would work and are not used: found in the journal, judged from the day they were given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, func, select

from gateway.people import records, tables
from gateway.people.cards import DIGITS
from gateway.people.records import CardRecord, PersonRecord
from gateway.people.uses import History, Use
from rules.people import CredentialStatus

DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Dormant:
    """One card. given: us since 1970, where the log says so; last: its holder's last use; idle: since when it is not
    used, None where nothing is known; other_used: its holder uses another card."""

    person: PersonRecord
    card: CardRecord
    given: int | None
    last: Use | None
    idle: int | None
    other_used: bool


def dormant(conn: Connection, past: History, now: int, days: int) -> list[Dormant]:
    """Active cards of people with access that were neither given nor used within so many days, longest idle first."""
    given = given_at(conn)
    people = [one for one in records.people(conn) if has_access(one, now)]
    found = [card for one in people for card in _of(one, given, past, now - days * DAY)]
    return sorted(found, key=lambda d: (d.idle or 0, d.person.id, d.card.token))


def given_at(conn: Connection) -> dict[str, int]:
    """When each card was given to whoever has it, as far as the log of changes knows."""
    c = tables.change.c
    token = func.substr(c.token, 1, DIGITS).label("card")
    rows = conn.execute(select(token, func.max(c.utc)).where(c.what == "card_assigned").group_by("card"))
    return dict(tuple(row) for row in rows)


def has_access(one: PersonRecord, now: int) -> bool:
    """Nothing but the rules keeps this person out."""
    valid = (one.begins is None or one.begins <= now) and (one.ends is None or now < one.ends)
    return valid and one.blocked is None and not one.suspended(now)


def _of(one: PersonRecord, given: Mapping[str, int], past: History, limit: int) -> list[Dormant]:
    working = [card for card in one.cards if card.status == CredentialStatus.ACTIVE]
    judged = [_judged(one, card, given.get(card.token), past) for card in working]
    idle = [each for each in judged if each.idle is None or each.idle < limit]
    used = any(each.last is not None and each.last.utc >= limit for each in judged)
    return [replace(each, other_used=used) for each in idle]


def _judged(one: PersonRecord, card: CardRecord, given: int | None, past: History) -> Dormant:
    use = past.last.get(card.token)
    last = use if use is not None and use.person == one.id else None  # a former holder's use is none of this one
    known = [moment for moment in (given, last.utc if last else None) if moment is not None]
    return Dormant(one, card, given, last, max(known, default=None), other_used=False)
