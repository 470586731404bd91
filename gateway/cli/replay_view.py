"""Judged reads as counts and lines, for a person and for a script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.cli.offline import Offline
from gateway.cli.people_table import count
from rules.answers.cause import local
from rules.answers.replay import Judged
from rules.answers.verdict import DENIED, GRANTED, Verdict

BEYOND = {
    "reader_unknown": "at a reader that this configuration does not know",
    "reader_moved": "at a reader that stands elsewhere in it",
    "card_gone": "with a card that the directory no longer holds",
    "card_reassigned": "with a card that is not that person's by now",
    "card_new": "with a card that was nobody's then",
    "directory": "of which the directory says something else by now",
    "unfinished": "whose PIN was never given",
    "internal_error": "that failed or were recorded without their signal",
}
"""Why a read cannot be judged, in words."""

GROUPED = ("door", "direction", "before", "rule_before", "after", "rule", "file", "line", "reads", "people")
EACH = ("time", "door", "direction", "person", "before", "rule_before", "after", "rule", "file", "line")

NARROW = ("time", "door", "person", "before", "after", "by", "reads", "people")
"""What of a row is shown on a screen."""


@dataclass(slots=True)
class Outcome:
    """What came of all reads. changed: those of which the decision changes, in order; beyond: how many for each why.

    unfolded, unreadable, missing: events of the record that the state could not take, that could not be read at all,
    and that are not in it.
    """

    reads: int = 0
    unfolded: int = 0
    unreadable: int = 0
    missing: int = 0
    changed: list[Judged] = field(default_factory=list)
    beyond: Counter[str] = field(default_factory=Counter)
    doors: set[str] = field(default_factory=set)

    def take(self, judged: Judged) -> None:
        self.reads += 1
        if judged.beyond is not None:
            self.beyond[judged.beyond] += 1
        elif judged.kind is not None:
            self.changed.append(judged)

    @property
    def unchanged(self) -> int:
        return self.reads - len(self.changed) - self.beyond.total()

    @property
    def kinds(self) -> dict[str, int]:
        """granted, denied: newly; otherwise: who is to wait, another reason, a PIN more or less, other notes."""
        found = Counter(judged.kind for judged in self.changed)
        counts = {"granted": found[GRANTED], "denied": found[DENIED]}
        return {**counts, "otherwise": len(self.changed) - sum(counts.values())}

    def summary(self) -> str:
        """`12 reads, 9 unchanged, 2 changed (1 newly granted, 1 newly denied, 0 otherwise), 1 cannot be judged`"""
        kinds = self.kinds
        changed = f"({kinds['granted']} newly granted, {kinds['denied']} newly denied, {kinds['otherwise']} otherwise)"
        parts = [count(self.reads, "read"), f"{self.unchanged} unchanged", f"{len(self.changed)} changed {changed}"]
        if self.beyond:
            parts.append(f"{self.beyond.total()} cannot be judged")
        return ", ".join(parts)

    def notes(self) -> Iterator[str]:
        """Why some cannot be judged, and what the record does not tell."""
        for why, number in self.beyond.most_common():
            yield f"{count(number, 'read')} {BEYOND[why]} ({why}) cannot be judged"
        if self.unreadable:
            yield f"{count(self.unreadable, 'event')} cannot be read by this version: what they changed is not known"
        if self.missing:
            yield f"{count(self.missing, 'event')} missing from the record: what they changed is not known"
        if self.unfolded:
            yield f"{count(self.unfolded, 'event')} could not be followed, as after a gap in the record"

    def plain(self) -> dict[str, Any]:
        return {
            "reads": self.reads,
            "unchanged": self.unchanged,
            "changed": {"count": len(self.changed), **self.kinds},
            "beyond": dict(sorted(self.beyond.items())),
            "unfolded": self.unfolded,
            "unreadable": self.unreadable,
            "missing": self.missing,
        }


def grouped(changed: Iterable[Judged]) -> list[dict[str, Any]]:
    """A row for all reads that change alike, the most of them first. people: how many were at the reader."""
    reads: Counter[tuple[Any, ...]] = Counter()
    people: dict[tuple[Any, ...], set[str | None]] = {}
    for judged in changed:
        key = judged.read.door, judged.read.direction, *_change(judged).values()
        reads[key] += 1
        people.setdefault(key, set()).add(judged.read.person)
    order = sorted(reads, key=lambda key: (-reads[key], *map(str, key)))
    return [dict(zip(GROUPED, (*key, reads[key], len(people[key] - {None})), strict=True)) for key in order]


def each(changed: Iterable[Judged], offline: Offline, *, names: bool) -> list[dict[str, Any]]:
    """A row for every read; names: people by name, else by reference or id."""
    return [
        {
            "time": local(offline.site, judged.read.utc),
            "door": judged.read.door,
            "direction": judged.read.direction,
            "person": person(judged.read.person, offline, names=names),
            **_change(judged),
        }
        for judged in changed
    ]


def narrow(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows for a screen: by the rule of now, or where no rule speaks any more, the one that did."""
    return [
        dict.fromkeys(NARROW) | row | {"door": f"{row['door']} ({row['direction']})", "by": _by(row)} for row in rows
    ]


def _by(row: dict[str, Any]) -> str:
    if row["rule"] is None:
        return f"was by {row['rule_before']}" if row["rule_before"] else ""
    return f"{row['rule']} ({row['file']}:{row['line']})" if row["file"] else str(row["rule"])


def person(id: str | None, offline: Offline, *, names: bool) -> str | None:
    """Of a card that was nobody's, None; of somebody who is gone, the id that the record holds."""
    holder = offline.roster.holders.get(id or "")
    if holder is None:
        return id
    return f"{holder.shown} ({holder.name})" if names else holder.shown


def _change(judged: Judged) -> dict[str, Any]:
    before, after = judged.read.before, judged.after
    assert after is not None
    source = after.source
    return {
        "before": said(before),
        "rule_before": before.rule,
        "after": said(after),
        "rule": after.rule,
        "file": source.file if source else None,
        "line": source.line if source else None,
    }


def said(verdict: Verdict) -> str:
    """`granted`, `granted with a PIN`, `granted noting granted_soft_passback`, `denied: passback`."""
    if verdict.what != GRANTED:
        return f"{verdict.what}: {verdict.reason}"
    pin = " with a PIN" if verdict.pin else ""
    flags = f" noting {', '.join(sorted(verdict.flags))}" if verdict.flags else ""
    return f"granted{pin}{flags}"
