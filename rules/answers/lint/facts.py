"""What the general checks look at besides the ground: the people of the directory, counted by class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from rules.answers.lint.ground import Ground, Way
from rules.answers.lint.overlap import Redundant, grant_suffices, redundant
from rules.policy import AccessPolicy, DenyPolicy, InspectionPolicy, LimitPolicy, MinimumPolicy, Source, Who
from rules.site import Site

DIRECTORY = Source("directory", 0, 0)
LOCKDOWN = Source("lockdown", 0, 0)


@dataclass(frozen=True, slots=True)
class Named:
    """A `Who` where it is written. what: `grant 'crew'`; id: of the rule."""

    who: Who
    what: str
    id: str
    source: Source


class Facts:
    """One site at one moment. days: how far ahead `expiry` looks."""

    def __init__(self, site: Site, now: int, days: int, on_comms_loss: Mapping[str, str] | None = None) -> None:
        self.site = site
        self.policy = site.policy
        self.ground = Ground(site.policy, now, site.schedules, on_comms_loss)
        self.days = days
        self._counts: dict[tuple[str, ...], int] = {}

    @cached_property
    def redundant(self) -> tuple[Redundant[AccessPolicy], ...]:
        """The grants that others make superfluous."""
        return tuple(redundant(self.ground, self.policy.access, grant_suffices, self._joint))

    @property
    def _joint(self) -> frozenset[Way]:
        """The ways on which two pass by one grant."""
        asking: tuple[AccessPolicy | MinimumPolicy, ...] = (*self.policy.access, *self.policy.minimum)
        pairs = (rule for rule in asking if rule.two_person is not None and rule.two_person.second is None)
        return frozenset(way for rule in pairs for way in rule.doors)

    @cached_property
    def known(self) -> bool:
        """False for a site without people, of which nothing can be said about them."""
        return bool(self.site.people.persons)

    @cached_property
    def kinds(self) -> Counter[tuple[str, ...]]:
        """How many people there are of each set of classes. Cards know those of their holders already."""
        found = {card.person: card.classes for card in self.site.people.credentials.values() if card.classes}
        of = self.site.members.of
        return Counter(found[id] if id in found else of(person) for id, person in self.site.people.persons.items())

    @cached_property
    def classes(self) -> Counter[str]:
        """How many people there are of each class."""
        total: Counter[str] = Counter()
        for kind, count in self.kinds.items():
            for name in kind:
                total[name] += count
        return total

    def count(self, who: Who) -> int:
        """How many people a rule means, prerequisites aside; two of them count as many."""
        names = self.site.members.classes_of(who)
        found = self._counts.get(names)
        if found is None:
            found = self._counts[names] = self._counted(names)
        return found

    def _counted(self, names: tuple[str, ...]) -> int:
        most = max(self.classes[name] for name in names)
        if most != 1 or len(names) == 1:
            return most
        meant = set(names)
        return sum(count for kind, count in self.kinds.items() if not meant.isdisjoint(kind))

    def group_count(self, groups: Iterable[str]) -> int:
        return max((self.classes[group] for group in groups), default=0)

    @cached_property
    def groups(self) -> frozenset[str]:
        """Every group that the directory or the policy knows."""
        sets = {person.groups for person in self.site.people.persons.values()}
        return frozenset(self.policy.groups).union(*sets)

    @cached_property
    def attributes(self) -> Mapping[str, frozenset[str]]:
        """Every attribute that somebody has, with its values."""
        found: dict[str, set[str]] = {}
        for pairs in {person.attributes for person in self.site.people.persons.values()}:
            for name, value in pairs:
                found.setdefault(name, set()).add(value)
        return {name: frozenset(values) for name, values in found.items()}

    @cached_property
    def whos(self) -> tuple[Named, ...]:
        """Every `Who` of the policy."""
        return (*self.meant, *self._elsewhere())

    @cached_property
    def meant(self) -> tuple[Named, ...]:
        """Whom rules mean that do nothing where they mean nobody."""
        policy = self.policy
        restrictions = (rule for threat in policy.threats for rule in threat.restrictions)
        rules: tuple[AccessPolicy | DenyPolicy | LimitPolicy | InspectionPolicy, ...] = (
            *policy.access,
            *policy.deny,
            *restrictions,
            *policy.limits,
            *policy.inspections,
        )
        return tuple(Named(rule.who, f"{_kind(rule)} {rule.id!r}", rule.id, rule.source) for rule in rules)

    def _elsewhere(self) -> Iterator[Named]:
        for area in self.policy.areas.values():
            if area.passback is not None and area.passback.exempt is not None:
                yield Named(area.passback.exempt, f"anti-passback of {area.id!r}", area.id, area.source)
        if self.policy.lockdown_exempt is not None:
            yield Named(self.policy.lockdown_exempt, "the exemption from lockdown", "lockdown", LOCKDOWN)
        for group in self.policy.groups.values():
            for who in group.members:
                yield Named(who, f"group {group.id!r}", group.id, group.source)


def _kind(rule: AccessPolicy | DenyPolicy | LimitPolicy | InspectionPolicy) -> str:
    match rule:
        case AccessPolicy():
            return "grant"
        case DenyPolicy():
            return "denial"
        case LimitPolicy():
            return "limit"
        case InspectionPolicy():
            return "inspection"


def parts(who: Who) -> Iterator[Who]:
    """A `Who` and all that it leaves out."""
    yield who
    for out in who.but:
        yield from parts(out)


def near(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'nights'?)`, or nothing."""
    found = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f" (did you mean {found[0]!r}?)" if found else ""
