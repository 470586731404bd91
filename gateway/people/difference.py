"""The old and the new values of a person's row, for people to read and for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.people import times
from gateway.people.load import split_attributes, split_groups

_TITLES = {"begins": "from", "ends": "until", "source": "managed by"}


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(field, before, after) of each field and attribute that differs; "" where there is no value."""
    for name in sorted(new):
        if name == "attributes":
            yield from _attributes(old[name], new[name])
        elif name == "groups":
            yield name, " ".join(sorted(split_groups(old[name]))), " ".join(sorted(split_groups(new[name])))
        else:
            yield _TITLES.get(name, name), _plain(name, old[name]), _plain(name, new[name])


def _attributes(old: str, new: str) -> Iterator[tuple[str, str, str]]:
    before, after = dict(split_attributes(old)), dict(split_attributes(new))
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield key, before.get(key, ""), after.get(key, "")


def _plain(name: str, value: Any) -> str:
    if name in ("begins", "ends"):
        return times.shown(value)
    if name == "extended":
        return "yes" if value else "no"
    return value or ""


def in_words(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """`groups +lab -staff, company acme -> globex`"""
    return ", ".join(_words(*each) for each in differences(old, new))


def _words(name: str, before: str, after: str) -> str:
    if name == "groups":
        gone, come = set(before.split()) - set(after.split()), set(after.split()) - set(before.split())
        return " ".join([name, *(f"+{g}" for g in sorted(come)), *(f"-{g}" for g in sorted(gone))])
    return f"{name} {before or 'none'} -> {after or 'none'}"
