"""`doorward threat`: the threat levels that a configuration has, and setting or ending one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console as Screen
from rich.table import Table

from config.loader import load
from config.secrets import Placeholders
from gateway.cli.console import Console, json_flag, on_console, say
from gateway.cli.offline import known
from gateway.cli.signed import ask
from gateway.discover import drivers
from rules.answers.cause import named
from rules.answers.meant import meant
from rules.policy import DenyPolicy, Direction, ThreatPolicy
from rules.threat import NONE

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def threat() -> None:
    """Threat levels: list those of a configuration, set one, clear it."""


@threat.command(name="list")
@click.argument("config_folder", metavar="CONFIG", type=_FOLDER)
@json_flag
def list_(config_folder: Path, as_json: bool) -> None:
    """List the threat levels of CONFIG from the lowest up, and whom each keeps out besides the lower ones.

    Example: doorward threat list /etc/doorward
    """
    levels = _levels(config_folder)
    if as_json:
        click.echo(json.dumps([_plain(level) for level in levels], indent=2))
        return
    shown = Table("level", "keeps out", "of", "while", "rule")
    for level in levels:
        for n, row in enumerate(_rows(level)):
            shown.add_row("" if n else level.id, *row)
    Screen(markup=False, emoji=False, highlight=False).print(shown if levels else "no threat levels")


@threat.command(name="set")
@click.argument("level")
@click.option("--config", "config_folder", metavar="CONFIG", type=_FOLDER, help="Look LEVEL up there before asking.")
@json_flag
@on_console
def set_(console: Console, level: str, config_folder: Path | None, as_json: bool) -> None:
    """Put LEVEL in force: it and every lower level keep out whom they name, until another one is set or it is cleared.

    Example: doorward threat set high --as amira --key amira.key
    """
    if level == NONE:
        raise click.UsageError("no level is in force after `doorward threat clear`")
    if config_folder is not None:
        known(level, "threat level", [one.id for one in _levels(config_folder)])
    _ask(console, level, f"{level}: in force", as_json)


@threat.command()
@json_flag
@on_console
def clear(console: Console, as_json: bool) -> None:
    """End the threat level that is in force.

    Example: doorward threat clear --as amira --key amira.key
    """
    _ask(console, NONE, "no threat level is in force", as_json)


_HINTS = {
    "no_such_threat_level": lambda: "`doorward threat list CONFIG` shows those there are",
    "already_so": lambda: "that is how it is",
}


def _ask(console: Console, level: str, done: str, as_json: bool) -> None:
    reply = ask(console, "threat-level", level, _HINTS)
    say(as_json, {"request": reply.request, "level": None if level == NONE else level, "code": reply.code}, done)


def _levels(folder: Path) -> tuple[ThreatPolicy, ...]:
    """Raises ConfigError for what is wrong with the folder."""
    return load(folder, drivers(), Placeholders()).policy.threats


def _rows(level: ThreatPolicy) -> Iterator[tuple[str, str, str, str]]:
    """Whom, where, on which schedule, by which rule; one row even of a level that adds nothing."""
    if not level.restrictions:
        yield "nobody more", "", "", named(level)
    for rule in level.restrictions:
        yield meant(rule.who), ", ".join(_doors(rule)), rule.when, named(rule)


def _plain(level: ThreatPolicy) -> dict[str, Any]:
    return {
        "level": level.id,
        "rank": level.rank,
        "file": level.source.file,
        "line": level.source.line,
        "deny": [
            {
                "id": rule.id,
                "who": meant(rule.who),
                "where": [{"door": door, "direction": way.value} for door, way in rule.doors],
                "when": rule.when,
                "file": rule.source.file,
                "line": rule.source.line,
            }
            for rule in level.restrictions
        ],
    }


def _doors(rule: DenyPolicy) -> Iterator[str]:
    """`lab-door` for both ways, else `lab-door (in)`."""
    ways: dict[str, list[Direction]] = {}
    for door, way in rule.doors:
        ways.setdefault(door, []).append(way)
    for door, found in ways.items():
        yield door if len(found) == len(Direction) else f"{door} ({found[0].value})"
