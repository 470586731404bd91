"""Secrets by name: from systemd's credentials, or a folder of files that only we can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

from rules.model.errors import ConfigError
from rules.model.ids import is_id
from rules.model.secret import Secret

MAX_BYTES = 64 * 1024
_FORBIDDEN = 0o777 & ~0o600


class Secrets:
    """Looks a secret up when it is named. folder: files of mode 0400 or 0600 owned by us; credentials: systemd's."""

    def __init__(self, folder: Path | None = None, credentials: Path | None = None) -> None:
        self._folder = folder
        self._credentials = credentials

    @classmethod
    def from_environment(cls, folder: Path | None = None, environment: Mapping[str, str] = os.environ) -> Secrets:
        """Systemd's CREDENTIALS_DIRECTORY where it is set, and `folder` besides."""
        given = environment.get("CREDENTIALS_DIRECTORY")
        return cls(folder, Path(given) if given else None)

    def get(self, name: str) -> Secret:
        """The secret's text without its last line break; raises ConfigError, which never quotes it."""
        if not is_id(name):
            raise _error(name, "secret_name", "is no name for a secret")
        for place, trusted in ((self._credentials, True), (self._folder, False)):
            if place is not None and os.path.lexists(place / name):
                return Secret(_read(place / name, name, trusted))
        raise _error(name, "secret_missing", f"was not found {self._searched()}")

    def _searched(self) -> str:
        places = [str(p) for p in (self._credentials, self._folder) if p is not None]
        return f"in {' or '.join(places)}" if places else "(no folder of secrets was given)"


class Placeholders(Secrets):
    """Stands in for secrets where a configuration is only looked at: something new and random for every name.

    What is loaded with it must never run: no device and no card would be known by it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Secret] = {}

    def get(self, name: str) -> Secret:
        """32 hex digits, the same for the same name; raises ConfigError for what is no name."""
        if not is_id(name):
            raise _error(name, "secret_name", "is no name for a secret")
        return self._made.setdefault(name, Secret(token_hex(16)))


def _error(name: str, code: str, text: str) -> ConfigError:
    return ConfigError(f"secret {name!r} {text}", code=code)


def _read(path: Path, name: str, trusted: bool) -> str:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if trusted else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        why = "a symlink is not followed" if path.is_symlink() else str(error.strerror)
        raise _error(name, "secret_unreadable", f"cannot be read: {why}") from None
    with os.fdopen(descriptor, "rb") as file:
        if fault := _fault(os.fstat(descriptor), trusted):
            raise _error(name, "secret_unsafe", fault)
        return _text(name, file.read(MAX_BYTES + 1))


def _fault(about: os.stat_result, trusted: bool) -> str:
    """Why the file may not be used, or empty. Systemd answers for the modes of its own."""
    if not stat.S_ISREG(about.st_mode):
        return "is not a regular file"
    if trusted:
        return ""
    if about.st_uid != os.geteuid():
        return "must be owned by the user that runs this"
    mode = stat.S_IMODE(about.st_mode)
    return f"must have mode 0400 or 0600, not {mode:04o}" if mode & _FORBIDDEN else ""


def _text(name: str, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _error(name, "secret_unreadable", "is larger than 64 KiB")
    try:
        text = data.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise _error(name, "secret_unreadable", "is not UTF-8 text") from None
    if not text:
        raise _error(name, "secret_unreadable", "is empty")
    return text
