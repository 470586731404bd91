"""`formats`: the card formats a reader accepts."""

from __future__ import annotations

from config.tree import Place
from rules.credential import DEFAULT_FORMATS, FORMATS, ambiguous


def read_formats(names: tuple[str, ...] | None, place: Place) -> tuple[str, ...]:
    """The formats, or the usual ones; unknown ones and pairs that one card may satisfy are reported."""
    if names is None:
        return DEFAULT_FORMATS
    known = [(place / n).known(name, "card format", FORMATS) for n, name in enumerate(names)]
    if all(known):
        for one, other in ambiguous(names):
            place.wrong(f"{one!r} and {other!r} cannot be told apart: choose one")
    return names
