"""Mistakes in a configuration: each with its place, the rule it broke and what was written there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from rules.model.errors import ConfigError
from rules.policy import Source

MAX_PROBLEMS = 1000  # more than anybody reads; a hostile file may hold a hundred thousand


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. file: relative to the folder; line, column: from 1; path: `doors.front.contact` or empty."""

    file: str
    line: int
    column: int
    path: str
    message: str
    got: str = ""

    def __str__(self) -> str:
        text = f"{self.message} (got {self.got})" if self.got else self.message
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.path}: {text}" if self.path else f"{place}: {text}"


class ConfigErrors(ConfigError):
    """All mistakes of a folder, by file, line and column; `str` prints one a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        super().__init__(f"{count} mistake{'' if count == 1 else 's'}", code="config_invalid")

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


@dataclass(slots=True)
class Report:
    """Collects problems. partial: a file could not be read, so that what is missing may stand in it.

    blank: paths of keys that were written without a value: they are not missing as well.
    """

    problems: list[Problem] = field(default_factory=list)
    partial: bool = False
    blank: set[str] = field(default_factory=set)

    def add(self, source: Source, path: str, message: str, got: str = "") -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(source.file, source.line, source.column, path, message, got))

    def unreadable(self, source: Source, message: str, got: str = "") -> None:
        """A whole file cannot be used."""
        self.partial = True
        self.add(source, "", message, got)


def suggestion(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'nights'?)` for the nearest of `known`; else ` (has a, b)` while that is short."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f" (did you mean {near[0]!r}?)"
    listing = ", ".join(names)
    return f" (has {listing})" if names and len(listing) <= 100 else ""
