"""How an explanation is shown: for a person, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.cli.offline import Offline
from gateway.cli.roster import Card, Holder
from rules.answers.cause import Cause, Change, local, named
from rules.answers.explain import Explanation
from rules.answers.lacks import asked_for
from rules.model.reasons import Reason
from rules.policy import InspectionPolicy, Source
from rules.site import Demand, Rule

SHOWN = 12
"""Changes listed for people."""


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


def percent(policy: InspectionPolicy) -> str:
    """Of those who pass: `2.5`."""
    return f"{policy.rate / 10_000:g}"


def _asking(grant: Rule) -> str:
    """What it asks for besides a card."""
    asks = asked_for(grant)
    return f", with {' and '.join(asks)}" if asks else ""


def _demanding(demand: Demand) -> str:
    where, asks = f"minimum {named(demand)}, schedule {demand.schedule.id}", asked_for(demand)
    if not demand.pin:
        return f"{where}, demands {' and '.join(asks) or 'a card'}"
    return f"a PIN is demanded by {where}" + "".join(f", and {word}" for word in asks[1:])


def _listing(changes: tuple[Change, ...], indent: str) -> Iterator[str]:
    yield from (f"{indent}- {change.text}" for change in changes[:SHOWN])
    if len(changes) > SHOWN:
        yield f"{indent}- or one of {len(changes) - SHOWN} more; --json lists them all"


@dataclass(frozen=True, slots=True)
class Shown:
    """One explanation with all that is needed to show it. note: a remark on the card; basis: one on the state."""

    offline: Offline
    found: Explanation
    card: Card | None
    note: str
    basis: str
    names: bool

    @property
    def _holder(self) -> Holder | None:
        holders = self.offline.roster.holders
        if self.found.person is not None:
            return holders.get(self.found.person)
        return next((h for h in holders.values() if self.card in h.cards), None) if self.card else None

    def json(self) -> str:
        found, request = self.found, self.found.request
        value = {
            "granted": found.granted,
            "waits": found.waits,
            "reason": "granted" if found.granted else found.decision.reason.value,
            "rule": self._deciding(),
            "reasons": [reason.value for reason in found.reasons],
            "door": request.door,
            "direction": request.direction.value,
            "at": self._moment(found.utc),
            "person": person(self._holder, self.names),
            "card": {"format": self.card.format, "tail": self.card.tail} if self.card else None,
            "causes": [self._cause(cause) for cause in found.causes],
            "would_deny": [self._change(change) for change in found.changes],
            "grants": [rule(r) for r in found.grants],
            "pin": [rule(demand) for demand in found.demands if demand.pin],
            "minimums": [{**rule(demand), "demands": asked_for(demand)} for demand in found.demands],
            "inspections": [self._inspection(policy) for policy in found.inspections],
            "noted": [{"flag": noted.reason.value, "text": noted.text} for noted in found.noted],
            "turns": None if found.turns is None else self._moment(found.turns),
            "mode": found.mode,
            "readers": list(found.readers),
            "free_exit": found.free,
            "rules_hash": self.offline.site.rules_hash,
            "people": self.offline.roster.where,
            "notes": list(self._notes()),
        }
        return json.dumps(value, indent=2, ensure_ascii=False)

    def _deciding(self) -> dict[str, Any] | None:
        """The rule that decides, of whatever kind."""
        decision = self.found.decision
        if decision.rule is None or decision.source is None:
            return None
        grant = next((rule(one) for one in self.found.grants if one.id == decision.rule and decision.granted), None)
        return grant or {"id": decision.rule, "file": decision.source.file, "line": decision.source.line}

    def _inspection(self, policy: InspectionPolicy) -> dict[str, Any]:
        return {"id": policy.id, "file": policy.source.file, "line": policy.source.line, "percent": percent(policy)}

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
        no = "WAITS" if found.waits else "DENIED"
        verdict = "GRANTED" if found.granted else f"{no}, {found.decision.reason.value}"
        yield f"{verdict}: {self._who()} at {request.door} ({request.direction.value}), {when}"
        for grant in found.grants if found.decision.granted else ():
            yield f"  by access {named(grant)}, schedule {grant.schedule.id}{_asking(grant)}"
        yield from (f"  {_demanding(demand)}" for demand in found.demands)
        for noted in found.noted:
            yield f"  noted, {noted.reason.value}: {noted.text}"
        yield from self._denials()
        if found.changes:
            yield "It would be denied after any one of:"
            yield from _listing(found.changes, "  ")
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
        if self.found.free:
            yield "It is only recorded, not denied, that"
        elif len(causes) > 1:
            yield "To be granted, all of these have to go:"
        for cause in causes:
            yield f"  {cause.reason.value}: {cause.text}"
            if not self.found.free:
                yield from _listing(cause.changes, "    ")

    def _turning(self) -> Iterator[str]:
        if self.found.turns is not None:
            word = "denied" if self.found.granted else "granted"
            yield f"With nothing changed it is {word} from {local(self.offline.site, self.found.turns)} on."

    def _notes(self) -> Iterator[str]:
        found, request = self.found, self.found.request
        if self.note:
            yield f"{self._who()} {self.note}" if self.note.startswith("holds") else f"this is {self.note}"
        if found.free:
            yield f"{request.door} is an egress door: on this way out every read releases it"
        elif not found.readers:
            yield f"no reader stands on this side of {request.door}: nobody can show a card there"
        if found.mode == "schedule":
            unlock = self.offline.site.doors[request.door].unlock
            yield f"{request.door} is unlocked for everybody now, on schedule {unlock}"
        for policy in found.inspections:
            if Reason.INSPECTION_SELECTED not in found.reasons:
                yield f"inspection {named(policy)} chooses {percent(policy)} % of them by lot"
        if self.basis:
            yield self.basis
        if (
            any(demand.pin for demand in found.demands)
            and not self.offline.roster.knows_pins
            and Reason.WRONG_PIN not in found.reasons
        ):
            yield "the CSV says nothing of PINs: one is taken to be known"
