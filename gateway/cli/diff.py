"""`doorward diff`: who gains and who loses which door and when, between two versions of a configuration."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import click

from config.configuration import Configuration
from config.loader import load
from config.secrets import Placeholders, Secrets
from gateway.cli import diff_view as view
from gateway.cli import moment
from gateway.cli.desk import FILE
from gateway.cli.offline import Offline, csv_flag, json_flag, names_flag
from gateway.cli.people_options import progress
from gateway.cli.people_table import Listing
from gateway.cli.revision import Opened, named, opened
from gateway.cli.roster import Roster, from_directory, from_files
from gateway.discover import drivers
from rules.answers.diff import diff as compared
from rules.model.errors import ConfigError
from rules.wall import local_date, midnight

DIFFERENT = 1
"""Exit code with --exit-code where something differs."""

SIDES = ("OLD", "NEW")

Found = TypeVar("Found")

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day; today if left out.")
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="How many days.")
@click.option(
    "--state",
    type=_FOLDER,
    envvar="DOORWARD_STATE",
    help="Folder of people.db; or DOORWARD_STATE. Without it: the CSV files that each side names.",
)
@click.option(
    "--secrets",
    type=_FOLDER,
    envvar="DOORWARD_SECRETS",
    help="Folder of card-pepper and pin-pepper, for --state; or DOORWARD_SECRETS.",
)
@click.option("--all", "every", is_flag=True, help=f"Print every line; else the first {view.LINES}.")
@click.option("--exit-code", "strict", is_flag=True, help="Exit code 1 where they differ, as with git.")
@names_flag
@json_flag
@csv_flag
@click.pass_context
def diff(
    ctx: click.Context,
    old: str,
    new: str,
    first: datetime | None,
    days: int,
    state: Path | None,
    secrets: Path | None,
    every: bool,
    strict: bool,
    names: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Show what NEW changes against OLD: for people, doors, areas, and in what is asked.

    OLD and NEW are folders or git revisions: `HEAD~1` is the folder of the other side as it was then, `v1:etc/doorward`
    a folder of that revision. Exact over a year, with every holiday and change of the clocks. `+` gains a passage, `-`
    loses one, `~` is changed otherwise; [weaker] means that less is demanded than before. People count while they are
    valid and hold a card that works.

    Exit code 0, or with --exit-code 1 where they differ; 2 for a mistake in either.

    Example: doorward diff HEAD~1 /etc/doorward

    Example: doorward diff /etc/doorward /tmp/candidate --from 2026-12-01 --days 60 --json
    """
    if as_json and as_csv:
        raise click.UsageError("give --json or --csv, not both")
    with ExitStack() as stack:
        told = stack.enter_context(progress(quiet=as_json or as_csv))
        pair, lent = _both(stack, (old, new), _Directory.named(state, secrets))
        lo, hi = _period(pair[1], first, days)
        found = compared(pair[0].site, pair[1].site, lo, hi, lambda done, total: told("comparing", done, total))
    _show(view.Compared(found, pair, (old, new), names, lent), every, as_json, as_csv)
    ctx.exit(DIFFERENT if strict and not found.empty else 0)


def _period(side: Offline, first: datetime | None, days: int) -> tuple[int, int]:
    """Whole local days, us since 1970."""
    day = local_date(moment.now(), side.zone) if first is None else first.date()
    if not 1970 < day.year < 9900:
        raise click.BadParameter("is out of reach", param_hint="'--from'")
    return midnight(day, side.zone), midnight(day + timedelta(days), side.zone)


def _show(found: view.Compared, every: bool, as_json: bool, as_csv: bool) -> None:
    if as_json:
        click.echo(json.dumps(view.plain(found), indent=2, ensure_ascii=False))
        return
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    if as_csv:
        Listing("", (*view.COLUMNS, *view.BEHIND), view.rows(found)).show(as_json=False, as_csv=True)
        return
    for line in view.lines(found, every=every):
        click.echo(line)


# -- both versions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where the people of both sides are. secrets: its peppers."""

    state: Path
    secrets: Secrets

    @classmethod
    def named(cls, state: Path | None, secrets: Path | None) -> _Directory | None:
        return None if state is None else cls(state, Secrets.from_environment(secrets))

    def roster(self) -> Roster:
        return from_directory(self.state / FILE, self.secrets)


def _both(
    stack: ExitStack, texts: tuple[str, str], directory: _Directory | None
) -> tuple[tuple[Offline, Offline], tuple[str, ...]]:
    """Both with their people, and what is to be told of these; raises ConfigError with every mistake of both sides."""
    placeholders = Placeholders()  # the same for both, so that a card is the same card
    pepper = placeholders.get("card-pepper").reveal.encode()
    versions = _each(texts, lambda side: named(texts[side]))
    folders = _each(texts, lambda side: stack.enter_context(opened(versions[side], versions[1 - side])))
    found = _each(texts, lambda side: load(folders[side].folder, drivers(), placeholders))
    if directory is not None:
        shared = directory.roster()
        rosters = shared, shared
    else:
        rosters = _of_files(texts, found, folders, pepper)
    lent = (
        f"{text} does not hold {name}: the file of now is taken"
        for text, each in zip(texts, folders, strict=True)
        for name in each.lent
    )
    return (Offline.of(found[0], rosters[0], pepper), Offline.of(found[1], rosters[1], pepper)), tuple(lent)


def _each(texts: tuple[str, str], work: Callable[[int], Found]) -> tuple[Found, Found]:
    """Do it for both sides; raises ConfigError with the mistakes of both, each line with its side."""
    done: list[Found] = []
    wrong: list[str] = []
    for side, text in enumerate(texts):
        try:
            done.append(work(side))
        except ConfigError as error:
            wrong += (f"{SIDES[side]} ({text}): {line}" for line in str(error).splitlines())
    if wrong:
        raise ConfigError("\n".join(wrong), code="config_invalid")
    return done[0], done[1]


def _of_files(
    texts: tuple[str, str], found: tuple[Configuration, Configuration], folders: tuple[Opened, Opened], pepper: bytes
) -> tuple[Roster, Roster]:
    """The people that each side names; read once where they are the same, so that only rules are compared."""
    zones = tuple(side.policy.timezone for side in found)

    def read(side: int) -> Roster:
        return from_files(found[side].people, folders[side].folder, pepper, zones[side])

    if zones[0] == zones[1] and _bytes(found[0]) == _bytes(found[1]):
        roster = read(1)
        return roster, roster
    return _each(texts, read)


def _bytes(found: Configuration) -> list[bytes]:
    return [path.read_bytes() for path in found.people]
