"""The people and cards of a generated site."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from rules.people import Credential, CredentialStatus, People, Person
from tests.bench.engine.estate import FIRMS, SECOND, group_ids
from tests.bench.engine.sizes import CARDS_EACH, Size
from tests.bench.engine.timetable import WORKDAY, ZONE

NOON = int(datetime(WORKDAY.year, WORKDAY.month, WORKDAY.day, 12, tzinfo=ZoneInfo(ZONE)).timestamp()) * SECOND
MOST_GROUPS = 4
_DAY = 86_400 * SECOND
_COMPANIES = tuple((("company", f"firm-{n:02}"),) for n in range(FIRMS))
_OWN = (("company", "own"),)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody, as the directory has them; the cards of one person stand together."""

    persons: list[Person]
    cards: list[Credential]

    def people(self) -> People:
        """As tables of their own."""
        return People.of(1, self.persons, self.cards)


def crowd(size: Size, seed: int) -> Crowd:
    """The same for the same size and seed."""
    rng = Random(f"{seed} {size.name} people")
    persons = list(_persons(rng, size))
    return Crowd(persons, list(_cards(rng, persons)))


def _persons(rng: Random, size: Size) -> Iterator[Person]:
    """One in eight a contractor, the others of a department; most have one of its usual jobs, one in five more."""
    roles = _Roles(rng, size)
    staff = [_jobs(rng, roles, {"staff", g}) for g in group_ids(size) if g.startswith("dept")]
    contractors = [_jobs(rng, roles, {"contractors"}) for _ in range(FIRMS)]
    for n in range(size.people):
        firm = rng.randrange(FIRMS) if rng.random() < 0.125 else None
        groups = rng.choice(rng.choice(staff) if firm is None else contractors[firm])
        if len(groups) < MOST_GROUPS and rng.random() < 0.2:
            groups = groups | {roles.any()}
        begins, ends = _validity(rng)
        yield Person(
            f"p-{n:016x}",
            groups,
            _OWN if firm is None else _COMPANIES[firm],
            blocked=rng.random() < 0.01,
            begins=begins,
            ends=ends,
            has_pin=rng.random() < 0.3,
        )


class _Roles:
    """Roles, the first ones more popular than the last."""

    def __init__(self, rng: Random, size: Size) -> None:
        self._rng = rng
        self._names = [g for g in group_ids(size) if g.startswith("role")]
        self._weights = list(accumulate(1 / (n + 5) for n in range(len(self._names))))

    def any(self) -> str:
        return self._names[bisect(self._weights, self._rng.random() * self._weights[-1])]


def _jobs(rng: Random, roles: _Roles, base: set[str]) -> list[frozenset[str]]:
    """The usual sets of groups of a department or firm."""
    return [frozenset(base | {roles.any() for _ in range(rng.choice([0, 1, 1, 2]))}) for _ in range(6)]


def _validity(rng: Random) -> tuple[int | None, int | None]:
    """Most without dates; some run out in months to come, few have run out or not begun."""
    drawn = rng.random()
    if drawn < 0.85:
        return None, None
    if drawn < 0.98:
        return NOON - 600 * _DAY, NOON + rng.randrange(20, 300) * _DAY
    return (None, NOON - 30 * _DAY) if drawn < 0.993 else (NOON + 30 * _DAY, None)


def _cards(rng: Random, persons: list[Person]) -> Iterator[Credential]:
    statuses = [CredentialStatus.ACTIVE, CredentialStatus.LOST, CredentialStatus.DISABLED, CredentialStatus.STOLEN]
    for person in persons:
        for _ in range(CARDS_EACH):
            holder = None if rng.random() < 0.002 else person.id
            yield Credential(f"{rng.getrandbits(128):032x}", holder, rng.choices(statuses, [980, 10, 8, 2])[0])
