"""Assertions and what breaks them, for a person and for a script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.cli.offline import Offline
from rules.answers.cause import local
from rules.answers.expect import Broken, Verdict
from rules.policy import Source


def lines(offline: Offline, found: Sequence[Verdict], *, names: bool) -> Iterator[str]:
    """One line for each that holds, one for each case against the others; then how many there are."""
    for verdict in found:
        note = f" ({verdict.note})" if verdict.note else ""
        if verdict.holds:
            yield f"{verdict.source} ok: {verdict.text}{note}"
        yield from (broken.shown(lambda id: _who(offline, id, names=names)) for broken in verdict.broken)
    yield _summary(found)


def _who(offline: Offline, id: str, *, names: bool) -> str:
    holder = offline.roster.holders[id]
    return f"{holder.shown} ({holder.name})" if names and holder.name else holder.shown


def _summary(found: Sequence[Verdict]) -> str:
    """`4 hold, 1 is broken`"""
    if not found:
        return "nothing is expected: there is no `expect:`"
    good = sum(verdict.holds for verdict in found)
    bad = len(found) - good
    told = [f"{good} hold{'s' if good == 1 else ''}"] if good else []
    return ", ".join([*told, *([f"{bad} {'is' if bad == 1 else 'are'} broken"] if bad else [])])


def plain(offline: Offline, found: Sequence[Verdict], period: tuple[int, int], *, names: bool) -> str:
    """JSON."""
    ends = dict(zip(("from", "to"), period, strict=True))
    body = {
        "ok": all(verdict.holds for verdict in found),
        "rules_hash": offline.site.rules_hash,
        "people": offline.roster.where,
        **{name: {"utc": utc, "local": local(offline.site, utc)} for name, utc in ends.items()},
        "expectations": [_plain(offline, verdict, names=names) for verdict in found],
    }
    return json.dumps(body, indent=2, ensure_ascii=False)


def _plain(offline: Offline, verdict: Verdict, *, names: bool) -> dict[str, Any]:
    return {
        "id": verdict.id,
        "place": _place(verdict.source),
        "text": verdict.text,
        "ok": verdict.holds,
        "note": verdict.note,
        "broken": [_case(offline, broken, names=names) for broken in verdict.broken],
    }


def _case(offline: Offline, broken: Broken, *, names: bool) -> dict[str, Any]:
    return {
        "text": broken.shown(lambda id: _who(offline, id, names=names)),
        "person": None if broken.person is None else _person(offline, broken.person, names=names),
        "others": broken.others,
        "door": broken.door,
        "direction": None if broken.direction is None else broken.direction.value,
        "at": None if broken.utc is None else {"utc": broken.utc, "local": local(offline.site, broken.utc)},
        "rule": {"id": broken.rule, **(_place(broken.by) or {})} if broken.rule else None,
    }


def _person(offline: Offline, id: str, *, names: bool) -> dict[str, Any]:
    holder = offline.roster.holders[id]
    return {"ref": holder.ref, "id": holder.id, **({"name": holder.name} if names else {})}


def _place(source: Source | None) -> dict[str, Any] | None:
    return None if source is None else {"file": source.file, "line": source.line, "column": source.column}
