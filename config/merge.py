"""The files of a folder as one tree: sections may be split among files, a key may not be written twice."""

from __future__ import annotations

from collections.abc import Iterable

from config.problem import Report, suggestion
from config.tree import Entry, Items, Map
from rules.policy import Source

SECTIONS = (
    "site",
    "gateway",
    "timezone",
    "holidays",
    "bus",
    "people",
    "spool",
    "reload",
    "operators",
    "controllers",
    "lines",
    "devices",
    "areas",
    "zones",
    "doors",
    "fire",
    "schedules",
    "groups",
    "access",
    "minimum",
    "deny",
    "limits",
    "interlocks",
    "inspections",
    "threat_levels",
    "lockdown",
    "overlays",
    "expect",
)
_LISTS = ("expect",)
"""Lists whose order has no meaning, so that several files may add to them."""


def merge(files: Iterable[Map], report: Report) -> Map:
    """One map of all sections; unknown sections and keys written twice are reported."""
    sections: dict[str, Entry] = {}
    for file in files:
        for name, entry in file.entries.items():
            if name not in SECTIONS:
                report.add(entry.key, name, f"unknown key {name!r}{suggestion(name, SECTIONS)}")
            elif name in sections:
                sections[name] = _joined(name, sections[name], entry, report)
            else:
                sections[name] = entry
    return Map(Source("site.yaml", 1, 1), sections)


def _joined(name: str, first: Entry, second: Entry, report: Report) -> Entry:
    if name in _LISTS and isinstance(first.node, Items) and isinstance(second.node, Items):
        return Entry(first.key, Items(first.node.source, (*first.node.items, *second.node.items)))
    if not isinstance(first.node, Map) or not isinstance(second.node, Map):
        report.add(second.key, name, f"key {name!r} is written twice, first at {first.key}")
        return first
    entries = dict(first.node.entries)
    for key, entry in second.node.entries.items():
        if key in entries:
            message = f"key {key!r} is written twice, first at {entries[key].key}"
            report.add(entry.key, f"{name}.{key}", message)
        else:
            entries[key] = entry
    return Entry(first.key, Map(first.node.source, entries))
