"""The single values of a site: its id and the gateway's, time zone, people files, spool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from config.problem import suggestion
from config.scalars import Id, OneOrMore, Typed, Words
from config.shape import Shape, shaped
from config.tree import Place


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = suggestion(text, sorted(available_timezones()))
        raise ValueError(f"no time zone {text!r}{near}") from None


class SiteShape(Shape):
    """What stands at the top level besides the sections."""

    site: Id
    gateway: Id = "gw1"
    timezone: Annotated[str, Typed("a time zone such as Europe/London", _zone, {"type": "string"})]
    people: Annotated[tuple[Words, ...], OneOrMore()] = ()
    spool: Words | None = None


def read_site(top: Place) -> SiteShape | None:
    own = SiteShape.model_fields
    return shaped(SiteShape, top, skip=[name for name in top.names() if name not in own])


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
