"""The difference of two versions, for a person and for a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.cli.offline import Offline
from gateway.cli.people_table import count
from gateway.reload.outline import outline
from rules.answers.cause import local
from rules.answers.diff import Diff, Row
from rules.answers.diff.row import listed

LINES = 200
"""Lines that are printed without --all."""

COLUMNS = (
    "effect",
    "whom",
    "people",
    "persons",
    "places",
    "when",
    "before",
    "after",
    "threat_levels",
    "condition",
    "weaker",
)
BEHIND = ("rule", "file", "line", "rule_gone")


@dataclass(frozen=True, slots=True)
class Compared:
    """found: between `sides`, which were asked for as `called`. names: people by name; notes: what else to tell."""

    found: Diff
    sides: tuple[Offline, Offline]
    called: tuple[str, str]
    names: bool
    notes: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """Files whose text is not the same."""
        old, new = (side.configuration.files for side in self.sides)
        return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))

    def shown(self, id: str) -> str:
        """A person: reference or id, and the name where it is asked for."""
        holder = self.sides[1].roster.holders.get(id) or self.sides[0].roster.holders.get(id)
        if holder is None:
            return id
        return f"{holder.shown} {holder.name}" if self.names else holder.shown

    def period(self) -> str:
        site = self.sides[1].site
        return f"{local(site, self.found.lo)} to {local(site, self.found.hi)}"

    def same(self) -> str:
        """What is said where there is no difference."""
        if not self.files:
            return "no difference: the files are the same"
        policies = [side.configuration.policy for side in self.sides]
        said = "; ".join(outline(*policies)) or "nothing but how it is written"
        return f"no difference in who may pass where and when; changed in {listed(self.files)}: {said}"


def lines(compared: Compared, *, every: bool) -> Iterator[str]:
    """A head, then a line for each difference."""
    found = compared.found
    if found.empty:
        yield f"{compared.same()} ({compared.period()})"
        return
    yield f"{compared.called[1]} against {compared.called[0]}, {compared.period()}: {_summary(found)}"
    told = list(found.lines(compared.shown))
    yield from told if every else told[:LINES]
    if len(told) > LINES and not every:
        yield f"... and {len(told) - LINES} lines more, with --all"


def _summary(found: Diff) -> str:
    others = len(found.rows) - found.gains - found.losses
    parts = [
        count(found.gains, "gain") if found.gains else "",
        count(found.losses, "loss", "losses") if found.losses else "",
        count(others, "other change") if others else "",
        f"{found.weaker} of them weaker" if found.weaker else "",
    ]
    return ", ".join(part for part in parts if part)


def plain(compared: Compared) -> dict[str, Any]:
    """For JSON: `Diff.to_json`, with what both versions are. Times are us since 1970, with the site's local ones."""
    found, site = compared.found, compared.sides[1].site
    return {
        **found.to_json(),
        "from": {"utc": found.lo, "local": local(site, found.lo)},
        "to": {"utc": found.hi, "local": local(site, found.hi)},
        "timezone": site.timezone,
        **{name: _version(compared, side) for side, name in enumerate(("old", "new"))},
        "changed_files": list(compared.files),
        "notes": list(compared.notes),
        "persons": _persons(compared),
    }


def _version(compared: Compared, side: int) -> dict[str, Any]:
    offline = compared.sides[side]
    return {
        "version": compared.called[side],
        "rules_hash": offline.site.rules_hash,
        "people": offline.roster.where,
        "people_rev": offline.site.people.rev,
    }


def _persons(compared: Compared) -> dict[str, Any]:
    """Everybody whom a row means, by the key that it has them under."""
    old, new = (side.roster.holders for side in compared.sides)
    keys = sorted({id for row in compared.found.rows for id in row.people} & (old.keys() | new.keys()))
    holders = ((key, new.get(key) or old[key]) for key in keys)
    return {
        key: {"ref": holder.ref, "id": holder.id, **({"name": holder.name} if compared.names else {})}
        for key, holder in holders
    }


def rows(compared: Compared) -> list[dict[str, Any]]:
    """For CSV: a row for each difference. whom: in words, as on screen; people: how many; persons: all."""
    return [_row(row, compared.shown) for row in compared.found.rows]


def _row(row: Row, shown: Callable[[str], str]) -> dict[str, Any]:
    behind = row.behind
    return {
        "effect": row.effect,
        "whom": listed(whom.text(shown) for whom in row.whom),
        "people": len(row.people) if row.people else None,
        "persons": "; ".join(map(shown, row.people)),
        "places": ", ".join(row.places),
        "when": row.when,
        "before": row.before,
        "after": row.after,
        "threat_levels": row.level,
        "condition": row.condition,
        "weaker": row.weaker,
        "rule": behind.id if behind else None,
        "file": behind.source.file if behind else None,
        "line": behind.source.line if behind else None,
        "rule_gone": bool(behind and behind.gone),
    }
