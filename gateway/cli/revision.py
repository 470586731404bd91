"""A configuration folder as it stands, or as a git revision holds it. Nothing is checked out, no repository changed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from config.parse import parse
from config.problem import Report
from config.tree import Items, Text
from rules.model.errors import ConfigError

TIMEOUT = 60
"""Seconds that git may take for one answer."""

MAX_BYTES = 256 * 1024 * 1024
"""Of what is read of one revision."""

_SUFFIXES = (".yaml", ".yml", ".ics")
_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")
_FILE, _LINK = ("100644", "100755"), "120000"


@dataclass(frozen=True, slots=True)
class Named:
    """What was typed: a folder, or `revision:path`; without a path the folder of the other side is meant."""

    text: str
    folder: Path | None
    revision: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder to load from. lent: files of people that the revision does not hold, taken as they are now."""

    folder: Path
    lent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Blob:
    mode: str
    oid: str
    size: int


def named(text: str) -> Named:
    """A folder that is there goes before a revision of that name."""
    if Path(text).is_dir():
        return Named(text, Path(text))
    revision, _, path = text.partition(":")
    if not revision or revision.startswith("-"):
        raise ConfigError(f"no folder {text!r}", code="no_such_folder")
    return Named(text, None, revision, path)


@contextmanager
def opened(version: Named, other: Named) -> Iterator[Opened]:
    """The version as a folder, which for a revision is a private one that is gone afterwards. Raises ConfigError."""
    if version.folder is not None:
        yield Opened(version.folder)
        return
    top = _top(version, other)
    inside = _inside(version, other, top)
    blobs = _blobs(version, top)
    within = {path: blob for path, blob in blobs.items() if path.is_relative_to(inside)}
    if not within:
        raise ConfigError(f"{version.revision} has no folder {str(inside)!r}", code="no_such_folder")
    with tempfile.TemporaryDirectory(prefix="doorward-") as made:
        root = Path(made) / top.name
        _write(root, top, {path: blob for path, blob in within.items() if _is_meant(path.relative_to(inside))})
        folder = root / inside
        yield Opened(folder, tuple(_people(folder, root, top, blobs)))


# -- which folder of which repository ---------------------------------------------------------------------------------


def _top(version: Named, other: Named) -> Path:
    """The repository of the other side's folder, or the one we are in."""
    where = other.folder if other.folder is not None else Path.cwd()
    try:
        found = _git(where, "rev-parse", "--show-toplevel")
    except ConfigError:
        if where == Path.cwd() or not version.path:
            text = f"{version.text!r} is no folder, and {str(where)!r} is in no repository with such a revision"
            raise ConfigError(text, code="no_such_revision") from None
        found = _git(Path.cwd(), "rev-parse", "--show-toplevel")
    return Path(os.fsdecode(found).removesuffix("\n"))


def _inside(version: Named, other: Named, top: Path) -> PurePosixPath:
    """The folder, from the top of the repository on; a path is read as git reads it."""
    if version.path or (other.folder is None and other.path):
        path = version.path or other.path
        whole = Path.cwd() / path if path.startswith(".") else top / path
    else:
        whole = other.folder if other.folder is not None else Path.cwd()
    meant = Path(os.path.normpath(whole.absolute()))
    meant = meant if meant.is_relative_to(top) else meant.resolve()
    if not meant.is_relative_to(top):
        raise ConfigError(f"{str(meant)!r} is not in the repository {str(top)!r}", code="no_such_revision")
    return PurePosixPath(meant.relative_to(top).as_posix())


# -- what git holds ---------------------------------------------------------------------------------------------------


def _git(where: Path, *args: str, given: bytes = b"") -> bytes:
    """What git says; raises ConfigError in its words."""
    try:
        found = subprocess.run(  # noqa: S603 - git, with arguments of ours and a revision that cannot be an option
            ["git", "-C", str(where), *args],  # noqa: S607
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            input=given,
            env=_environment(),
        )
    except FileNotFoundError:
        raise ConfigError("git is not installed, so that only folders can be compared", code="no_git") from None
    except subprocess.TimeoutExpired:
        raise ConfigError(f"git did not answer within {TIMEOUT} s", code="no_git") from None
    if found.returncode:
        said = found.stderr.decode(errors="replace").strip() or "it failed"
        raise ConfigError(f"git: {said}", code="git_failed", where=str(where))
    return found.stdout


def _environment() -> dict[str, str]:
    """Without what a hook of another repository would set."""
    ours = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    return {**ours, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


def _blobs(version: Named, top: Path) -> dict[PurePosixPath, _Blob]:
    """Every file and symlink of the revision."""
    try:
        tree = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{version.revision}^{{tree}}")
    except ConfigError:
        text = f"{version.revision!r} is neither a folder nor a revision of the repository {str(top)!r}"
        raise ConfigError(text, code="no_such_revision") from None
    found = {}
    for line in _git(top, "ls-tree", "-r", "-z", "-l", "--full-tree", tree.decode().strip()).split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, _, oid, size = about.decode().split()
        if mode in (*_FILE, _LINK):
            found[PurePosixPath(os.fsdecode(path))] = _Blob(mode, oid, int(size))
    return found


def _is_meant(path: PurePosixPath) -> bool:
    """What the loader would look at, or say why not."""
    return path.name.lower().endswith(_SUFFIXES) and not any(part.startswith(".") for part in path.parts)


def _write(root: Path, top: Path, blobs: Mapping[PurePosixPath, _Blob]) -> None:
    """Write them below `root`. A symlink stays one, so that the loader judges it as it does in any folder."""
    if sum(blob.size for blob in blobs.values()) > MAX_BYTES:
        raise ConfigError("the files of the revision are too large", code="too_large")
    for (path, blob), data in zip(blobs.items(), _contents(top, list(blobs.values())), strict=True):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if blob.mode == _LINK:
            target.symlink_to(os.fsdecode(data))
        else:
            target.write_bytes(data)


def _contents(top: Path, blobs: list[_Blob]) -> Iterator[bytes]:
    """As they were committed: no filter and no attribute of the repository changes them."""
    packed = _git(top, "cat-file", "--batch", given="".join(f"{blob.oid}\n" for blob in blobs).encode())
    at = 0
    for blob in blobs:
        begin = packed.index(b"\n", at) + 1
        at = begin + blob.size + 1
        yield packed[begin : at - 1]


# -- people -----------------------------------------------------------------------------------------------------------


def _people(folder: Path, root: Path, top: Path, blobs: Mapping[PurePosixPath, _Blob]) -> Iterator[str]:
    """Put the CSV files there that the YAML names; those that the repository does not hold are of now, and told."""
    for name in sorted(_names(folder)):
        target = Path(os.path.normpath(folder / name))
        if not target.is_relative_to(root) or target.exists():
            continue
        path = PurePosixPath(target.relative_to(root).as_posix())
        if path in blobs:
            _write(root, top, {path: blobs[path]})
        elif (top / path).is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((top / path).read_bytes())
            yield name


def _names(folder: Path) -> set[str]:
    """What `people` names; a mistake in it is for the loader to tell."""
    found: set[str] = set()
    for path in folder.rglob("*.yaml"):
        tree = parse(path.name, path.read_bytes(), Report()) if path.is_file() else None
        if tree is not None and "people" in tree.entries:
            node = tree.entries["people"].node
            items = node.items if isinstance(node, Items) else (node,)
            found.update(item.value for item in items if isinstance(item, Text))
    return {name for name in found if "\0" not in name}
