"""`access` and `deny`: who may pass where and when, resolved to doors and directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from config.company import AnyEscort, AnyTwoPerson, escort, two_person
from config.keypads import check_keypads
from config.scalars import Groups, Id
from config.shape import Shape, shaped
from config.tree import Place
from config.where import SiteMap, Way, Ways, Where
from config.who import AnyWho, check_who, read_who
from rules.policy import AccessPolicy, DenyPolicy, ReaderPolicy, Require, Source


class ScopeShape(Shape):
    """Whom a rule means, where and when."""

    who: AnyWho
    where: Where
    direction: Ways | None = None
    when: Id


class AccessShape(ScopeShape):
    """A grant, and what it asks for besides a card."""

    require: Require = Require.CARD
    two_person: AnyTwoPerson = None
    escort: AnyEscort | None = None
    first_person: Groups = ()


class DenyShape(ScopeShape):
    """A denial."""

    when: Id = "always"


class SpecialAccessShape(AccessShape):
    """A grant of an overlay."""

    when: Id = "always"


@dataclass(frozen=True, slots=True)
class Names:
    """What rules may name. schedules: all that were written, and the built-in ones."""

    site: SiteMap
    schedules: tuple[str, ...]
    readers: dict[str, ReaderPolicy]

    def check(self, place: Place, *, grants: bool = False) -> None:
        """Report what the rule at `place` names and does not exist, whatever else is wrong with it."""
        check_who(place / "who", prerequisites=grants)
        self.site.check(place / "where")
        for name, at in (place / "when").texts():
            at.known(name, "schedule", self.schedules)

    def ways(self, shape: ScopeShape, place: Place, *, bare: bool = False) -> tuple[Way, ...]:
        """The ways a rule means. bare: of a grant that asks for a card alone; in others no area stands for exits."""
        says = place / "direction"
        return self.site.resolve(shape.where, shape.direction, place / "where", says, less_exits=not bare)


ScopeT = TypeVar("ScopeT", bound=ScopeShape)


def read_access(place: Place, names: Names, shape_of: type[AccessShape] = AccessShape) -> tuple[AccessPolicy, ...]:
    return tuple(_grant(name, at, shape, names) for name, at, shape in _shaped(shape_of, place, names))


def _grant(name: str, place: Place, shape: AccessShape, names: Names) -> AccessPolicy:
    asks = shape.two_person or shape.escort or shape.first_person or shape.require is not Require.CARD
    ways = names.ways(shape, place, bare=not asks)
    if "pin" in shape.require.factors:
        check_keypads(ways, names.site.doors, names.readers, place / "require")
    return AccessPolicy(
        id=name,
        source=place.key,
        who=read_who(shape.who),
        doors=ways,
        when=shape.when,
        require=shape.require,
        two_person=two_person(shape.two_person),
        escort=escort(shape.escort),
        first_person=frozenset(shape.first_person),
    )


def read_deny(place: Place, names: Names) -> tuple[DenyPolicy, ...]:
    return tuple(denial(name, at.key, at, shape, names) for name, at, shape in _shaped(DenyShape, place, names))


def denial(name: str, source: Source, place: Place, shape: DenyShape, names: Names) -> DenyPolicy:
    return DenyPolicy(name, source, read_who(shape.who), names.ways(shape, place), shape.when)


def _shaped(shape_of: type[ScopeT], place: Place, names: Names) -> Iterator[tuple[str, Place, ScopeT]]:
    for name, at in place.entries():
        names.check(at, grants=issubclass(shape_of, AccessShape))
        shape = shaped(shape_of, at)
        if shape is not None:
            yield name, at, shape
