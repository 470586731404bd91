"""Which rule set a start runs: that of its folder, unless it may not, or would make live what nobody let in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from config.configuration import Configuration
from config.loader import load
from config.problem import ConfigErrors
from config.site import ReloadMode, reload_mode
from gateway.journal.connect import reader
from gateway.journal.journal import Journal
from gateway.journal.opening import STORE
from gateway.journal.query import active_rules, site
from gateway.reload.candidate import Rejection, Source, from_record
from gateway.reload.changes import foundations_changed, wiring_changed
from gateway.safety import refuse_unsafe
from rules.model.errors import ConfigError, DoorwardError
from rules.reload import ACTIVE
from rules.site import Site
from rules.state import ReloadRecord, State

log = logging.getLogger(__name__)

Compiled = Callable[[Configuration], Awaitable[Site]]
"""Raises ConfigErrors where the rules break an assertion of their own."""


def folder_or_last(source: Source, state: Path, now: int) -> tuple[Configuration, bool]:
    """What the folder holds; where that may not run, the set that was active last, and True. Blocking.

    A cut of the power while somebody edits the rules must not end with no rules at all. Raises ConfigError, of the
    folder, where the record in `state` has nothing to go on with. now: us since 1970.
    """
    try:
        found = load(source.folder, source.drivers, source.secrets)
        refuse_unsafe(found, now)
    except ConfigError as error:
        kept = _active_last(source, state, now)
        if kept is None:
            raise
        log.error("%s", error)
        log.error("the folder cannot run: rule set %s, which was active last, goes on", kept.rules_hash[:12])
        return kept, True
    return found, False


def _active_last(source: Source, state: Path, now: int) -> Configuration | None:
    """From the store, before the journal is open; what a spool knows better is put right by `to_start_with`."""
    store = state / STORE
    if not store.exists():
        return None
    try:
        with reader(store) as connection:
            rules_hash = active_rules(connection)
            body = site(connection, rules_hash)
    except DoorwardError as error:
        log.warning("no earlier rule set can be read: %s", error)
        return None
    kept = _loaded(source, rules_hash, body)
    try:
        if kept is not None:
            refuse_unsafe(kept, now)
    except ConfigErrors as error:
        log.warning("the rule set that was active no longer passes: %s", error)
        return None
    return kept


async def to_start_with(
    given: Configuration, source: Source | None, state: State, journal: Journal, compiled: Compiled, *, fell_back: bool
) -> tuple[Configuration, Site]:
    """`given`, as the folder holds it; or the set that was active last, from the record: where `given` breaks an
    assertion of its own, where two operators must agree and did not, or where one went back from what the folder
    holds. fell_back: `given` is not the folder's, see `folder_or_last`.

    Changed hardware is taken up by a start alone: then the folder's set runs. Raises ConfigErrors.
    """
    kept = await _kept(given, source, state, journal)
    active = state.reloads.get(ACTIVE)
    if kept is not None and active is not None and (fell_back or _holds_back(active, kept, given)):
        given = kept
    try:
        return given, await compiled(given)
    except ConfigErrors as error:
        if kept is None or kept is given:
            raise
        log.error("%s", error)
        log.error("the folder's assertions do not hold: rule set %s goes on", kept.rules_hash[:12])
        return kept, await compiled(kept)


async def _kept(given: Configuration, source: Source | None, state: State, journal: Journal) -> Configuration | None:
    """The set that was active last, where it is another than `given`, still loads, and stands on the same journal."""
    active = state.reloads.get(ACTIVE)
    if source is None or active is None or active.rules_hash == given.rules_hash:
        return None
    try:
        body = await journal.site(active.rules_hash)
    except DoorwardError as error:
        log.warning("the rule set that was active cannot be read: %s", error)
        return None
    found = await asyncio.to_thread(_loaded, source, active.rules_hash, body)
    changed = "; ".join(foundations_changed(found, given)) if found is not None else ""
    if changed:
        log.warning("the rule set that was active cannot go on: %s", changed)
    return found if not changed else None


def _holds_back(active: ReloadRecord, kept: Configuration, given: Configuration) -> bool:
    """Does the set that was active go on, although the folder's may run?"""
    if active.declined != given.rules_hash and reload_mode(kept.files) is not ReloadMode.TWO_PERSON:
        return False
    changed = wiring_changed(kept, given)
    if changed:
        log.warning("the folder's rule set runs, as only a start can take it up: %s", "; ".join(changed))
        return False
    log.warning("rule set %s goes on; that of the folder, %s, waits", kept.rules_hash[:12], given.rules_hash[:12])
    return True


def _loaded(source: Source, rules_hash: str, body: bytes | None) -> Configuration | None:
    """Rule bytes of the record, as they load now."""
    if body is None:
        return None
    found = from_record(source, rules_hash, body)
    if isinstance(found, Rejection):
        log.warning("the rule set that was active no longer loads: %s", "; ".join(found.problems[:3]))
        return None
    return found
