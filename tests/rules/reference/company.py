"""Who passes together: escorts and second persons."""

from __future__ import annotations

from collections.abc import Iterator

from rules.people import Person
from rules.policy import TwoPerson
from rules.state import Waiting
from tests.rules.reference.case import Case
from tests.rules.reference.granting import Terms, in_force
from tests.rules.reference.meant import in_one_of


def wrong_with_the_company(case: Case, terms: Terms) -> Iterator[str]:
    escorts = [e for e in terms.escorts if not in_one_of(case.policy, case.person, e.groups)]  # who is one needs none
    if escorts:
        if not all(any(in_one_of(case.policy, p, e.groups) for p in _gone_ahead(case)) for e in escorts):
            yield "escort_required"
    elif any(w.need == "escort" and not in_one_of(case.policy, case.person, w.groups) for w in waiting(case)):
        yield "wrong_escort"
    if not all(any(may_pair(case, other, second) for other in waiting(case)) for second in terms.seconds):
        yield "second_person_pending"


def waiting(case: Case) -> list[Waiting]:
    """Who else waits at this way, and not for too long."""
    record = case.state.waits.get(f"{case.request.door}:{case.request.direction.value}")
    mine = case.person.id if case.person else None
    return [w for w in (record.waiting if record else ()) if case.request.t < w.until and w.person != mine]


def _gone_ahead(case: Case) -> Iterator[Person | None]:
    """Those for whom the door is released the same way now."""
    release = case.state.door(case.request.door).release
    if release is not None and case.request.t < release.until:
        for passage in release.passages:
            if passage.direction == case.request.direction.value:
                yield case.find(passage.person)


def may_pair(case: Case, other: Waiting, second: TwoPerson) -> bool:
    """Whether these two may pass together: one is of the stated group; or one grant holds for both."""
    if other.need != "second" or case.person is None or case.find(other.person) is None:
        return False
    return _one_is_of(case, other, second.second) if second.second is not None else _one_grant(case, other)


def _one_is_of(case: Case, other: Waiting, group: str) -> bool:
    return any(in_one_of(case.policy, p, (group,)) for p in (case.person, case.find(other.person)))


def _one_grant(case: Case, other: Waiting) -> bool:
    both = [p for p in (case.person, case.find(other.person)) if p is not None]
    return any(len(both) == 2 and all(in_force(case, grant, p) for p in both) for grant in case.policy.access)


def come_along(case: Case, terms: Terms) -> list[str]:
    """The ids of those who wait and pass as soon as this one does."""
    return [w.person for w in waiting(case) if _comes_along(case, w, terms)]


def _comes_along(case: Case, other: Waiting, terms: Terms) -> bool:
    if other.need == "escort":
        return in_one_of(case.policy, case.person, other.groups)
    if any(may_pair(case, other, second) for second in terms.seconds):
        return True
    if case.person is None or case.find(other.person) is None:
        return False
    return all(_one_is_of(case, other, g) for g in other.groups) if other.groups else _one_grant(case, other)
