"""Passages that nobody makes alone: two persons, and visitors with an escort."""

from __future__ import annotations

from collections.abc import Iterable

from rules.asked import Asked
from rules.model.reasons import Reason
from rules.people import Person
from rules.policy import Escort, TwoPerson
from rules.ruling import holding
from rules.site import Site, key
from rules.state import Waiting

SECOND, ESCORT = "second", "escort"


def escort_failures(asked: Asked) -> Iterable[Reason]:
    """Who needs an escort waits for one, unless one just went ahead; who is none must not follow a visitor's badge."""
    escorts = needed(asked)
    if escorts:
        alone = not all(accompanied(asked, escort) for escort in escorts)
        return (Reason.ESCORT_REQUIRED,) if alone else ()
    wrong = any(w.need == ESCORT and not fits(asked, w) for w in waiting(asked))
    return (Reason.WRONG_ESCORT,) if wrong else ()


def needed(asked: Asked) -> tuple[Escort, ...]:
    """The escorts that whoever asks cannot be themselves: a minimum would else keep out the escorts too."""
    escorts, person = asked.ruling.escorts, asked.person
    if not escorts or person is None:
        return escorts
    own = asked.site.members.groups(person)
    return tuple(escort for escort in escorts if escort.groups.isdisjoint(own))


def second_failures(asked: Asked) -> Iterable[Reason]:
    seconds = asked.ruling.seconds
    alone = seconds and not all(_paired(asked, second) for second in seconds)
    return (Reason.SECOND_PERSON_PENDING,) if alone else ()


def waiting(asked: Asked) -> tuple[Waiting, ...]:
    """Who else still waits at this way."""
    request, person = asked.request, asked.person
    found = asked.state.waiting(key(request.door, request.direction))
    return tuple(w for w in found if request.t < w.until and (person is None or w.person != person.id))


def fits(asked: Asked, other: Waiting) -> bool:
    """True if whoever asks is the one that `other` waits for, or waits for `other` in turn."""
    if other.need == ESCORT:
        return in_groups(asked.site, asked.person.id if asked.person else None, other.groups)
    seconds = tuple(TwoPerson(0, group) for group in other.groups) or (TwoPerson(0),)
    answers = all(_pair(asked, other, second) for second in seconds)
    return answers or any(_pair(asked, other, second) for second in asked.ruling.seconds)


def completed(asked: Asked) -> tuple[Waiting, ...]:
    """All whose waiting ends because whoever asks now may pass."""
    return tuple(w for w in waiting(asked) if fits(asked, w))


def _paired(asked: Asked, second: TwoPerson) -> bool:
    return any(w.need == SECOND and _pair(asked, w, second) for w in waiting(asked))


def _pair(asked: Asked, other: Waiting, second: TwoPerson) -> bool:
    with_them = asked.site.people.persons.get(other.person)
    return with_them is not None and other.need == SECOND and pair(asked, with_them, second)


def pair(asked: Asked, other: Person, second: TwoPerson) -> bool:
    """Two that may pass together: one of them of the stated group, or one grant holds for both now."""
    site, person = asked.site, asked.person
    if person is None or person.id == other.id:
        return False
    if second.second is not None:
        groups = (second.second,)
        return in_groups(site, person.id, groups) or in_groups(site, other.id, groups)
    mine, theirs = (holding(site, asked.state, asked.way, one, asked.utc) for one in (person, other))
    return not mine.isdisjoint(theirs)


def accompanied(asked: Asked, escort: Escort) -> bool:
    """True while the door is released for an escort who goes the same way."""
    release = asked.state.door(asked.request.door).release
    return (
        release is not None
        and asked.request.t < (release.lock_until or release.until)
        and any(
            p.direction == asked.request.direction.value and in_groups(asked.site, p.person, escort.groups)
            for p in release.passages
        )
    )


def in_groups(site: Site, person: str | None, groups: frozenset[str] | tuple[str, ...]) -> bool:
    found = site.people.persons.get(person) if person is not None else None
    return found is not None and not site.members.groups(found).isdisjoint(groups)


def expected(asked: Asked) -> int:
    """How many pass along with whoever asks: those who wait, or the second one who is demanded."""
    return max(sum(w.need == SECOND for w in waiting(asked)), 1 if asked.ruling.seconds else 0)


def wait_of(asked: Asked, reason: Reason) -> tuple[str, tuple[str, ...], int]:
    """(need, groups that end it, us) of a read that waits for somebody."""
    ruling = asked.ruling
    if reason is Reason.ESCORT_REQUIRED:
        escorts = needed(asked)
        groups = frozenset.intersection(*(e.groups for e in escorts))
        return ESCORT, tuple(sorted(groups)), min(e.window for e in escorts)
    seconds = tuple(sorted(s.second for s in ruling.seconds if s.second is not None))
    return SECOND, seconds, min(s.window for s in ruling.seconds)
