"""How an explanation is shown: for a person, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.cli.offline import Offline
from gateway.cli.roster import Card, Holder
from rules.cause import Cause, Change, local, named
from rules.explain import Explanation
from rules.model.reasons import Reason
from rules.policy import Source
from rules.site import Demand, Rule


def place(source: Source) -> str:
    """`rules.yaml:21`"""
    return f"{source.file}:{source.line}"


def rule(one: Rule | Demand) -> dict[str, Any]:
    return {"id": one.id, "file": one.source.file, "line": one.source.line, "schedule": one.schedule.id}


def person(holder: Holder | None, names: bool) -> dict[str, Any] | None:
    """Reference and id, and the name where it is asked for."""
    if holder is None:
        return None
    return {"ref": holder.ref, "id": holder.id, **({"name": holder.name} if names else {})}


@dataclass(frozen=True, slots=True)
class Shown:
    """One explanation with all that is needed to show it. note: a remark on the card."""

    offline: Offline
    found: Explanation
    card: Card | None
    note: str
    names: bool

    @property
    def _holder(self) -> Holder | None:
        holders = self.offline.roster.holders
        if self.found.decision.person is not None:
            return holders.get(self.found.decision.person)
        return next((h for h in holders.values() if self.card in h.cards), None) if self.card else None

    def json(self) -> str:
        found, request, way = self.found, self.found.request, self.found.doorway
        value = {
            "granted": found.granted,
            "reason": "granted" if found.granted else found.decision.reason.value,
            "rule": next((rule(r) for r in found.grants if r.id == found.decision.rule), None),
            "reasons": [reason.value for reason in found.reasons],
            "door": request.door,
            "direction": request.direction.value,
            "at": self._moment(found.utc),
            "person": person(self._holder, self.names),
            "card": {"format": self.card.format, "tail": self.card.tail} if self.card else None,
            "causes": [self._cause(cause) for cause in found.causes],
            "would_deny": [self._change(change) for change in found.changes],
            "grants": [rule(r) for r in found.grants],
            "pin": [rule(demand) for demand in found.demands],
            "turns": None if found.turns is None else self._moment(found.turns),
            "mode": found.mode,
            "readers": list(way.readers),
            "free_exit": way.free,
            "rules_hash": self.offline.site.rules_hash,
            "people": self.offline.roster.where,
            "notes": list(self._notes()),
        }
        return json.dumps(value, indent=2, ensure_ascii=False)

    def _moment(self, utc: int) -> dict[str, Any]:
        return {"utc": utc, "local": local(self.offline.site, utc)}

    def _cause(self, cause: Cause) -> dict[str, Any]:
        source = {"file": cause.source.file, "line": cause.source.line} if cause.source else {}
        return {
            "reason": cause.reason.value,
            "text": cause.text,
            "rule": {"id": cause.rule, **source} if cause.rule else None,
            "any_of": [self._change(change) for change in cause.changes],
        }

    def _change(self, change: Change) -> dict[str, Any]:
        at = None if change.at is None else self._moment(change.at)
        return {"change": change.code, "text": change.text, "rule": change.rule, "at": at}

    # For a person

    def text(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        found, request = self.found, self.found.request
        when = local(self.offline.site, found.utc)
        verdict = "GRANTED" if found.granted else f"DENIED, {found.decision.reason.value}"
        yield f"{verdict}: {self._who()} at {request.door} ({request.direction.value}), {when}"
        for grant in found.grants if found.decision.granted else ():
            yield f"  by access {named(grant)}, schedule {grant.schedule.id}"
        for demand in found.demands:
            yield f"  a PIN is demanded by minimum {named(demand)}, schedule {demand.schedule.id}"
        yield from self._denials()
        if found.changes:
            yield "It would be denied after any one of:"
            yield from (f"  - {change.text}" for change in found.changes)
        yield from self._turning()
        yield from (f"Note: {note}." for note in self._notes())

    def _who(self) -> str:
        holder = self._holder
        if holder is None:
            return "this card"
        known = [text for text in (holder.id if holder.ref else None, holder.name if self.names else None) if text]
        return f"{holder.shown} ({', '.join(known)})" if known else holder.shown

    def _denials(self) -> Iterator[str]:
        causes = self.found.causes
        if not causes:
            return
        if self.found.doorway.free:
            yield "It is only recorded, not denied, that"
        elif len(causes) > 1:
            yield "To be granted, all of these have to go:"
        for cause in causes:
            yield f"  {cause.reason.value}: {cause.text}"
            if not self.found.doorway.free:
                yield from (f"    - {change.text}" for change in cause.changes)

    def _turning(self) -> Iterator[str]:
        if self.found.turns is not None:
            word = "denied" if self.found.granted else "granted"
            yield f"With nothing changed it is {word} from {local(self.offline.site, self.found.turns)} on."

    def _notes(self) -> Iterator[str]:
        found, request = self.found, self.found.request
        if self.note:
            yield f"{self._who()} {self.note}" if self.note.startswith("holds") else f"this is {self.note}"
        if found.doorway.free:
            yield f"{request.door} is an egress door: on this way out every read releases it"
        elif not found.doorway.readers:
            yield f"no reader stands on this side of {request.door}: nobody can show a card there"
        if found.mode == "schedule":
            yield f"{request.door} is unlocked for everybody now, on schedule {found.doorway.unlock}"
        if found.demands and not self.offline.roster.knows_pins and Reason.WRONG_PIN not in found.reasons:
            yield "the CSV says nothing of PINs: one is taken to be known"
