"""`doorward replay`: past reads against a candidate configuration, and which decisions it would change."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from gateway.cli import moment
from gateway.cli.desk import FILE
from gateway.cli.history import History, spool_option
from gateway.cli.offline import Offline, csv_flag, json_flag, known, names_flag
from gateway.cli.people_options import progress
from gateway.cli.people_table import Listing
from gateway.cli.replay_view import EACH, GROUPED, NARROW, Outcome, each, grouped, narrow
from gateway.cli.segments import store_at
from rules.answers.cause import local
from rules.answers.replay import FOREVER, Replay
from rules.model.errors import ConfigError
from rules.site import Site
from rules.state import State
from rules.wall import DAY_US, SECOND, local_date, midnight

CHANGED = 1
"""Exit code where some decision changes."""

Told = Callable[[str, int, int], None]

_FOLDER = click.Path(file_okay=False, path_type=Path)
_AGO = re.compile(r"(\d{1,5})([hdw])", re.ASCII)
_UNITS = {"h": 3600 * SECOND, "d": DAY_US, "w": 7 * DAY_US}
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """since <= utc < until, us since 1970."""

    since: int
    until: int

    def text(self, site: Site) -> str:
        end = "the end" if self.until == FOREVER else local(site, self.until)
        return f"{local(site, self.since)} to {end}"


@click.command()
@click.argument("config_folder", metavar="CONFIG", type=_FOLDER)
@click.option(
    "--journal",
    "path",
    metavar="DB",
    required=True,
    type=click.Path(path_type=Path),
    help="A journal.db, or the folder it lies in.",
)
@spool_option
@click.option("--since", required=True, metavar="WHEN", help="2026-11-01, '2026-11-23 09:00', or 7d, 12h, 2w ago.")
@click.option("--until", metavar="WHEN", help="The same; the end of the journal if left out.")
@click.option("--door", metavar="DOOR", help="Reads at this door only.")
@click.option("--each", "every", is_flag=True, help="A line for every read that changes.")
@click.option(
    "--state",
    type=_FOLDER,
    envvar="DOORWARD_STATE",
    help="Folder of people.db; or DOORWARD_STATE. The folder of the journal if left out.",
)
@click.option(
    "--secrets", type=_FOLDER, envvar="DOORWARD_SECRETS", help="Folder of card-pepper and pin-pepper; DOORWARD_SECRETS."
)
@names_flag
@json_flag
@csv_flag
@click.pass_context
def replay(
    ctx: click.Context,
    config_folder: Path,
    path: Path,
    spool: Path | None,
    since: str,
    until: str | None,
    door: str | None,
    every: bool,
    state: Path | None,
    secrets: Path | None,
    names: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Judge the past reads of a journal by the rules of CONFIG, and show which decisions change and why.

    Each read is judged by itself, in the state that the site was in then. People are those of the directory as it is
    now. The journal is only read; a gateway may be running on it.

    Exit code 0 where no decision changes, 1 where one does.

    Example: doorward replay /tmp/candidate --journal /var/lib/doorward --since 7d
    """
    offline = Offline.open(config_folder, _state(state, store_at(path)), secrets)
    history = History.at(path, spool, offline.configuration.spool)
    period = _period(offline, since, until)
    with progress(quiet=as_json or as_csv) as told:
        outcome = judge(history, offline.site, period, door, told)
    if door is not None and door not in outcome.doors:
        known(door, "door", {*offline.site.doors, *outcome.doors})
    changed = outcome.changed
    rows = each(changed, offline, names=names) if every else grouped(changed)
    title = f"Decisions that {config_folder} changes, {period.text(offline.site)}"
    notes = [*outcome.notes(), *history.notes, *_early(history, offline, period)]
    if not as_json:
        click.echo(outcome.summary(), err=as_csv)
    columns, shown = (EACH if every else GROUPED, rows) if as_json or as_csv else (NARROW, narrow(rows))
    Listing(title, columns, shown, notes).show(as_json=as_json, as_csv=as_csv, **_about(outcome, offline, period))
    ctx.exit(CHANGED if changed else 0)


def judge(history: History, site: Site, period: Period, door: str | None, told: Told) -> Outcome:
    """The whole journal is followed from its beginning, so that the state at each read is as it was then."""
    outcome = Outcome()
    for epoch in history.epochs():
        replayed = Replay(site, State())
        groups = history.groups(epoch, partial(told, f"reading the journal, epoch {epoch}"))
        for judged in replayed.judged(groups, period.since, period.until):
            outcome.doors.add(judged.read.door)
            if door in (None, judged.read.door):
                outcome.take(judged)
        outcome.unfolded += replayed.unfolded
    outcome.unreadable, outcome.missing = history.unreadable, history.missing
    return outcome


def _about(outcome: Outcome, offline: Offline, period: Period) -> dict[str, object]:
    ends = {"since": period.since, "until": None if period.until == FOREVER else period.until}
    return {
        **{name: utc if utc is None else {"utc": utc, "local": local(offline.site, utc)} for name, utc in ends.items()},
        "rules_hash": offline.site.rules_hash,
        "people": offline.roster.where,
        "people_rev": offline.site.people.rev,
        **outcome.plain(),
    }


def _early(history: History, offline: Offline, period: Period) -> list[str]:
    first = history.first_utc()
    if first is None:
        return ["the journal is empty"]
    return [f"the journal begins {local(offline.site, first)}"] if period.since < first else []


def _state(given: Path | None, store: Path) -> Path:
    """Where the directory lies. The record names people by its ids, so that the CSV files of CONFIG are of no use."""
    found = given or store.parent
    if given is None and not (found / FILE).is_file():
        raise ConfigError("no people.db beside the journal: name its folder with --state", code="no_directory")
    return found


def _period(offline: Offline, since: str, until: str | None) -> Period:
    found = Period(_moment(offline, since), FOREVER if until is None else _moment(offline, until))
    if found.since >= found.until:
        raise ConfigError("--since is not before --until", code="bad_moment", got=f"{since!r}, {until!r}")
    return found


def _moment(offline: Offline, text: str) -> int:
    """A moment, the beginning of a day, or so long ago; us since 1970."""
    if ago := _AGO.fullmatch(text.strip()):
        return moment.now() - int(ago[1]) * _UNITS[ago[2]]
    if _DAY.fullmatch(text.strip()):
        return begin_of(text.strip(), offline.zone)
    return offline.moment(text)


def begin_of(day: str, zone: ZoneInfo) -> int:
    """When a day begins, us since 1970; raises ConfigError `bad_moment`."""
    return midnight(local_date(moment.parse(f"{day} 12:00", zone, {}, 0), zone), zone)
