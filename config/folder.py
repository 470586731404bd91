"""The YAML files of a folder, read only when two scans of it agree, and written only by rename."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from config.parse import MAX_BYTES
from config.problem import Report
from rules.policy import Source

MAX_FILES = 500
SCANS = 6
PAUSE = 0.05  # s between two scans
_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class _Found:
    """A file as one scan saw it; fault: why it cannot be used."""

    size: int
    modified: int
    data: bytes
    fault: str = ""


def read(folder: Path, report: Report) -> dict[str, bytes]:
    """Relative name to bytes of every `*.yaml` file in the folder; what cannot be used is reported."""
    scans = _settled(folder, report)
    for name, found in scans.items():
        if found.fault:
            report.unreadable(Source(name, 1, 1), found.fault)
    if not scans and not report.partial:
        report.unreadable(Source(str(folder), 1, 1), "no *.yaml file in this folder")
    return {name: found.data for name, found in scans.items() if not found.fault}


def digest(files: Mapping[str, bytes]) -> str:
    """SHA-256, hex, over names and bytes in order of name, each preceded by its length as u64."""
    total = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def write(path: Path, sections: Mapping[str, object]) -> None:
    """Write a configuration file: whole or not at all, ended by its marker, durable when this returns."""
    text = yaml.safe_dump(dict(sections), sort_keys=False, allow_unicode=True, explicit_end=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _settled(folder: Path, report: Report) -> dict[str, _Found]:
    try:
        before = _scan(folder)
        for _ in range(SCANS):
            time.sleep(PAUSE)
            after = _scan(folder)
            if before == after:
                return after
            before = after
    except OSError as error:
        report.unreadable(Source(str(folder), 1, 1), f"cannot read the folder: {error.strerror}")
        return {}
    report.unreadable(Source(str(folder), 1, 1), "the folder keeps changing; nothing was loaded")
    return {}


def _scan(folder: Path) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    for path in _candidates(folder):
        name = path.relative_to(folder).as_posix()
        if len(found) >= MAX_FILES:
            return {name: _Found(0, 0, b"", f"more than {MAX_FILES} files in this folder")}
        found[name] = _look(folder, path)
    return found


def watched(folder: Path) -> Iterator[Path]:
    """Every path whose change may change what `load` gives, in a fixed order; raises OSError."""
    yield from _candidates(folder, (*_YAML, ".ics"))


def _candidates(folder: Path, suffixes: tuple[str, ...] = _YAML) -> Iterator[Path]:
    """Every path that is, or looks like it was meant to be, a part of the configuration."""
    for here, folders, files in os.walk(folder, onerror=_raise):
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in links)
        for name in sorted([*files, *links]):
            meant = name.lower().endswith(suffixes) or name in links
            if meant and not name.startswith("."):
                yield Path(here) / name


def _raise(error: OSError) -> None:
    raise error


def _look(folder: Path, path: Path) -> _Found:
    if path.is_symlink() and (fault := _stray_link(folder, path)):
        return _Found(0, 0, b"", fault)
    if path.suffix != ".yaml":
        return _Found(0, 0, b"", "the name must end in .yaml")
    try:
        return _open(path)
    except OSError as error:
        return _Found(0, 0, b"", f"cannot read the file: {error.strerror}")


def _stray_link(folder: Path, path: Path) -> str:
    """Why a symlink may not be followed, or empty."""
    target = path.resolve()
    if not target.is_relative_to(folder.resolve()):
        return "a symlink out of the folder is not followed"
    return "a symlink to a folder is not followed" if target.is_dir() else ""


def _open(path: Path) -> _Found:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            return _Found(0, 0, b"", "not a regular file")
        return _Found(about.st_size, about.st_mtime_ns, file.read(MAX_BYTES + 1))
