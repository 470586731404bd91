"""`who`: whom a rule means, as written; the directory says later who that is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from config.problem import suggestion
from config.scalars import EVERYONE, Ids, OneOrMore, Values
from config.shape import Shape, Shorthand
from config.tree import Items, Map, Place
from rules.policy import Who

VALID = "valid"
"""As the value of an attribute: whatever it states has not lapsed."""

_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_COLUMNS = ("name", "groups", "format", "facility", "number", "from", "until", "extended", "when", "where", "direction")
"""Columns of the directory that are no attributes, and keys of rules that were indented too far."""


OURS = ("group", "person", "except")
_CLOSE = 0.8  # a key this like one of ours is a slip, not an attribute
_SHORT = Shorthand("group", Ids)


def _schema(schema: dict[str, Any]) -> None:
    schema["propertyNames"] = {"pattern": f"^{_ATTRIBUTE.pattern}$", "not": {"enum": list(_COLUMNS)}}
    schema["minProperties"] = 1


class WhoShape(Shape):
    """Groups, persons and attributes: all keys must hold, of one key's values any. `except` leaves people out."""

    model_config = ConfigDict(extra="allow", frozen=True, json_schema_extra=_schema)
    __pydantic_extra__: dict[str, Values]

    group: Ids = ()
    person: Values = ()
    but: Annotated[tuple[Annotated[WhoShape, Shorthand("group", Ids)], ...], OneOrMore()] = Field(
        default=(), alias="except"
    )


AnyWho = Annotated[WhoShape, _SHORT]
AnyWhos = Annotated[tuple[AnyWho, ...], OneOrMore()]


def check_who(place: Place, *, prerequisites: bool = False) -> None:
    """Report what the `who` at `place` says wrongly, beyond its shape and whatever else is wrong with the rule.

    Nothing is said where nothing is written. prerequisites: attributes may be wanted `valid`, as in `access` alone.
    """
    if isinstance(place.node, Map):
        _check_keys(place)
        _check_somebody(place)
        _check_everyone(place / "group")
        for key in place.names():
            if key not in OURS:
                _check_valid(place / key, prerequisites)
        if "except" in place.names():
            check_members(place / "except")
    elif place.node is not None:
        _check_everyone(place)


def check_members(place: Place) -> None:
    """The same for one, or a list of those that may be mappings."""
    for n in range(len(place.node.items) if isinstance(place.node, Items) else 1):
        check_who(place / n)


def _check_keys(place: Place) -> None:
    for key in place.names():
        close = get_close_matches(key, OURS, 1, _CLOSE)
        if key not in OURS and (close or key in _COLUMNS or _ATTRIBUTE.fullmatch(key) is None):
            (place / key).misnamed(f"unknown key {key!r}{suggestion(key, (*OURS, 'company', 'role'))}")


def _check_somebody(place: Place) -> None:
    if place.names() == ("except",):
        place.wrong(f"names everybody else: say {{group: {EVERYONE}, except: ...}}")
    elif not place.names():
        place.wrong("names nobody: give a group, a person or an attribute")


def _check_everyone(place: Place) -> None:
    names = [name for name, _ in place.texts()]
    if EVERYONE in names and len(names) > 1:
        place.wrong(f"{EVERYONE!r} stands alone: it means the other groups too")


def _check_valid(place: Place, allowed: bool) -> None:
    values = [value for value, _ in place.texts()]
    if VALID not in values:
        return
    if not allowed:
        place.wrong(f"{VALID!r} ends with time: it has a meaning in 'access' alone, and not in 'except'")
    elif len(values) > 1:
        place.wrong(f"{VALID!r} stands alone")


def read_who(shape: WhoShape) -> Who:
    """What a shape means that `check_who` had nothing to say against."""
    extra: Mapping[str, tuple[str, ...]] = shape.__pydantic_extra__
    valid = frozenset(key for key, values in extra.items() if VALID in values)
    return Who(
        groups=frozenset(shape.group) - {EVERYONE},
        attributes=tuple(sorted((key, value) for key in extra if key not in valid for value in set(extra[key]))),
        persons=frozenset(shape.person),
        valid=valid,
        but=tuple(read_who(each) for each in shape.but),
    )
