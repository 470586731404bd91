"""What a candidate changes, and what the linter and its own assertions say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from config.configuration import Configuration
from gateway.reload.outline import outline
from gateway.safety import on_comms_loss
from rules.answers.diff import Row, diff
from rules.answers.expect import YEAR, broken
from rules.answers.lint.finding import Severity
from rules.answers.lint.linter import lint
from rules.site import Site

BEING = "being "
"""What stands before the people whom a rule names, see `rules.answers.meant`."""


@dataclass(frozen=True, slots=True)
class Review:
    """errors: it must not go live; gains, losses: lines of the difference; text, plain: for a person, for a script."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    gains: int = 0
    losses: int = 0
    text: str = ""
    plain: Mapping[str, Any] = field(default_factory=dict)


def review(old: Site, new: Site, found: Configuration, utc: int, *, compare: bool) -> Review:
    """Lint and the assertions always; the difference to `old` only where it is asked for. Holds no name of a person."""
    wrong = tuple(map(str, broken(new, utc, utc + YEAR)))
    findings = lint(new, utc, on_comms_loss=on_comms_loss(found))
    by = {severity: tuple(str(one) for one in findings if one.severity is severity) for severity in Severity}
    errors = (*by[Severity.ERROR], *wrong)
    if errors or not compare:
        return Review(errors, by[Severity.WARNING])
    named = diff(old, new, utc, utc + YEAR)
    changes = replace(named, rows=tuple(map(_nameless, named.rows)))
    text = "\n".join((*outline(old.policy, new.policy), *changes.lines()))
    return Review((), by[Severity.WARNING], changes.gains, changes.losses, text, changes.to_json())


def _nameless(row: Row) -> Row:
    """People by their ids alone: a rule that means somebody calls them as the personnel office does."""
    return replace(row, whom=tuple(replace(w, group="") if BEING in w.group else w for w in row.whom))
