"""What every peer is given for nothing: who holds a card, which schedules are active, which rules a way has.

A peer answers the plain question alone: is this card good, and does a rule let its holder through here now. Its host
looks the card up in a dict, and knows at every transition anew which schedules are active.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from rules.access import Request
from rules.people import CredentialStatus, Person
from rules.policy import AccessPolicy, DenyPolicy, Direction, Policy, Who
from tests.bench.engine.crowd import Crowd
from tests.bench.engine.day import MIDNIGHT, QUARTER_US, QUARTERS
from tests.bench.engine.estate import IN, OUT, Way
from tests.bench.engine.reference import Reference

T = TypeVar("T")
K = TypeVar("K")
Ask = Callable[[object, object, Request], bool]
Holder = tuple[int, int, T]
"""From, to (us since 1970) between which a card is good, and what the peer wants to know of its holder."""

_FOREVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Term:
    """Whoever has one of the tags is meant while the schedule is active."""

    tags: tuple[str, ...]
    when: str


@dataclass(frozen=True, slots=True)
class WayRules:
    grants: tuple[Term, ...]
    denials: tuple[Term, ...]

    @property
    def schedules(self) -> tuple[str, ...]:
        """Those that may be active or not, in order."""
        return tuple(sorted({t.when for t in (*self.grants, *self.denials)} - {"always", "never"}))


class Host:
    """The site as a peer's host sees it. A tag is a group, or an attribute that some rule names."""

    def __init__(self, policy: Policy, crowd: Crowd) -> None:
        self._crowd = crowd
        self._named = {a for rule in _written(policy) for a in rule.who.attributes}
        self._common = Counter(tag for person in crowd.persons for tag in self.tags(person))
        self.ways = {way: WayRules(self._ordered(g), self._ordered(d)) for way, (g, d) in _ways(policy).items()}
        self.segments = _segments(policy)

    def _ordered(self, terms: Iterable[Term]) -> tuple[Term, ...]:
        """Terms of one schedule together; what always holds first, and what most people have."""
        found: dict[str, set[str]] = defaultdict(set)
        for term in terms:
            found[term.when] |= set(term.tags)
        order = sorted(found, key=lambda when: (when != "always", -len(found[when]), when))
        return tuple(Term(tuple(sorted(found[w], key=lambda t: (-self._common[t], t))), w) for w in order)

    def tags(self, person: Person) -> tuple[str, ...]:
        return tuple(sorted({*person.groups, *(_tag(*a) for a in person.attributes if a in self._named)}))

    def holders(self, known: Callable[[Person], T]) -> dict[str, Holder[T]]:
        """By token, every card that may be good at some time; equal tags share what is `known`."""
        persons: dict[str, Holder[T]] = {}
        for person in self._crowd.persons:
            if not person.blocked:
                begins = -_FOREVER if person.begins is None else person.begins
                ends = _FOREVER if person.ends is None else person.ends
                persons[person.id] = begins, ends, known(person)
        return {
            card.token: persons[card.person]
            for card in self._crowd.cards
            if card.status is CredentialStatus.ACTIVE and card.person in persons
        }

    def by_tags(self, known: Callable[[tuple[str, ...]], T]) -> dict[str, Holder[T]]:
        """As `holders`, of what follows from the tags alone: worked out once for each set of them."""
        found: dict[tuple[str, ...], T] = {}

        def of(person: Person) -> T:
            tags = self.tags(person)
            if tags not in found:
                found[tags] = known(tags)
            return found[tags]

        return self.holders(of)


class Now(Generic[T]):
    """What a peer has ready for each door at the present time: `ins` and `outs` hold for lo <= utc < hi."""

    __slots__ = ("_made", "hi", "ins", "lo", "outs")

    def __init__(self, host: Host, make: Callable[[Way, WayRules, frozenset[str]], T]) -> None:
        """make: of a way, its rules, and those of its schedules that are active."""
        known: dict[tuple[Way, frozenset[str]], T] = {}

        def of(way: Way, active: frozenset[str]) -> T:
            rules = host.ways[way]
            mine = way, active.intersection(rules.schedules)
            if mine not in known:
                known[mine] = make(way, rules, mine[1])
            return known[mine]

        def side(direction: Direction, active: frozenset[str]) -> dict[str, T]:
            return {way[0]: of(way, active) for way in host.ways if way[1] is direction}

        self._made = [(lo, hi, side(IN, active), side(OUT, active)) for lo, hi, active in host.segments]
        self.lo = self.hi = 0
        self.ins: dict[str, T] = {}
        self.outs: dict[str, T] = {}

    def turn(self, utc: int) -> None:
        """Another time is the present one."""
        self.lo, self.hi, self.ins, self.outs = next(m for m in self._made if m[0] <= utc < m[1])


def framed(holders: dict[str, Holder[K]], now: Now[T], answer: Callable[[T, K], bool]) -> Ask:
    """What comes before each question to a peer, and is its host's to answer."""

    def ask(_site: object, _state: object, request: Request) -> bool:
        holder, utc = holders.get(request.token or ""), request.utc
        if holder is None or not holder[0] <= utc < holder[1]:
            return False
        if not now.lo <= utc < now.hi:
            now.turn(utc)
        return answer((now.ins if request.direction is IN else now.outs)[request.door], holder[2])

    return ask


def _ways(policy: Policy) -> dict[Way, tuple[list[Term], list[Term]]]:
    """Way -> (grants, denials)."""
    found: dict[Way, tuple[list[Term], list[Term]]] = {
        (door, way): ([], []) for door in policy.doors for way in (IN, OUT)
    }
    for rule in _written(policy):
        side = 0 if isinstance(rule, AccessPolicy) else 1
        for way in rule.doors:
            found[way][side].append(Term(_tags(rule.who), rule.when))
    return found


def _written(policy: Policy) -> Iterator[AccessPolicy | DenyPolicy]:
    yield from policy.access
    yield from policy.deny


def _tags(who: Who) -> tuple[str, ...]:
    assert bool(who.groups) != bool(who.attributes), "the generated rules name groups or one attribute"
    return tuple(sorted({*who.groups, *(_tag(*a) for a in who.attributes)}))


def _tag(name: str, value: str) -> str:
    return f"{name}-{value}"


def _segments(policy: Policy) -> list[tuple[int, int, frozenset[str]]]:
    """(from, to, active schedules) of the measured day, by the wall clock."""
    clock = Reference(policy, (), ())
    starts: list[tuple[int, frozenset[str]]] = []
    for lo in range(MIDNIGHT, MIDNIGHT + QUARTERS * QUARTER_US, QUARTER_US):
        active = frozenset(s for s in policy.schedules if clock.active(s, lo))
        if not starts or starts[-1][1] != active:
            starts.append((lo, active))
    ends = [lo for lo, _ in starts[1:]] + [MIDNIGHT + QUARTERS * QUARTER_US]
    return [(lo, hi, active) for (lo, active), hi in zip(starts, ends, strict=True)]
