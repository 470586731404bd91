"""The decision: everything that speaks against it, in the order of the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.people import CredentialStatus
from rules.policy import Direction
from tests.rules.reference.case import Case, mode
from tests.rules.reference.company import wrong_with_the_company
from tests.rules.reference.granting import Finding, finding, others
from tests.rules.reference.meant import in_one_of, means
from tests.rules.reference.standing import (
    wrong_by_lot,
    wrong_with_its_use,
    wrong_with_other_doors,
    wrong_with_the_numbers,
    wrong_with_the_place,
)

ORDER = [
    "internal_error",
    "authentication_unavailable",
    "reader_out_of_service",
    "stale_read",
    "bad_format",
    "unknown_credential",
    "credential_disabled",
    "credential_lost",
    "credential_stolen",
    "credential_unassigned",
    "credential_not_yet_active",
    "credential_expired",
    "credential_inactive",
    "max_uses",
    "max_days",
    "person_blocked",
    "pin_lockout",
    "lockdown",
    "door_blocked",
    "denied_by_rule",
    "threat_level",
    "no_access_rights",
    "outside_schedule",
    "prerequisite_lapsed",
    "first_person_not_in",
    "area_armed",
    "pin_required",
    "pin_timeout",
    "wrong_pin",
    "interlock",
    "passback",
    "timed_passback",
    "occupancy_max",
    "occupancy_min",
    "escort_required",
    "wrong_escort",
    "unexpected_location",
    "inspection_selected",
    "second_person_pending",
    "second_person_timeout",
]

FORBIDDEN = frozenset(["denied_by_rule", "threat_level"])
FLAGS = ["granted_soft_passback", "granted_duress"]
BY_RULE = frozenset(
    ["denied_by_rule", "threat_level", "outside_schedule", "prerequisite_lapsed", "first_person_not_in", "granted"]
)
"""Reasons that name the rule they come from."""


@dataclass(frozen=True)
class Verdict:
    """failed: in order, empty for a grant. rules: the ids that may be named, none where no rule speaks."""

    failed: list[str]
    flags: list[str]
    rules: tuple[str, ...]

    @property
    def reason(self) -> str:
        return self.failed[0] if self.failed else "granted"


def verdict(case: Case) -> Verdict:
    """By the grant that asks for least; where that one is not met, by the next that is. A denial stays one."""
    found = by(case, finding(case))
    if not FORBIDDEN.issuperset(found.failed):
        for other in others(case):
            again = by(case, other)
            if FORBIDDEN.issuperset(again.failed):
                return again
    return found


def by(case: Case, by_rule: Finding) -> Verdict:
    words = set(wrongs(case, by_rule))
    flags = [f for f in FLAGS if f in words]
    failed = sorted(words - set(flags), key=ORDER.index)
    reason = failed[0] if failed else "granted"
    return Verdict(failed, flags, by_rule.rules if reason in BY_RULE else ())


def wrongs(case: Case, by_rule: Finding) -> Iterator[str]:
    yield from wrong_with_the_read(case)
    yield from wrong_with_the_card(case)
    yield from wrong_with_the_door(case)
    yield from by_rule.words
    yield from wrong_with_the_pin(case, "pin" in by_rule.terms.missing)
    yield from wrong_with_the_company(case, by_rule.terms)
    yield from wrong_with_the_numbers(case, by_rule.terms)
    yield from wrong_with_the_place(case)
    yield from wrong_with_other_doors(case)
    yield from wrong_with_its_use(case)
    yield from wrong_by_lot(case)


def wrong_with_the_read(case: Case) -> Iterator[str]:
    if case.state.device(case.request.reader).status == "distrusted":
        yield "reader_out_of_service"
    if case.request.age > 2_000_000:
        yield "stale_read"
    if case.request.fault:
        yield "bad_format"


def wrong_with_the_card(case: Case) -> Iterator[str]:
    card, person = case.card, case.person
    if card is None:
        if not case.request.fault:
            yield "unknown_credential"
        return
    if card.status is not CredentialStatus.ACTIVE:
        yield f"credential_{card.status.value}"
    if person is None:
        yield "credential_unassigned"
    holders = [h for h in (card, person) if h]
    if any(h.begins is not None and case.now < h.begins for h in holders):
        yield "credential_not_yet_active"
    if any(h.ends is not None and h.ends <= case.now for h in holders):
        yield "credential_expired"
    if person and person.blocked:
        yield "person_blocked"


def wrong_with_the_door(case: Case) -> Iterator[str]:
    effective, _ = mode(case.state, case.request.door)
    exempt = case.policy.lockdown_exempt
    may_enter = exempt is not None and means(case.policy, exempt, case.person)
    if effective == "locked_down" and case.request.direction is Direction.IN and not may_enter:
        yield "lockdown"
    if effective == "blocked":
        yield "door_blocked"
    if case.state.area(case.far.id).status in ("armed_away", "pending", "triggered"):
        arming = case.far.arming
        if arming is None or not in_one_of(case.policy, case.person, arming.disarmed_by):
            yield "area_armed"


def wrong_with_the_pin(case: Case, missing: bool) -> Iterator[str]:
    """A PIN that was asked for counts whether it is demanded or not; one that stands alone is subject to a lockout."""
    request = case.request
    asked = missing or request.pin != "none"
    limits = [case.state.reader(request.reader).locked_until]
    if request.token:
        limits.append(case.state.pin(request.token).locked_until)
    locked = any(limit is not None and request.t < limit for limit in limits)
    if locked and (asked or request.by == "pin"):
        yield "pin_lockout"
    words = {"none": "pin_required", "timeout": "pin_timeout", "wrong": "wrong_pin"}
    if request.pin == "duress":
        yield "granted_duress"
    elif asked and request.pin != "ok":
        yield words.get(request.pin, "authentication_unavailable")
