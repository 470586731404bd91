"""A configuration folder as it stands, or as a git revision holds it."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rules.model.errors import ConfigError

TIMEOUT = 60
"""Seconds that git may take for one answer."""

MAX_BYTES = 256 * 1024 * 1024
"""Of a folder in a revision, packed for reading."""


@dataclass(frozen=True, slots=True)
class Named:
    """What was typed: a folder, or `revision:path`; without a path the folder of the other side is meant."""

    text: str
    folder: Path | None
    revision: str = ""
    path: str = ""


def named(text: str) -> Named:
    """A folder that is there goes before a revision of that name."""
    if Path(text).is_dir():
        return Named(text, Path(text))
    revision, _, path = text.partition(":")
    if not revision or revision.startswith("-"):
        raise ConfigError(f"no folder {text!r}", code="no_such_folder")
    return Named(text, None, revision, path)


@contextmanager
def opened(version: Named, beside: Path) -> Iterator[Path]:
    """The folder, which for a revision is a temporary one. beside: the folder that a revision without a path means.

    Files of people that the revision does not hold (`*.csv`) are those of the folder as it stands. Raises ConfigError.
    """
    if version.folder is not None:
        yield version.folder
        return
    top = Path(_git(Path.cwd() if version.path else beside, "rev-parse", "--show-toplevel").decode().strip())
    now = _meant(version.path, top) if version.path else beside.resolve()
    if not now.is_relative_to(top):
        raise ConfigError(f"{now} is not in the repository {top}", code="no_such_revision")
    inside = now.relative_to(top).as_posix()
    commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{version.revision}^{{commit}}")
    tree = f"{commit.decode().strip()}:{'' if inside == '.' else inside}"
    with tempfile.TemporaryDirectory(prefix="doorward-") as made:
        folder = Path(made) / (now.name or "config")
        folder.mkdir()
        _unpack(_git(top, "archive", "--format=tar", tree), folder)
        _lend_people(now, folder)
        yield folder


def _meant(path: str, top: Path) -> Path:
    """As git reads it: from the top of the repository, or from here where it begins with a dot."""
    return Path(os.path.normpath((Path.cwd() if path.startswith(".") else top) / path))


def _git(where: Path, *args: str) -> bytes:
    """What git says; raises ConfigError in its words."""
    try:
        found = subprocess.run(  # noqa: S603 - git, with arguments of ours and a revision that cannot be an option
            ["git", "-C", str(where), *args],  # noqa: S607
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise ConfigError("git is not installed, so that only folders can be compared", code="no_git") from None
    except subprocess.TimeoutExpired:
        raise ConfigError(f"git did not answer within {TIMEOUT} s", code="no_git") from None
    if found.returncode:
        said = found.stderr.decode(errors="replace").strip() or "there is no such revision"
        raise ConfigError(f"git: {said}", code="no_such_revision", got=repr(args[-1]))
    return found.stdout


def _unpack(packed: bytes, folder: Path) -> None:
    if len(packed) > MAX_BYTES:
        raise ConfigError("the folder of the revision is too large", code="too_large")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")


def _lend_people(now: Path, folder: Path) -> None:
    """People are data and often not in the repository."""
    for path in sorted(now.rglob("*.csv")) if now.is_dir() else ():
        lent = folder / path.relative_to(now)
        if not lent.exists() and path.is_file():
            lent.parent.mkdir(parents=True, exist_ok=True)
            lent.write_bytes(path.read_bytes())
