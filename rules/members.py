"""Whom a rule means, worked out ahead: people by classes, so that a decision only looks classes up.

A class is the id of a group, `""` for everybody, or stands for a `Who` that one group cannot say. What a person
belongs to follows from what the directory says of them, and never from the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rules.people import Card, CredentialStatus, People, Person
from rules.policy import GroupPolicy, Who

EVERYBODY = ""
FOREVER = 1 << 62

_Kind = tuple[frozenset[str], tuple[tuple[str, str], ...]]


class Membership:
    """Who belongs to which class. groups: the nested ones; whos: all that rules mean; special: those that rules may
    deny by name; counted: those whose cards are.

    refs: the ids of people whom rules name otherwise, by that name.
    """

    def __init__(
        self,
        groups: Mapping[str, GroupPolicy],
        whos: Iterable[Who],
        special: Iterable[Who] = (),
        counted: Iterable[Who] = (),
        refs: Mapping[str, str] | None = None,
    ) -> None:
        self._groups = {id: group.members for id, group in groups.items() if group.members}
        self._order = tuple(_in_order(self._groups))
        self.refs = refs or {}
        special, counted = tuple(special), tuple(counted)
        whos = (*whos, *special, *counted)
        self._open = any(_plain(who) and not who.groups for who in whos)
        complex = {lasting(who) for who in whos if not _plain(who)}
        self._complex = {class_of(who): who for who in sorted(complex, key=repr)}
        self._personal = {name: who for name, who in self._complex.items() if _names_persons(who)}
        self.special = frozenset(name for who in special for name in self.classes_of(who)) - {EVERYBODY}
        self.counted = frozenset(name for who in counted for name in self.classes_of(who))
        self._known: dict[_Kind, tuple[str, ...]] = {}
        self._names_people = bool(self._personal) or any(
            _names_persons(who) for members in self._groups.values() for who in members
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Membership) and self._definition == other._definition

    def __hash__(self) -> int:
        return hash(tuple(self._complex))

    @property
    def _definition(self) -> tuple[object, ...]:
        return self._groups, self._complex, self._open, self.special, self.counted, self.refs

    # -- of a rule -------------------------------------------------------------------------------------------------

    def classes_of(self, who: Who) -> tuple[str, ...]:
        """The classes of which somebody must belong to one, to be meant; prerequisites aside."""
        return tuple(sorted(who.groups)) or (EVERYBODY,) if _plain(who) else (class_of(lasting(who)),)

    def knows(self, who: Who) -> bool:
        """True if the classes of a `Who` are among those that people were enrolled in."""
        if _plain(who):
            return bool(who.groups) or self._open
        return class_of(lasting(who)) in self._complex

    # -- of a person -----------------------------------------------------------------------------------------------

    def of(self, person: Person) -> tuple[str, ...]:
        """Every class of a person, in order; that of everybody where a rule means it."""
        if self._names_people:
            return self._worked_out(person)
        kind = person.groups, person.attributes
        found = self._known.get(kind)
        if found is None:
            found = self._known[kind] = self._worked_out(person)
        return found

    def _worked_out(self, person: Person) -> tuple[str, ...]:
        groups = self.groups(person)
        complex = (name for name, who in self._complex.items() if self._fits(who, person, groups))
        return tuple(sorted({*groups, *complex, *([EVERYBODY] if self._open else [])}))

    def groups(self, person: Person) -> frozenset[str]:
        """The groups of a person, those that others are members of included."""
        found = person.groups
        for id in self._order:
            if id not in found and any(self._fits(who, person, found) for who in self._groups[id]):
                found = found | {id}
        return found

    def means(self, who: Who, person: Person) -> bool:
        """True if a rule for these means the person; prerequisites aside."""
        return self._fits(who, person, self.groups(person))

    def _fits(self, who: Who, person: Person, groups: frozenset[str]) -> bool:
        if who.groups and who.groups.isdisjoint(groups):
            return False
        if who.persons and not self._is_one(who.persons, person):
            return False
        wanted = {name for name, _ in who.attributes}
        having = {name for name, value in person.attributes if (name, value) in who.attributes}
        return having == wanted and not any(self._fits(left_out, person, groups) for left_out in who.but)

    def _is_one(self, names: frozenset[str], person: Person) -> bool:
        return any(person.id == self.refs.get(name, name) for name in names)

    # -- of everybody ----------------------------------------------------------------------------------------------

    def enrol(self, people: People) -> People:
        """The same people with their classes; a card of somebody in a `counted` class always gets a closer look.

        Tables that others enrolled otherwise are left to them: the result then has tables of its own.
        """
        if people.enrolled == self:
            return people
        found = people
        if people.enrolled is not None:
            copies = {id(card): Card(*card.value) for card in people.credentials.values()}
            table = {token: copies[id(card)] for token, card in people.credentials.items()}
            found = People(people.rev, people.persons, table)
        found.enrolled = self
        self._fill(found, found.credentials.values())
        self._known.clear()  # each is held by the cards of its kind now
        return found

    def _fill(self, people: People, cards: Iterable[Card]) -> None:
        persons, done = people.persons, None
        for card in cards:
            if card is not done:
                done = card
                self.fill(card, persons.get(card.person) if card.person is not None else None)

    def fill(self, card: Card, person: Person | None) -> None:
        """What a decision needs to know of one card."""
        card.lo = card.hi = 0
        if person is None:
            card.classes, card.special = (), False
            return
        card.classes = self.of(person)
        card.special = not self.special.isdisjoint(card.classes)
        if card.status is not CredentialStatus.ACTIVE or person.blocked or not self.counted.isdisjoint(card.classes):
            return
        card.lo = max(card.begins or -FOREVER, person.begins or -FOREVER)
        card.hi = min(FOREVER if card.ends is None else card.ends, FOREVER if person.ends is None else person.ends)


def _in_order(groups: Mapping[str, tuple[Who, ...]]) -> Iterator[str]:
    """Each group after those it is made of; there are no circles."""
    left = {
        id: {name for who in members for name in named_groups(who)} & groups.keys() for id, members in groups.items()
    }
    while left:
        ready = sorted(id for id, wants in left.items() if wants.isdisjoint(left))
        if not ready:
            raise ValueError(f"groups in a circle: {', '.join(sorted(left))}")
        yield from ready
        left = {id: wants for id, wants in left.items() if id not in ready}


def named_groups(who: Who) -> Iterator[str]:
    """Every group that a `Who` names, in what it leaves out too."""
    yield from who.groups
    for left_out in who.but:
        yield from named_groups(left_out)


def class_of(who: Who) -> str:
    """The name of the class of those whom a `Who` means that one group cannot say."""
    return f"={_canonical(who)}"


def _canonical(who: Who) -> tuple[list[str], list[tuple[str, str]], list[str], list[object]]:
    return (
        sorted(who.groups),
        sorted(who.attributes),
        sorted(who.persons),
        sorted(map(_canonical, who.but), key=repr),
    )


def lasting(who: Who) -> Who:
    """The same without the prerequisites, which time ends."""
    return replace(who, valid=frozenset()) if who.valid else who


def _plain(who: Who) -> bool:
    return not (who.attributes or who.persons or who.but)


def _names_persons(who: Who) -> bool:
    return bool(who.persons) or any(map(_names_persons, who.but))


def named_persons(whos: Iterable[Who]) -> Iterator[str]:
    """Every person that a rule names."""
    for who in whos:
        yield from who.persons
        yield from named_persons(who.but)
