"""What a synchronisation would change, as values: steps, what speaks against them, and the terms it is made under."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from gateway.people.cards import Card
from gateway.people.csv_people import Entry
from gateway.people.csv_rows import Problem
from rules.model.canonical import plain_bytes
from rules.model.errors import ConfigError

_LIMIT = re.compile(r"([0-9]{1,9})(%?)", re.ASCII)


class Kind(StrEnum):
    ADD = "add"
    CHANGE = "change"
    RETURN = "return"
    LEAVE = "leave"
    CARD_GIVEN = "card_given"
    CARD_MOVED = "card_moved"
    CARD_TAKEN = "card_taken"


@dataclass(frozen=True, slots=True)
class Step:
    """One change. ref, name: of the person; line: of the file, 0 for leavers; detail: in words; old, columns: of
    the row, before and after, where it changes; held: who holds the card so far."""

    kind: Kind
    ref: str = field(repr=False)
    line: int
    name: str = field(repr=False)
    detail: str = field(default="", repr=False)
    person: str | None = None
    entry: Entry | None = field(default=None, repr=False)
    old: Mapping[str, Any] = field(default_factory=dict, repr=False)
    columns: Mapping[str, Any] = field(default_factory=dict, repr=False)
    card: Card | None = field(default=None, repr=False)
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """How many may be cut off: so many, or so many in a hundred, rounded up."""

    number: int
    percent: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """`25` or `10%`; raises ConfigError `bad_limit`."""
        found = _LIMIT.fullmatch(text.strip())
        if found is None or (found[2] and int(found[1]) > 100):
            raise ConfigError("is a number or a percentage such as 10%", code="bad_limit", got=repr(text))
        return cls(int(found[1]), bool(found[2]))

    def of(self, total: int) -> int:
        return -(-total * self.number // 100) if self.percent else self.number

    def __str__(self) -> str:
        return f"{self.number} %" if self.percent else str(self.number)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a file is taken. block_leavers: those it names no more; most: of whom it may cut off; new_columns: the
    attributes nobody had before that it may bring; unended: its last line may lack a line end."""

    block_leavers: bool = True
    most: Limit = Limit(10, percent=True)
    new_columns: frozenset[str] = frozenset()
    unended: bool = False


USUAL = Terms()


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The steps of a synchronisation, or why it is refused as a whole. rev: of the directory, after it if `applied`.

    kept: people the file names no more, who stay by the terms; cut: how many lose all access, by cause, of `managed`
    whom the file manages; excess: why that is too many, or "".
    """

    steps: tuple[Step, ...]
    refused: tuple[Problem, ...]
    digest: str
    rev: int
    kept: int = 0
    managed: int = 0
    cut: Mapping[str, int] = field(default_factory=dict)
    excess: str = ""
    applied: bool = False

    def of(self, kind: Kind) -> list[Step]:
        return [step for step in self.steps if step.kind is kind]

    @property
    def id(self) -> str:
        """12 hex digits that are others for any other plan, file or revision."""
        steps = [
            [s.kind.value, s.ref, s.line, s.person, s.held, dict(s.columns), s.card and s.card.token]
            for s in self.steps
        ]
        return hashlib.sha256(plain_bytes([self.rev, self.digest, steps])).hexdigest()[:12]
