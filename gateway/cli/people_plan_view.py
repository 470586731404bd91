"""How the plan of a synchronisation is shown."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from shlex import quote
from typing import Any

import click
from rich.table import Table

from gateway.cli.people_table import count
from gateway.cli.people_view import console, print_json
from gateway.people.difference import differences
from gateway.people.plan import ImportPlan, Step

__all__ = ["plan", "print_json", "print_plan", "print_summary"]

SHOWN = 200  # steps listed for people; --json lists all


def plan(one: ImportPlan) -> dict[str, Any]:
    """A plan as plain values. refused: mistakes of the file; excess: why it would cut off too many, or null."""
    return {
        "applied": one.applied,
        "rev": one.rev,
        "plan": one.id,
        "digest": one.digest,
        "counts": dict(Counter(step.kind.value for step in one.steps)),
        "kept_leavers": one.kept,
        "managed": one.managed,
        "cut_off": dict(one.cut),
        "excess": one.excess or None,
        "steps": [_step(step) for step in one.steps],
        "refused": [{"line": p.line, "at": p.at, "column": p.column, "message": p.message} for p in one.refused],
    }


def _step(one: Step) -> dict[str, Any]:
    changes = [{"field": f, "from": old, "to": new} for f, old, new in differences(one.old, one.columns)]
    return {
        "kind": one.kind.value,
        "ref": one.ref,
        "name": one.name,
        "line": one.line,
        "person": one.person,
        "detail": one.detail,
        **({"changes": changes} if changes else {}),
    }


def print_plan(one: ImportPlan, file: str) -> None:
    """What a plan would change; mistakes go to standard error as file:line:column: name: message."""
    for problem in one.refused:
        click.echo(problem.text(file), err=True)
    if one.refused or not one.steps:
        return
    table = Table("what", "reference", "name", "line", "detail")
    for step in one.steps[:SHOWN]:
        table.add_row(step.kind.value, step.ref, step.name, str(step.line or ""), step.detail)
    console().print(table)
    if len(one.steps) > SHOWN:
        click.echo(f"and {len(one.steps) - SHOWN} more; --json lists all")


def print_summary(one: ImportPlan, file: Path) -> None:
    """The last lines: what was done, or how to do it."""
    if one.refused:
        click.echo(f"nothing was changed: {count(len(one.refused), 'mistake')} in the file")
        return
    if one.kept:
        click.echo(f"{count(one.kept, 'person is', 'people are')} not in the file and kept")
    counts = ", ".join(f"{number} {kind}" for kind, number in Counter(s.kind.value for s in one.steps).items())
    steps = count(len(one.steps), "change") + (f" ({counts})" if counts else "")
    if one.excess:
        click.echo(f"nothing was changed: {one.excess}", err=True)
    elif one.applied:
        click.echo(f"{steps} made, the directory is at revision {one.rev}")
    else:
        click.echo(f"{steps} would be made, the directory is at revision {one.rev}")
        if one.steps:
            click.echo(
                f"exactly this: doorward people sync {quote(str(file))} --apply --plan {one.id} (and the same options)"
            )
