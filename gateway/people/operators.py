"""The `operators:` section of a configuration folder: read, and extended in `operators.yaml` by rename."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config import folder as folders
from config.parse import parse
from config.problem import ConfigErrors, Report
from config.tree import Entry, Map, Text, plain
from rules.model.errors import ConfigError, Refused
from rules.model.ids import is_id
from rules.policy import Role

FILE = "operators.yaml"
_SECTION = "operators"


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator as written. where: file:line:column."""

    id: str
    role: str
    key: str
    where: str


def entry_line(ident: str, role: Role, key: str) -> str:
    """The line of one operator, without its indentation."""
    return f'{ident}: {{role: {role.value}, key: "{key}"}}'


def section(ident: str, role: Role, key: str) -> str:
    """A whole section with one operator."""
    return f"{_SECTION}:\n  {entry_line(ident, role, key)}\n"


def listed(folder: Path) -> list[Operator]:
    """Every operator of the folder's YAML files; raises ConfigErrors with every mistake of form."""
    report = Report()
    found = []
    for name, data in sorted(folders.read(folder, report).items()):
        tree = parse(name, data, report)
        found += [_operator(ident, entry) for ident, entry in _entries(tree)]
    if report.problems:
        raise ConfigErrors(report.problems)
    return found


def _entries(tree: Map | None) -> Iterator[tuple[str, Entry]]:
    entry = tree.entries.get(_SECTION) if tree else None
    if entry and isinstance(entry.node, Map):
        yield from entry.node.entries.items()


def _operator(ident: str, entry: Entry) -> Operator:
    fields = entry.node.entries.items() if isinstance(entry.node, Map) else ()
    texts = {name: field.node.value for name, field in fields if isinstance(field.node, Text)}
    return Operator(ident, texts.get("role", ""), texts.get("key", ""), str(entry.key))


def extended(folder: Path, ident: str, role: Role, key: str) -> bytes:
    """The bytes of `operators.yaml` with one operator more, all else as it was.

    Raises Refused `operator_exists` for an id in use, `paste_by_hand` where the file's form leaves no safe place.
    """
    if not is_id(ident):
        raise ConfigError("an id is a-z, 0-9 and -, from a letter on", code="bad_id", got=repr(ident))
    if not folder.is_dir():
        raise ConfigError("no such configuration folder", code="no_folder", where=str(folder))
    for operator in listed(folder) if any(folder.rglob("*.yaml")) else []:
        if operator.id == ident:
            raise Refused("there is an operator of this id", code="operator_exists", where=operator.where)
    path = folder / FILE
    if not path.exists():
        return f"{section(ident, role, key)}...\n".encode()
    return _with_line(path.read_bytes(), ident, role, key)


def _with_line(old: bytes, ident: str, role: Role, key: str) -> bytes:
    tree = _tree(old)
    new = b"".join(_inserted(old.splitlines(keepends=True), tree, entry_line(ident, role, key)))
    wanted = plain(tree)
    if not isinstance(wanted, dict) or not isinstance(operators := wanted.setdefault(_SECTION, {}), dict):
        raise _by_hand()
    operators[ident] = {"role": role.value, "key": key}
    try:
        fits = plain(_tree(new)) == wanted
    except ConfigErrors:
        fits = False
    if not fits:
        raise _by_hand()
    return new


def _by_hand() -> Refused:
    return Refused("has a form that is not edited; paste the lines by hand", code="paste_by_hand", where=FILE)


def _tree(data: bytes) -> Map:
    report = Report()
    tree = parse(FILE, data, report)
    if tree is None or report.problems:
        raise ConfigErrors(report.problems)
    return tree


def _inserted(lines: list[bytes], tree: Map, line: str) -> Iterator[bytes]:
    """The lines with one more after the last of the section, or with a section before the end marker."""
    ends = [number for number, text in enumerate(lines) if text.rstrip() == b"..."]
    at, indent = ends[-1] if ends else len(lines), "  "
    entries = dict(_entries(tree))
    if entries:
        here = tree.entries[_SECTION].key.line
        after = [e.key.line - 1 for e in tree.entries.values() if e.key.line > here]
        at = min([at, *after])
        indent = " " * (min(e.key.column for e in entries.values()) - 1)
    while at > 0 and (not lines[at - 1].strip() or lines[at - 1].startswith(b"#")):
        at -= 1
    yield from lines[:at]
    yield (f"{indent}{line}\n" if entries else f"{_SECTION}:\n{indent}{line}\n").encode()
    yield from lines[at:]


def write(folder: Path, data: bytes) -> Path:
    """Replace `operators.yaml` by rename; durable when this returns."""
    path = folder / FILE
    new = folder / f".{FILE}.new"
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path
