"""One name for the classes of two versions that hold the same people, however a rewrite calls them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from rules.answers.diff.folk import Kind
from rules.answers.meant import meant
from rules.members import EVERYBODY, class_of, lasting
from rules.policy import Policy, Who
from rules.site import Site

Extent = tuple[int, ...]
"""The numbers of the kinds that belong to a class, in order."""


NOBODY = "~"
"""Stands before the name of a class with nobody in it, where that is what another class is called."""


class Called(dict[str, str]):
    """Class -> its name in both versions; one with nobody in it has its own."""

    def __missing__(self, name: str) -> str:
        return f"{NOBODY}{name}" if name in self._taken else name

    @cached_property
    def _taken(self) -> frozenset[str]:
        return frozenset(self.values())


class Names:
    """A class that both versions have keeps its name, whoever belongs to it: who came or went is found by person.

    of: for either version, class -> name, for those with anybody in them; own: the other way round.
    company: groups that both versions ask for as escorts and the like; asked: the same as `of`, for such.
    extents: for either, name -> kinds; moved: name -> kinds to which it belongs in one version alone, or whose own
    terms changed.
    """

    def __init__(self, kinds: Sequence[Kind], company: frozenset[str] = frozenset()) -> None:
        own = _extents(kinds, 0), _extents(kinds, 1)
        self.of = Called(), Called()
        self.own: tuple[dict[str, str], dict[str, str]] = {}, {}
        self.extents: tuple[dict[str, Extent], dict[str, Extent]] = {}, {}
        shared = own[0].keys() & own[1].keys()
        elsewhere: dict[tuple[bool, Extent], str] = {}
        for side in (0, 1):
            self._name(side, own[side], shared, elsewhere)
        kept = {name: name for name in company}
        self.asked = Called({**self.of[0], **kept}), Called({**self.of[1], **kept})
        self.moved: dict[str, list[int]] = {}
        for n, kind in enumerate(kinds):
            for name in self._moved(kind):
                self.moved.setdefault(name, []).append(n)

    def _name(
        self, side: int, own: dict[str, Extent], shared: Iterable[str], elsewhere: dict[tuple[bool, Extent], str]
    ) -> None:
        """Names for one version; what it alone has is called as what holds the same people."""
        kept = set(shared)
        alike = {(_said(name), own[name]): name for name in sorted(kept - {EVERYBODY}, reverse=True)}
        for name in sorted(own):
            what = _said(name), own[name]
            called = name if name in kept else alike.get(what)
            if called is None:
                called = elsewhere.setdefault(what, name)
            self.of[side][name] = called
            self.own[side].setdefault(called, name)
            self.extents[side][called] = own[name]

    def _moved(self, kind: Kind) -> Iterable[str]:
        """What a kind belongs to in one version alone; everything, where its terms changed."""
        if kind.terms is None and kind.classes[0] == kind.classes[1] and self._alike(kind):
            return ()
        old, new = ({self.of[side][name] for name in kind.classes[side]} for side in (0, 1))
        return sorted(old ^ new if kind.terms is None else old | new)

    def _alike(self, kind: Kind) -> bool:
        of = self.of
        return all(of[0][name] == of[1][name] for name in kind.classes[0])


def _said(name: str) -> bool:
    """True for what no group stands for: it is never called as a group is."""
    return name.startswith("=")


def _extents(kinds: Sequence[Kind], side: int) -> dict[str, Extent]:
    found: dict[str, list[int]] = {}
    for n, kind in enumerate(kinds):
        for name in kind.classes[side]:
            found.setdefault(name, []).append(n)
    return {name: tuple(numbers) for name, numbers in found.items()}


def company(site: Site) -> frozenset[str]:
    """The groups of which somebody else has to be there, or has to be first."""
    rules, minimums = site.policy.access, site.policy.minimum
    demanded = (*(rule.escort for rule in rules), *(minimum.escort for minimum in minimums))
    paired = (*(rule.two_person for rule in rules), *(minimum.two_person for minimum in minimums))
    escorts = frozenset[str]().union(*(escort.groups for escort in demanded if escort is not None))
    seconds = frozenset(two.second for two in paired if two is not None and two.second is not None)
    firsts = (rule.first_person for rule in rules)
    opening = (door.unlock_after for door in site.doors.values())
    return escorts.union(seconds, *firsts, *opening)


# -- words ------------------------------------------------------------------------------------------------------------


def words_of(policy: Policy) -> dict[str, str]:
    """What the classes that no group stands for are called: class -> `contractors with role fitter`."""
    return {class_of(lasting(who)): meant(who) for who in _whos(policy)}


def _whos(policy: Policy) -> Iterable[Who]:
    passbacks = (area.passback for area in policy.areas.values())
    return (
        *(rule.who for rule in policy.access),
        *(rule.who for rule in policy.deny),
        *(rule.who for rule in policy.limits),
        *(rule.who for rule in policy.inspections),
        *(rule.who for threat in policy.threats for rule in threat.restrictions),
        *(p.exempt for p in passbacks if p is not None and p.exempt is not None),
        *((policy.lockdown_exempt,) if policy.lockdown_exempt else ()),
    )
