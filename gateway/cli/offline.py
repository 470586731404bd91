"""What the commands that ask about a configuration share: the site and its people, without a daemon or its secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import click

from config.configuration import Configuration
from config.loader import load
from config.problem import suggestion
from config.secrets import Placeholders, Secrets
from gateway.cli import moment
from gateway.cli.desk import FILE
from gateway.cli.roster import Roster, from_directory, from_files
from gateway.discover import drivers
from rules.compile import compile_site
from rules.model.errors import ConfigError
from rules.policy import Direction
from rules.site import Site

_FOLDER = click.Path(file_okay=False, path_type=Path)
DIRECTIONS = click.Choice([way.value for way in Direction])

json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
csv_flag = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
at_option = click.option(
    "--at", metavar="WHEN", help='"2026-11-23 09:00" or "mon 09:00", on the clock of the site; now if left out.'
)
names_flag = click.option("--names", is_flag=True, help="Show names, too.")


@dataclass(frozen=True, slots=True)
class Offline:
    """A configuration with people. pepper: the key of their cards."""

    configuration: Configuration
    site: Site
    roster: Roster
    pepper: bytes = field(repr=False)

    @classmethod
    def open(cls, folder: Path, state: Path | None, secrets: Path | None) -> Self:
        """state: the folder of people.db; None: the people of the CSV files that the configuration names.

        Raises ConfigError for whatever is wrong with either.
        """
        found = load(folder, drivers(), Placeholders())
        if state is None:
            pepper = found.pepper.reveal.encode()
            roster = from_files(found.people, folder, pepper, found.policy.timezone)
        else:
            real = Secrets.from_environment(secrets)
            pepper = real.get("card-pepper").reveal.strip().encode()
            roster = from_directory(state / FILE, real)
        return cls.of(found, roster, pepper)

    @classmethod
    def of(cls, found: Configuration, roster: Roster, pepper: bytes) -> Self:
        """A configuration over these people, whom its rules name by reference."""
        refs = {h.ref: key for key, h in roster.holders.items() if h.ref is not None and h.ref != key}
        return cls(found, compile_site(found.policy, roster.people, found.rules_hash, refs), roster, pepper)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.timezone)

    def moment(self, text: str | None) -> int:
        """us since 1970; now where nothing was given."""
        return moment.parse(text or "now", self.zone, self.configuration.policy.holidays, moment.now())

    def year_from(self, utc: int) -> int:
        return moment.year_after(utc, self.zone)

    def door(self, name: str) -> str:
        return known(name, "door", self.site.doors)

    def person(self, who: str) -> str:
        """A person's key in `site.people`, by id or reference."""
        found = self.roster.find(who)
        return found.key if found else known(who, "person", self.roster.references())


def known(name: str, kind: str, names: Mapping[str, object] | Iterable[str]) -> str:
    """The name itself; raises ConfigError (exit 2) with the nearest one where there is none of it."""
    if name not in names:
        raise ConfigError(f"no {kind} {name!r}{suggestion(name, names)}", code=f"no_such_{kind}")
    return name


def on_site(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command CONFIG, --state and --secrets, and what they hold as its first argument."""

    @click.argument("config_folder", metavar="CONFIG", type=_FOLDER)
    @click.option(
        "--state",
        type=_FOLDER,
        envvar="DOORWARD_STATE",
        help="Folder of people.db; or DOORWARD_STATE. Without it: the CSV files that CONFIG names.",
    )
    @click.option(
        "--secrets",
        type=_FOLDER,
        envvar="DOORWARD_SECRETS",
        help="Folder of card-pepper and pin-pepper, for --state; or DOORWARD_SECRETS.",
    )
    @wraps(command)
    def with_site(*args: Any, config_folder: Path, state: Path | None, secrets: Path | None, **kwargs: Any) -> None:
        command(Offline.open(config_folder, state, secrets), *args, **kwargs)

    return with_site
