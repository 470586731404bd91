"""`doorward diff`: who gains and who loses which door and when, between two versions of a configuration."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from config.configuration import Configuration
from config.loader import load
from config.secrets import Placeholders, Secrets
from gateway.cli import moment
from gateway.cli.desk import FILE
from gateway.cli.offline import Offline, json_flag
from gateway.cli.people_options import progress
from gateway.cli.revision import Named, named, opened
from gateway.cli.roster import Roster, from_directory, from_files
from gateway.discover import drivers
from rules.cause import local
from rules.diff import Diff
from rules.diff import diff as compared
from rules.model.errors import ConfigError
from rules.site import Site
from rules.wall import local_date, midnight

DIFFERENT = 1
LINES = 200
"""Lines that are printed without --all."""

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day; today if left out.")
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="How many days.")
@click.option(
    "--people",
    multiple=True,
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="CSV file with the people of both; else each has those it names.",
)
@click.option("--state", type=_FOLDER, envvar="DOORWARD_STATE", help="Folder of people.db; or DOORWARD_STATE.")
@click.option(
    "--secrets",
    type=_FOLDER,
    envvar="DOORWARD_SECRETS",
    help="Folder of card-pepper and pin-pepper, for --state; or DOORWARD_SECRETS.",
)
@click.option("--all", "every", is_flag=True, help=f"Print every line; else the first {LINES}.")
@json_flag
@click.pass_context
def diff(
    ctx: click.Context,
    old: str,
    new: str,
    first: datetime | None,
    days: int,
    people: tuple[Path, ...],
    state: Path | None,
    secrets: Path | None,
    every: bool,
    as_json: bool,
) -> None:
    """Show what NEW changes against OLD: for people, doors, areas, and in what is asked.

    OLD and NEW are folders or git revisions: `HEAD~1` is the folder of the other side as it was then, `v1:etc/doorward`
    a folder of that revision. Exact over a year, with every holiday and change of the clocks. `+` gains a passage, `-`
    loses one, `~` is changed otherwise; [weaker] means that less is demanded than before. People count while they are
    valid and hold a card that works.

    Exit codes: 0 both mean the same, 1 they differ.

    Example: doorward diff HEAD~1 /etc/doorward

    Example: doorward diff /etc/doorward /tmp/candidate --from 2026-12-01 --days 60 --json
    """
    versions = named(old), named(new)
    with ExitStack() as stack:
        pair = _both(stack, versions, people, state, secrets)
        with progress(quiet=as_json) as told:
            lo, hi = _period(pair[1].site, first, days)
            found = compared(pair[0].site, pair[1].site, lo, hi, lambda done, total: told("comparing", done, total))
    shown = _shown(pair)
    if as_json:
        click.echo(json.dumps(_plain(found, pair), indent=2, ensure_ascii=False))
    else:
        _print(found, versions, pair[1].site, shown, every)
    ctx.exit(0 if found.empty else DIFFERENT)


# -- both versions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _People:
    """Where people come from. paths: CSV files for both versions; else `state`, else those of each version."""

    paths: tuple[Path, ...]
    state: Path | None
    secrets: Secrets

    def of(self, found: Configuration, folder: Path, pepper: bytes) -> Roster:
        zone = found.policy.timezone
        if self.paths:
            return from_files(self.paths, Path.cwd(), pepper, zone)
        if self.state is not None:
            return from_directory(self.state / FILE, self.secrets)
        return from_files(found.people, folder, pepper, zone)


def _both(
    stack: ExitStack, versions: tuple[Named, Named], paths: tuple[Path, ...], state: Path | None, secrets: Path | None
) -> tuple[Offline, Offline]:
    """Both with their people, which are read once where they are the same; raises ConfigError with every mistake."""
    if paths and state is not None:
        raise click.UsageError("give --people or --state, not both")
    placeholders = Placeholders()  # the same for both, so that a card is the same card
    pepper = placeholders.get("card-pepper").reveal.encode()
    people = _People(paths, state, Secrets.from_environment(secrets))
    folders = [stack.enter_context(opened(each, _beside(versions))) for each in versions]
    before, after = (_loaded(folder, each, placeholders) for folder, each in zip(folders, versions, strict=True))
    old = people.of(before, folders[0], pepper)
    same = paths or state is not None or _contents(before) == _contents(after)
    new = old if same and before.policy.timezone == after.policy.timezone else people.of(after, folders[1], pepper)
    return Offline.of(before, old, pepper), Offline.of(after, new, pepper)


def _beside(versions: tuple[Named, Named]) -> Path:
    """The folder that a revision without a path means: the other side's, or the one we are in."""
    return next((each.folder for each in versions if each.folder is not None), Path.cwd())


def _loaded(folder: Path, version: Named, placeholders: Secrets) -> Configuration:
    try:
        return load(folder, drivers(), placeholders)
    except ConfigError as error:
        click.echo(f"doorward: {version.text} cannot be loaded:", err=True)
        raise error


def _contents(found: Configuration) -> list[bytes]:
    return [path.read_bytes() for path in found.people]


def _period(site: Site, first: datetime | None, days: int) -> tuple[int, int]:
    """Whole local days, us since 1970."""
    zone = ZoneInfo(site.timezone)
    day = local_date(moment.now(), zone) if first is None else first.date()
    begin = day.toordinal()
    return midnight(day, zone), midnight(day.fromordinal(begin + days), zone)


# -- output -----------------------------------------------------------------------------------------------------------


def _shown(pair: tuple[Offline, Offline]) -> Callable[[str], str]:
    """References where people have one."""
    holders = {**pair[0].roster.holders, **pair[1].roster.holders}
    return lambda id: holders[id].shown if id in holders else id


def _plain(found: Diff, pair: tuple[Offline, Offline]) -> dict[str, object]:
    site = pair[1].site
    local_times = {"from": local(site, found.lo), "to": local(site, found.hi), "timezone": site.timezone}
    shown = _shown(pair)
    named_people = {id: shown(id) for row in found.rows for id in row.people if shown(id) != id}
    return {**found.to_json(), "local": local_times, "people": pair[1].roster.where, "refs": named_people}


def _print(found: Diff, versions: tuple[Named, Named], site: Site, shown: Callable[[str], str], every: bool) -> None:
    until = local(site, found.hi)
    period = f"{local(site, found.lo)} to {until}"
    if found.empty:
        click.echo(f"{versions[0].text} and {versions[1].text} mean the same, {period}")
        return
    click.echo(f"{versions[1].text} against {versions[0].text}, {period}: {_summary(found)}")
    lines = list(found.lines(shown))
    for line in lines if every else lines[:LINES]:
        click.echo(line)
    if len(lines) > LINES and not every:
        click.echo(f"... and {len(lines) - LINES} lines more, with --all")


def _summary(found: Diff) -> str:
    parts = [(found.gains, "gains"), (found.losses, "losses"), (found.weaker, "weaker")]
    others = len(found.rows) - found.gains - found.losses
    said = [f"{count} {word}" for count, word in parts if count] + ([f"{others} other changes"] if others else [])
    return ", ".join(said)
