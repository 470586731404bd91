"""Judges a record from outside: whole, in order, and folding to one state by every road."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from gateway.journal.journal import Journal
from gateway.journal.opening import STORE
from gateway.journal.record import Sealed
from gateway.journal.verify import verify
from gateway.recovery import recover
from rules import snapshot
from rules.model.canonical import canonical_bytes
from rules.record import event_of
from rules.state import State
from rules.step import evolve


def chain_faults(state: Path, gateway: str = "gw1") -> list[str]:
    """What `doorward journal verify` would find."""
    report = verify(state / STORE, gateway=gateway)
    return [f"{bad.seq}: {bad.why}" for bad in report.bad]


def fold(rows: Iterable[Sealed]) -> bytes:
    """The state that these events make of nothing, in canonical bytes."""
    state = State()
    for row in rows:
        evolve(state, event_of(json.loads(row.body)))
        state.mark()
    return canonical_bytes(snapshot.dump(state))


async def state_faults(state: Path, gateway: str = "gw1") -> list[str]:
    """Recover twice, and fold from the start: all three must be one state. The daemon must not run."""
    found = []
    async with Journal.open(state, gateway=gateway) as journal:
        first, second = await recover(journal), await recover(journal)
        rows = await every_row(journal)
    bytes_of = [canonical_bytes(snapshot.dump(r.state)) for r in (first, second)]
    if first.fault is not None:
        found.append(f"recovery stopped: {first.fault}")
    if bytes_of[0] != bytes_of[1]:
        found.append("two recoveries differ")
    if bytes_of[0] != fold(rows):
        found.append("the fold from the start differs from that from the snapshot")
    return found


async def every_row(journal: Journal) -> list[Sealed]:
    rows: list[Sealed] = []
    while page := await journal.read(rows[-1].seq if rows else 0, 5_000):
        rows += page
    return rows


def order_faults(rows: Sequence[Sealed]) -> list[str]:
    """seq without a hole, t never back, and every start that follows no orderly stop said so."""
    found = [f"seq {b.seq} after {a.seq}" for a, b in pairwise(rows) if b.seq != a.seq + 1]
    found += [f"t went back at seq {b.seq}" for a, b in pairwise(rows) if b.t < a.t]
    for before, row in pairwise(rows):
        if row.type == "GatewayStarted" and before.type not in ("UncleanStop", "GatewayStopped", "RecoveryStopped"):
            found.append(f"a start without word of the end before it at seq {row.seq}")
        if row.type == "UncleanStop" and before.type == "GatewayStopped":
            found.append(f"an orderly stop called unclean at seq {row.seq}")
    return found
