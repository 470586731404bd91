"""Which rule set a start runs: that of its folder, unless that would make live what nobody let in."""

from __future__ import annotations

import asyncio
import logging

from config.configuration import Configuration
from config.site import ReloadMode, reload_mode
from gateway.journal.journal import Journal
from gateway.reload.candidate import Rejection, Source, from_record
from gateway.reload.changes import wiring_changed
from rules.model.errors import DoorwardError
from rules.reload import ACTIVE
from rules.state import ReloadRecord, State

log = logging.getLogger(__name__)


async def to_start_with(given: Configuration, source: Source | None, state: State, journal: Journal) -> Configuration:
    """`given`, as the folder holds it; or the set that was active last, from the record: where two operators must
    agree and did not, or where one went back from what the folder holds.

    Changed hardware is taken up by a start alone: then the folder's set runs.
    """
    active = state.reloads.get(ACTIVE)
    if source is None or active is None or active.rules_hash == given.rules_hash:
        return given
    kept = await _kept(active.rules_hash, source, journal)
    if kept is None or not _holds_back(active, kept, given):
        return given
    changed = wiring_changed(kept, given)
    if changed:
        log.warning("the folder's rule set runs, as only a start can take it up: %s", "; ".join(changed))
        return given
    log.warning("rule set %s goes on; that of the folder, %s, waits", kept.rules_hash[:12], given.rules_hash[:12])
    return kept


def _holds_back(active: ReloadRecord, kept: Configuration, given: Configuration) -> bool:
    return active.declined == given.rules_hash or reload_mode(kept.files) is ReloadMode.TWO_PERSON


async def _kept(rules_hash: str, source: Source, journal: Journal) -> Configuration | None:
    try:
        body = await journal.site(rules_hash)
    except DoorwardError as error:
        log.warning("the rule set that was active cannot be read: %s", error)
        return None
    if body is None:
        return None
    found = await asyncio.to_thread(from_record, source, rules_hash, body)
    if isinstance(found, Rejection):
        log.warning("the rule set that was active no longer loads: %s", "; ".join(found.problems[:3]))
        return None
    return found
