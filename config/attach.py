"""Files beside the YAML that are part of the rules: the holiday calendars that `holidays.ics` names.

They count in `rules_hash` and are kept with the YAML, so that a past decision can be explained by what held then.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from config.parse import MAX_BYTES
from config.problem import Report
from config.tree import Items, Map, Place, Text

SUFFIX = ".ics"


@dataclass(frozen=True, slots=True)
class Folder(Map):
    """The merged tree of a folder. attached: the readable files that it names, by their relative names."""

    attached: Mapping[str, bytes]


def attach(tree: Map, folder: Path, files: Mapping[str, bytes], report: Report) -> Folder:
    """Read each calendar from `files`, else from the folder; what cannot be used is reported where it is named."""
    found: dict[str, bytes] = {}
    for name, place in _named(Place(tree, report) / "holidays" / "ics"):
        if fault := _misnamed(name):
            place.wrong(fault, repr(name))
        elif name in files:
            found[name] = files[name]
        elif isinstance(data := _read(folder, name), bytes):
            found[name] = data
        else:
            place.wrong(data, repr(name))
    return Folder(tree.source, tree.entries, found)


def attached(root: Map) -> Mapping[str, bytes]:
    return root.attached if isinstance(root, Folder) else {}


def _named(place: Place) -> Iterator[tuple[str, Place]]:
    count = len(place.node.items) if isinstance(place.node, Items) else 1
    for n in range(count):
        file = place / n / "file"
        if isinstance(file.node, Text):
            yield file.node.value, file


def _misnamed(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name or not name.isprintable():
        return "expected a file within this folder, such as works.ics"
    return "" if name.endswith(SUFFIX) else f"the name must end in {SUFFIX}"


def _read(folder: Path, name: str) -> bytes | str:
    """The bytes, or why there are none. A symlink may stay within the folder, as one of a YAML file may."""
    path = folder / name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            return "a symlink out of the folder is not followed"
        if not stat.S_ISREG(path.stat().st_mode):
            return "not a regular file"
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symlinks
        return f"cannot read the file: {error.strerror if isinstance(error, OSError) else 'a loop of symlinks'}"
    return data if len(data) <= MAX_BYTES else "the file is larger than 1 MiB"
