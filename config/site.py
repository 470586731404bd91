"""The single values of a site: its id and the gateway's, time zone, people files, spool."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from config.parse import parse
from config.problem import Report, suggestion
from config.scalars import Id, OneOrMore, Typed, Words
from config.shape import Shape, shaped
from config.tree import Place, Text


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = suggestion(text, sorted(available_timezones()))
        raise ValueError(f"no time zone {text!r}{near}") from None


class ReloadMode(StrEnum):
    """How a changed configuration goes live: by itself, when an operator asks, or when two do."""

    AUTOMATIC = "automatic"
    ON_REQUEST = "on_request"
    TWO_PERSON = "two_person"


class SiteShape(Shape):
    """What stands at the top level besides the sections."""

    site: Id
    gateway: Id = "gw1"
    timezone: Annotated[str, Typed("a time zone such as Europe/London", _zone, {"type": "string"})]
    people: Annotated[tuple[Words, ...], OneOrMore()] = ()
    spool: Words | None = None
    reload: ReloadMode = ReloadMode.ON_REQUEST


def read_site(top: Place) -> SiteShape | None:
    own = SiteShape.model_fields
    return shaped(SiteShape, top, skip=[name for name in top.names() if name not in own])


def reload_mode(files: Mapping[str, bytes]) -> ReloadMode:
    """The mode of a configuration that was loaded from these files; one file at most says it."""
    for name in sorted(files):
        if name.endswith(".yaml") and b"reload" in files[name]:
            tree = parse(name, files[name], Report())
            found = tree.entries.get("reload") if tree else None
            if found is not None and isinstance(found.node, Text):
                return ReloadMode(found.node.value)
    return ReloadMode.ON_REQUEST


def read_people(names: tuple[str, ...], folder: Path, place: Place) -> tuple[Path, ...]:
    """The CSV files, relative to the folder; each must be there."""
    paths = []
    for n, name in enumerate(names):
        path = folder / name
        if "\0" in name or not path.is_file():
            (place / n).wrong("no such file", repr(name))
        elif path in paths:
            (place / n).wrong("is named twice", repr(name))
        paths.append(path)
    return tuple(paths)
