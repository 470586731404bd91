"""The state as the journal tells it: the newest snapshot, and every event after it folded in. No step runs here."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from gateway.journal.journal import Journal
from gateway.journal.record import Sealed
from rules import snapshot
from rules.model.canonical import canonical_bytes
from rules.model.errors import DoorwardError
from rules.record import decode, event_of
from rules.state import VERSION, State
from rules.step import evolve

log = logging.getLogger(__name__)

PAGE = 2_000

UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    DoorwardError,
)
"""What a stored value that is not as it should be can raise. A start that ended by it would be a crash loop."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """state: as of `seq`; fault: the seq and error at which the fold stopped, or None."""

    state: State
    seq: int
    fault: tuple[int, str] | None


async def recover(journal: Journal) -> Recovered:
    """Rebuild the state up to the journal's head, or to the first record that cannot be folded."""
    state, seq = await _start(journal)
    while True:
        rows = await journal.read(seq, PAGE)
        if not rows:
            return Recovered(state, seq, None)
        for row in rows:
            error = _fold(state, row)
            if error is not None:
                log.error("recovery stops at seq %d: %s", row.seq, error)
                return Recovered(state, seq, (row.seq, error))
            seq = row.seq
        state.mark()


async def _start(journal: Journal) -> tuple[State, int]:
    """The newest snapshot that can be read, or nothing."""
    found = await journal.snapshot()
    if found is None or found.version != VERSION:
        return State(), 0
    try:
        return snapshot.load(json.loads(found.body)), found.seq
    except UNREADABLE as error:
        log.error("the snapshot after seq %d cannot be read (%s): folding from the start", found.seq, error)
        return State(), 0


def _fold(state: State, row: Sealed) -> str | None:
    """Evolve by one record; what is wrong with it, or None. The records before it stand."""
    state.mark()
    try:
        evolve(state, event_of(decode(row.body)))
    except UNREADABLE as error:
        state.undo()
        return f"{type(error).__name__}: {error}"
    return None


def save(journal: Journal, state: State, seq: int, hash: bytes) -> None:
    """Keep a snapshot bound to the record's head."""
    journal.save_snapshot(seq, hash, VERSION, canonical_bytes(snapshot.dump(state)))
