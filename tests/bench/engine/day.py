"""What is asked of a site: the reads of one working day in time order, or the same reads at random times of a year."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from rules.people import Credential, CredentialStatus, Person
from rules.policy import AccessPolicy, Direction, Policy
from tests.bench.engine.crowd import Crowd
from tests.bench.engine.estate import SECOND
from tests.bench.engine.reference import Reference
from tests.bench.engine.timetable import QUARTER, WORKDAY, ZONE

BAD = 0.1
"""How often a card that is blocked, lost or run out is held to a reader, of how often another is."""

KINDS = ("plausible", "random", "unknown")
SHARES = (85, 12, 3)
QUARTERS = 24 * 60 // QUARTER
QUARTER_US = QUARTER * 60 * SECOND
MIDNIGHT = int(datetime(WORKDAY.year, WORKDAY.month, WORKDAY.day, tzinfo=ZoneInfo(ZONE)).timestamp()) * SECOND
YEAR = timedelta(days=365) // timedelta(microseconds=1)
_HOURS = (2, 1, 1, 1, 2, 6, 14, 40, 60, 34, 26, 26, 38, 36, 28, 26, 32, 48, 30, 16, 9, 7, 6, 3)
"""How busy each hour of the day is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One read. token: 16 bytes; pin: the answer given at a door that may demand one; kind: of KINDS."""

    kind: str
    door: str
    direction: Direction
    token: bytes
    reader: str
    t: int
    utc: int
    pin: str


def working_day(policy: Policy, crowd: Crowd, count: int, seed: int) -> list[Asked]:
    """`count` reads of the day in time order: 85 % plausible, 12 % at a random door, 3 % of an unknown card."""
    return _Day(policy, crowd, Random(f"{seed} {len(crowd.cards)} day")).reads(count)


def any_time(asked: list[Asked], seed: int) -> list[Asked]:
    """The same reads, each at a random time of the year before."""
    rng = Random(f"{seed} year")
    return [replace(a, utc=MIDNIGHT - rng.randrange(YEAR)) for a in asked]


class _Day:
    def __init__(self, policy: Policy, crowd: Crowd, rng: Random) -> None:
        self._rng = rng
        self._doors = policy.doors
        self._cards = crowd.cards
        self._persons = {p.id: p for p in crowd.persons}
        self._pins = {door for m in policy.minimum for door, _ in m.doors}
        self._levels: dict[str, list[AccessPolicy]] = defaultdict(list)
        for level in policy.access:
            for group in level.who.groups:
                self._levels[group].append(level)
        clock = Reference(policy, (), ())
        moments = [MIDNIGHT + n * QUARTER_US for n in range(QUARTERS)]
        self._active = [{s for s in policy.schedules if clock.active(s, at)} for at in moments]

    def reads(self, count: int) -> list[Asked]:
        rng = self._rng
        hours = rng.choices(range(24), _HOURS, k=count)
        times = sorted(hour * 3600 * SECOND + rng.randrange(3600 * SECOND) for hour in hours)
        kinds = rng.choices(KINDS, SHARES, k=count)
        return [self._read(kind, at) for kind, at in zip(kinds, times, strict=True)]

    def _read(self, kind: str, at: int) -> Asked:
        rng = self._rng
        token = bytes.fromhex(self._card()[0].token)
        door, direction = self._anywhere()
        if kind == "plausible":
            token, door, direction = self._plausible(at // QUARTER_US)
        elif kind == "unknown":
            token = rng.randbytes(16)
        policy = self._doors[door]
        reader = (policy.readers_in if direction is Direction.IN else policy.readers_out)[0]
        pin = "ok" if door in self._pins and direction is Direction.IN else "none"
        return Asked(kind, door, direction, token, reader, SECOND * 3600 + at, MIDNIGHT + at, pin)

    def _card(self) -> tuple[Credential, Person]:
        """Any card that somebody holds; those that are not in order come seldom."""
        while True:
            card = self._rng.choice(self._cards)
            person = self._persons.get(card.person or "")
            if person is not None and (_in_order(card, person) or self._rng.random() < BAD):
                return card, person

    def _anywhere(self) -> tuple[str, Direction]:
        door = f"door-{self._rng.randrange(len(self._doors)):04}"
        ways = [Direction.IN, *([Direction.OUT] if self._doors[door].readers_out else [])]
        return door, self._rng.choice(ways)

    def _plausible(self, quarter: int) -> tuple[bytes, str, Direction]:
        """Somebody with a grant at this time, at a door of that grant."""
        active = self._active[quarter]
        while True:
            card, person = self._card()
            levels = [x for group in sorted(person.groups) for x in self._levels[group] if x.when in active]
            if levels:
                door, direction = self._rng.choice(self._rng.choice(levels).doors)
                return bytes.fromhex(card.token), door, direction


def _in_order(card: Credential, person: Person) -> bool:
    good = card.status is CredentialStatus.ACTIVE and not person.blocked
    return good and (person.begins or 0) <= MIDNIGHT and (person.ends is None or person.ends > MIDNIGHT)
