"""Rule sets on their way in: proposed, approved by whom the site wants asked, active, and back again."""

from __future__ import annotations

import re
from dataclasses import replace

from rules.admission import accept, answer
from rules.model.canonical import canonical_bytes
from rules.model.commands import Answer, EditSite, Wait
from rules.model.events import (
    ReloadApproved,
    RequestCarriedOut,
    SiteActivated,
    SiteProposed,
    SiteRejected,
    SiteWithdrawn,
)
from rules.model.signals import CandidateDropped, CandidateRefused, CandidateReviewed, ReloadEnded, RequestReceived
from rules.state import ReloadRecord, State
from rules.turn import Evolutions, Turn

ACTIVE, PROPOSED = "active", "proposed"
AUTOMATIC, ON_REQUEST, TWO_PERSON = "automatic", "on_request", "two_person"
APPROVAL_LIFE = 15 * 60 * 1_000_000
"""us for which an approval waits for a second one."""

EDIT_TTL = 60_000_000
"""us within which a rule set asked for must be live; then it stays away."""

KEPT = 8
"""Sets that were active earlier and can be named without their whole hash."""

QUESTIONS = ("pending", "check")
_HASH = re.compile(r"[0-9a-f]{12,64}")


# -- what the gateway found in its folder ----------------------------------------------------------------


def heard(turn: Turn, signal: CandidateReviewed | CandidateRefused | CandidateDropped | ReloadEnded) -> None:
    """Record it; a request is answered."""
    match signal:
        case CandidateReviewed():
            _propose(turn, signal)
        case CandidateRefused():
            turn.emit(SiteRejected(signal.rules_hash, signal.code, signal.problems, signal.count))
        case CandidateDropped():
            turn.emit(SiteWithdrawn(signal.rules_hash))
        case ReloadEnded():
            turn.emit(RequestCarriedOut(signal.request, signal.ok, signal.code))
            turn.order(Answer(signal.request, signal.ok, signal.code, signal.body), Wait.BEST_EFFORT)


def _propose(turn: Turn, found: CandidateReviewed) -> None:
    turn.emit(
        SiteProposed(
            found.rules_hash,
            turn.state.gateway().rules_hash,
            found.mode,
            found.gains,
            found.losses,
            found.warnings,
            found.text,
        )
    )


# -- what operators ask ----------------------------------------------------------------------------------


def reload(turn: Turn, request: RequestReceived) -> str | None:
    """target: the proposed set's hash, or its first 12 digits or more; or a question: `pending`, `check`."""
    if request.target in QUESTIONS:
        accept(turn, request)
        _order(turn, request, request.target, "")
        return None
    if _HASH.fullmatch(request.target) is None:
        return "no_hash"
    proposed = turn.state.reloads.get(PROPOSED)
    if proposed is None or not proposed.rules_hash.startswith(request.target):
        return "no_such_candidate"
    return _approve(turn, request, proposed)


def _approve(turn: Turn, request: RequestReceived, proposed: ReloadRecord) -> str | None:
    who = request.who or ""
    others = {by for by, until in proposed.approvals if until > turn.t and by in turn.site.operators}
    if proposed.mode == TWO_PERSON and who in others:
        return "same_operator"
    accept(turn, request)
    turn.emit(ReloadApproved(proposed.rules_hash, who, turn.t + APPROVAL_LIFE))
    if proposed.mode == TWO_PERSON and not others:
        body = {"rules_hash": proposed.rules_hash, "wanted": 1}
        answer(turn, request, True, "second_operator_pending", canonical_bytes(body).decode())
    else:
        _order(turn, request, "reload", proposed.rules_hash)
    return None


def rollback(turn: Turn, request: RequestReceived) -> str | None:
    """target: empty for the set before the active one, or the hash of another that was active once."""
    active = turn.state.reloads.get(ACTIVE) or ReloadRecord("")
    if not request.target:
        found = active.before[:1]
    elif _HASH.fullmatch(request.target) is None:
        return "no_hash"
    else:
        named = tuple(one for one in active.before if one.startswith(request.target))
        found = named or ((request.target,) if len(request.target) == 64 else ())
    if not found:
        return "no_such_rule_set" if request.target else "nothing_to_roll_back"
    if found[0] == active.rules_hash:
        return "already_active"
    accept(turn, request)
    _order(turn, request, "rollback", found[0])
    return None


def _order(turn: Turn, request: RequestReceived, act: str, rules_hash: str) -> None:
    """Not held up by a disk that is gone: rules that lock everybody out must be taken back even then."""
    turn.order(EditSite(request.request, request.who or "", act, rules_hash), Wait.BEST_EFFORT, ttl=EDIT_TTL)


# -- evolution -------------------------------------------------------------------------------------------


def activated(state: State, event: SiteActivated) -> None:
    """Another set voids what was proposed against the one before it."""
    known = state.reloads.get(ACTIVE)
    if known is not None and known.rules_hash == event.rules_hash:
        return
    state.reloads.drop(PROPOSED)
    state.reloads.put(ACTIVE, ReloadRecord(event.rules_hash) if known is None else _next(known, event))


def _next(known: ReloadRecord, event: SiteActivated) -> ReloadRecord:
    """Going back forgets what was left behind, so that going back twice never ends where it began."""
    if event.cause != "rollback":
        return ReloadRecord(event.rules_hash, before=(known.rules_hash, *known.before)[:KEPT])
    before = known.before
    if event.rules_hash in before:
        before = before[before.index(event.rules_hash) + 1 :]
    return ReloadRecord(event.rules_hash, before=before, declined=known.rules_hash)


def _proposed(state: State, event: SiteProposed) -> None:
    """What is only said again keeps its approvals."""
    known = state.reloads.get(PROPOSED)
    if known is None or (known.rules_hash, known.mode) != (event.rules_hash, event.mode):
        state.reloads.put(PROPOSED, ReloadRecord(event.rules_hash, event.mode))


def _voided(state: State, event: SiteRejected | SiteWithdrawn) -> None:
    state.reloads.drop(PROPOSED)


def _approved(state: State, event: ReloadApproved) -> None:
    proposed = state.reloads.get(PROPOSED)
    if proposed is not None and proposed.rules_hash == event.rules_hash:
        now = event.until - APPROVAL_LIFE
        others = tuple(one for one in proposed.approvals if one[0] != event.who and one[1] > now)
        state.reloads.put(PROPOSED, replace(proposed, approvals=(*others, (event.who, event.until))))


EVOLUTIONS: Evolutions = {
    SiteProposed: _proposed,
    SiteRejected: _voided,
    SiteWithdrawn: _voided,
    ReloadApproved: _approved,
}
