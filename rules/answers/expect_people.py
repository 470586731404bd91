"""The people of a site by what its rules can know of them, so that one answer serves all who are alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rules.members import Membership, named_persons
from rules.people import People, Person
from rules.policy import ExpectPolicy, Who
from rules.site import Site, Way

Attributes = tuple[tuple[str, str], ...]


@dataclass(slots=True, eq=False)
class Kind:
    """People to whom the same rules apply, whatever their own dates. number: in the order of the directory."""

    number: int
    classes: tuple[str, ...]
    attributes: Attributes
    people: list[Person] = field(default_factory=list)

    @property
    def one(self) -> Person:
        return self.people[0]


ByClass = Mapping[str, Sequence[Kind]]


class Crowd:
    """Everybody, by kind."""

    def __init__(self, site: Site) -> None:
        self._members = site.members
        expected = [e.who for e in site.policy.expect if isinstance(e, ExpectPolicy)]
        rules = [rule for way in _ways(site) for found in way.grants.values() for rule in found]
        telling = {name for who in expected for name in _attributes(who)}
        telling |= {name for rule in rules for name in rule.who.valid}
        named = {site.members.refs.get(name, name) for name in named_persons(expected)}
        self.kinds = tuple(_kinds(site, telling, named))
        self._by_class = by_class(self.kinds)

    def meant(self, who: Who) -> list[Kind]:
        """The kinds that a `Who` means, in order; prerequisites aside."""
        found = among(self._by_class, who.groups) if who.groups else self.kinds
        if not (who.attributes or who.persons or who.but):
            return list(found)
        return [kind for kind in found if self._members.means(who, kind.one)]


def by_class(kinds: Iterable[Kind]) -> ByClass:
    """The kinds of each class, in order."""
    found: dict[str, list[Kind]] = {}
    for kind in kinds:
        for name in kind.classes:
            found.setdefault(name, []).append(kind)
    return found


def among(kinds: ByClass, classes: Iterable[str]) -> list[Kind]:
    """The kinds of any of these classes, in order."""
    found = {kind.number: kind for name in classes for kind in kinds.get(name, ())}
    return [found[number] for number in sorted(found)]


def _kinds(site: Site, telling: set[str], named: set[str]) -> Iterable[Kind]:
    """By classes, the attributes that tell, and the id of whoever is named."""
    found: dict[tuple[tuple[str, ...], Attributes, str], Kind] = {}
    known = _enrolled(site.people, site.members)
    for person in site.people.persons.values():
        classes = known.get(person.id)
        if classes is None:
            classes = site.members.of(person)
        own = tuple(pair for pair in person.attributes if pair[0] in telling) if person.attributes else ()
        key = classes, own, person.id if person.id in named else ""
        kind = found.get(key)
        if kind is None:
            kind = found[key] = Kind(len(found), classes, own)
        kind.people.append(person)
    return found.values()


def _enrolled(people: People, members: Membership) -> dict[str | None, tuple[str, ...]]:
    """The classes of those whose cards know them already."""
    if people.enrolled != members:
        return {}
    return {card.person: card.classes for card in people.credentials.values() if card.person in people.persons}


def _ways(site: Site) -> Iterator[Way]:
    yield from site.entries.values()
    yield from site.exits.values()


def _attributes(who: Who) -> Iterator[str]:
    """The names of all attributes that a `Who` looks at."""
    yield from (name for name, _ in who.attributes)
    yield from who.valid
    for left_out in who.but:
        yield from _attributes(left_out)
