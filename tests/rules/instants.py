"""The moments at which anything of a random site can change, and what the engine says then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules.access import look_up
from rules.ask import Ask, Company, Option
from rules.asked import Asked, Request
from rules.model.reasons import Reason
from rules.people import Credential, Person
from rules.policy import Direction
from rules.quiet import quiet
from rules.ruling import Ruling, valid_until
from rules.site import Site
from rules.spans import Spans, active, holding
from rules.state import FirstRecord
from tests.rules.builder import S
from tests.rules.random_policies import GROUPS
from tests.rules.reference.case import Case

Way = tuple[str, Direction]
Said = tuple[frozenset[str], frozenset[object], frozenset[Company]] | None
"""(factors still asked of whoever shows a card, second persons, escorts); None: denied."""

DAY = 86_400 * S


def around(case: Case, days: int = 2) -> tuple[int, int]:
    """Some days about the request's moment, which is a holiday, a change of the clocks or New Year."""
    return case.request.utc - days * DAY, case.request.utc + days * DAY


def moment(case: Case) -> Way:
    return case.request.door, case.request.direction


def ways(site: Site) -> Iterator[Way]:
    return ((door, way) for door in site.doors for way in Direction)


def instants(case: Case, sites: Iterable[Site], lo: int, hi: int) -> list[int]:
    """Every moment in [lo, hi) at which some schedule, validity or prerequisite begins or ends, and 1 us around it."""
    found = {lo, case.request.utc}
    for site in sites:
        edges = (edge for s in site.schedules.values() for span in active(s, lo, hi) for edge in span)
        lapses = (valid_until(value, site.timezone) for p in case.persons for _, value in p.attributes)
        found.update(edges, (at for at in lapses if at is not None))
    held: list[Person | Credential] = [*case.persons, *case.cards]
    found.update(at for h in held for at in (h.begins, h.ends) if at is not None)
    return sorted({at + n for at in found for n in (-1, 0, 1) if lo <= at + n < hi})


def what_is_asked(site: Site, case: Case, person: Person, way: Way, at: int, entered: bool) -> Said:
    """By the engine, with the best of their cards. entered: whoever has to be first has just been there."""
    state = quiet(site, at)
    if entered:
        for place in (*site.areas, *site.doors):
            for group in GROUPS:
                state.firsts.put(f"{place}/{group}", FirstRecord(at))
    for card in case.cards:
        if card.person == person.id:
            asked = look_up(site, state, Request(way[0], way[1], card.token, "r", 0, at))
            if not _unusable(asked):
                return _said(asked.ruling)
    return None


_STANDING = frozenset(
    {
        Reason.CREDENTIAL_DISABLED,
        Reason.CREDENTIAL_LOST,
        Reason.CREDENTIAL_STOLEN,
        Reason.CREDENTIAL_NOT_YET_ACTIVE,
        Reason.CREDENTIAL_EXPIRED,
        Reason.PERSON_BLOCKED,
        Reason.DOOR_BLOCKED,
    }
)


def _unusable(asked: Asked) -> bool:
    return not _STANDING.isdisjoint(reason for check in asked.way.checks for reason in check(asked))


def _said(ruling: Ruling) -> Said:
    if ruling.reason is not Reason.GRANTED:
        return None
    seconds = frozenset((s.window, s.second) for s in ruling.seconds)
    return ruling.missing, seconds, frozenset(Company(e.window, e.groups) for e in ruling.escorts)


def option_of(asks: Iterable[tuple[Ask, Spans]], at: int, entered: bool) -> Said:
    """What an answer of ours says of that moment, in the same form."""
    for ask, spans in asks:
        if holding(spans, at):
            option = next((o for o in ask.by_card if entered or not o.firsts), None)
            return _plain(option) if option is not None else None
    return None


def _plain(option: Option) -> Said:
    return option.factors - {"card"}, frozenset((s.window, s.of) for s in option.seconds), option.escorts
