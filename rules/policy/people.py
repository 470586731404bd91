"""Whom rules mean, and what operators may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.policy.source import Source


class Role(StrEnum):
    """What an operator may ask for; see `rules.request.RIGHTS`."""

    VIEWER = "viewer"
    GUARD = "guard"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a rule means: everything that is stated must hold; nothing stated: everybody.

    groups, persons: one of them. attributes: (name, value); several values of one name are alternatives.
    valid: attributes that hold the date up to which something is valid, which must not have passed.
    but: whoever one of these means is left out.
    """

    groups: frozenset[str]
    attributes: tuple[tuple[str, str], ...] = ()
    persons: frozenset[str] = frozenset()
    valid: frozenset[str] = frozenset()
    but: tuple[Who, ...] = ()


EVERYBODY = Who(frozenset())


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """A group: those the directory puts in it, and those whom `members` means, if anybody."""

    id: str
    source: Source
    members: tuple[Who, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorPolicy:
    id: str
    source: Source
    role: Role
    key: bytes
