"""What the commands on the directory share: which one, with which peppers, and who is at the keyboard."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from config.secrets import Secrets
from gateway.people.directory import Directory

FILE = "people.db"
_FOLDER = click.Path(file_okay=False, path_type=Path)


def actor() -> str:
    """Who is at the keyboard: the account this process runs for, `sudo` seen through."""
    ident = os.getuid()
    if ident == 0 and os.environ.get("SUDO_UID", "").isdecimal():
        ident = int(os.environ["SUDO_UID"])
    try:
        return f"cli:{pwd.getpwuid(ident).pw_name}"
    except KeyError:
        return f"cli:{ident}"


class Desk:
    """Opens the directory a command works on."""

    def __init__(self, state: Path, secrets: Path | None) -> None:
        self._file = state / FILE
        self._secrets = Secrets.from_environment(secrets)

    def open(self, *, create: bool = False) -> Directory:
        pepper, pin_pepper = self._secrets.get("card-pepper"), self._secrets.get("pin-pepper")
        return Directory.open(self._file, pepper, pin_pepper, create=create)


def on_desk(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --state and --secrets, and the Desk they name as its first argument."""

    @click.option(
        "--state",
        type=_FOLDER,
        envvar="DOORWARD_STATE",
        default="/var/lib/doorward",
        show_default=True,
        help="Folder of people.db; or DOORWARD_STATE.",
    )
    @click.option(
        "--secrets",
        type=_FOLDER,
        envvar="DOORWARD_SECRETS",
        help="Folder of card-pepper and pin-pepper; or DOORWARD_SECRETS.",
    )
    @wraps(command)
    def with_desk(*args: Any, state: Path, secrets: Path | None, **kwargs: Any) -> None:
        command(Desk(state, secrets), *args, **kwargs)

    return with_desk
