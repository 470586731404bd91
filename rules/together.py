"""Who passes together: each with the company that the present rules want for them, or nobody at all."""

from __future__ import annotations

from typing import NamedTuple

from rules.access import decide, look_up, settled
from rules.asked import Asked, Request
from rules.companion import SECOND, accompanied, completed, in_groups, needed, pair
from rules.decision import Decision
from rules.policy import Escort, TwoPerson
from rules.site import key
from rules.state import Waiting
from rules.turn import Turn
from rules.waiting import AWAITED, request_again

Joined = tuple[tuple[Request, Decision], ...]


class _Comer(NamedTuple):
    """Somebody who waits, and what is said of them now."""

    need: str
    asked: Asked
    decision: Decision


def joined(turn: Turn, request: Request) -> Joined | None:
    """All who pass because the one who asks may: each with the grant that lets them.

    None where the one who asks relies on somebody who may not: then nobody passes, and they wait as well.
    """
    if turn.state.waits.get(key(request.door, request.direction)) is None:
        return ()
    asked = settled(look_up(turn.site, turn.state, request))
    coming = _content(asked, [c for w in completed(asked) if (c := _comer(turn, request, w)) is not None])
    if not all(any(_pairs(asked, c, second) for c in coming) for second in asked.ruling.seconds):
        return None
    return tuple((c.asked.request, c.decision) for c in coming)


def _comer(turn: Turn, request: Request, other: Waiting) -> _Comer | None:
    """Whoever waits for somebody else besides goes on waiting."""
    again = request_again(turn, request, other)
    failed = decide(turn.site, turn.state, again).failed
    asked = settled(look_up(turn.site, turn.state, again))
    rule = asked.ruling.rule
    if rule is None or not {AWAITED[other.need]}.issuperset(failed):
        return None
    return _Comer(other.need, asked, rule.decision)


def _content(asked: Asked, coming: list[_Comer]) -> list[_Comer]:
    """Those who have all that they need in whoever asks and in one another."""
    kept = [c for c in coming if _has_all(c, asked, coming)]
    return kept if len(kept) == len(coming) else _content(asked, kept)


def _has_all(comer: _Comer, asked: Asked, coming: list[_Comer]) -> bool:
    company = [asked, *(c.asked for c in coming if c is not comer)]
    seconds, escorts = comer.asked.ruling.seconds, needed(comer.asked)
    return all(_seconded(comer, second, company) for second in seconds) and all(
        _escorted(comer, escort, company) for escort in escorts
    )


def _seconded(comer: _Comer, second: TwoPerson, company: list[Asked]) -> bool:
    return any(other.person is not None and pair(comer.asked, other.person, second) for other in company)


def _escorted(comer: _Comer, escort: Escort, company: list[Asked]) -> bool:
    site = comer.asked.site
    led = any(in_groups(site, other.person.id if other.person else None, escort.groups) for other in company)
    return led or accompanied(comer.asked, escort)


def _pairs(asked: Asked, comer: _Comer, second: TwoPerson) -> bool:
    person = comer.asked.person
    return comer.need == SECOND and person is not None and pair(asked, person, second)
