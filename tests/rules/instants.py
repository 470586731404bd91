"""The moments at which anything of a random site can change, and what the engine says then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from rules.access import look_up
from rules.answers.ask import Ask, Company, Option
from rules.answers.quiet import quiet
from rules.answers.spans import Spans, active, holding
from rules.asked import Asked, Request
from rules.model.reasons import Reason
from rules.people import Credential, Person
from rules.policy import Direction
from rules.ruling import Ruling, valid_until
from rules.site import Site
from rules.state import DoorRecord, FirstRecord, State, SystemRecord
from tests.rules.builder import S
from tests.rules.random_policies import GROUPS
from tests.rules.random_sites import built
from tests.rules.reference.case import Case

Way = tuple[str, Direction]
Said = tuple[frozenset[str], frozenset[tuple[int, str | None]], frozenset[Company]] | None
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
    """Every moment in [lo, hi) at which some schedule, validity or prerequisite begins or ends, and 1 us before it.

    Times are half-open: nothing changes between such a moment and the next.
    """
    found = {lo, case.request.utc}
    for site in sites:
        edges = (edge for s in site.schedules.values() for span in active(s, lo, hi) for edge in span)
        lapses = (valid_until(value, site.timezone) for p in case.persons for _, value in p.attributes)
        found.update(edges, (at for at in lapses if at is not None))
    held: list[Person | Credential] = [*case.persons, *case.cards]
    found.update(at for h in held for at in (h.begins, h.ends) if at is not None)
    return sorted({at + n for at in found for n in (-1, 0) if lo <= at + n < hi})


_STANDING = frozenset(
    {
        Reason.CREDENTIAL_DISABLED,
        Reason.CREDENTIAL_LOST,
        Reason.CREDENTIAL_STOLEN,
        Reason.CREDENTIAL_UNASSIGNED,
        Reason.CREDENTIAL_NOT_YET_ACTIVE,
        Reason.CREDENTIAL_EXPIRED,
        Reason.PERSON_BLOCKED,
        Reason.DOOR_BLOCKED,
    }
)


class Engine:
    """What the engine says to people who show a card at a site that is otherwise at rest.

    blocks: False where it shall not matter that a schedule blocks the door.
    """

    def __init__(self, case: Case, blocks: bool = True) -> None:
        self.case = case
        self._blocks = blocks
        self._states: dict[tuple[int, bool, str], State] = {}

    @cached_property
    def site(self) -> Site:
        return built(self.case.policy, self.case)

    def says(self, person: str, way: Way, at: int, entered: bool = False, level: str = "") -> Said:
        """With the best of their cards. entered: whoever has to be first has just been there."""
        for card in self.case.cards:
            if card.person == person:
                asked = look_up(self.site, self._state(at, entered, level), Request(*way, card.token, "r", 0, at))
                if not _unusable(asked):
                    return _said(asked.ruling)
        return None

    def usable(self, person: str, way: Way, at: int) -> bool:
        """True while a card of theirs works, and the door lets anybody pass."""
        state = self._state(at, False, "")
        own = (c.token for c in self.case.cards if c.person == person)
        return any(not _unusable(look_up(self.site, state, Request(*way, token, "r", 0, at))) for token in own)

    def _state(self, at: int, entered: bool, level: str) -> State:
        key = at, entered, level
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = quiet(self.site, at)
            if not self._blocks:
                for door in self.site.doors:
                    found.doors.put(door, DoorRecord("closed"))
            if entered:
                for place in (*self.site.areas, *self.site.doors):
                    for group in GROUPS:
                        found.firsts.put(f"{place}/{group}", FirstRecord(at))
            if level:
                found.system.put("gateway", SystemRecord(threat=level))
        return found


def _unusable(asked: Asked) -> bool:
    return not _STANDING.isdisjoint(reason for check in asked.way.checks for reason in check(asked))


def _said(ruling: Ruling) -> Said:
    if ruling.reason is not Reason.GRANTED:
        return None
    seconds = frozenset((s.window, s.second) for s in ruling.seconds)
    return ruling.missing, seconds, frozenset(Company(e.window, e.groups) for e in ruling.escorts)


def option_at(asks: Iterable[tuple[Ask, Spans]], at: int, entered: bool) -> Said:
    """What an answer of ours says of that moment, in the same form."""
    return next((option_of(ask, entered) for ask, spans in asks if holding(spans, at)), None)


def option_of(ask: Ask | None, entered: bool) -> Said:
    option = next((o for o in ask.by_card if entered or not o.firsts), None) if ask is not None else None
    return _plain(option) if option is not None else None


def _plain(option: Option) -> Said:
    return option.factors - {"card"}, frozenset((s.window, s.of) for s in option.seconds), option.escorts
