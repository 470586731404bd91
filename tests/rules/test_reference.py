"""decide() against a slow, obvious evaluator that shares nothing with it: loops over the policy, and the wall clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given

from rules.access import Decision, decide
from rules.compile import compile_site
from rules.people import CredentialStatus, People, Person
from rules.policy import AccessPolicy, DenyPolicy, Who
from tests.rules.builder import IN, S
from tests.rules.profiles import examples
from tests.rules.random_sites import HIGHEST_FIRST, Case, cases

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
    "person_blocked",
    "pin_lockout",
    "lockdown",
    "door_blocked",
    "denied_by_rule",
    "no_access_rights",
    "outside_schedule",
    "area_armed",
    "pin_required",
    "pin_timeout",
    "wrong_pin",
]

# -- the reference ---------------------------------------------------------------------------------------------------


def holds(case: Case, schedule_id: str) -> bool:
    """Whether a schedule is active, by the wall clock."""
    if schedule_id in ("always", "never"):
        return schedule_id == "always"
    zone = ZoneInfo(case.policy.timezone)
    now = datetime.fromtimestamp(case.stamp.utc // S, UTC).astimezone(zone)
    for back in (0, 1):
        day = now.date() - timedelta(days=back)
        minute = now.hour * 60 + now.minute + 1440 * back
        for i in case.policy.schedules[schedule_id].intervals:
            kind = case.policy.holidays.get(day)
            right_day = kind in i.types if kind else day.weekday() in i.days
            if right_day and i.start <= minute < i.end:
                return True
    return False


def means(who: Who, person: Person) -> bool:
    in_group = not who.groups or any(g in who.groups for g in person.groups)
    return in_group and all(a in person.attributes for a in who.attributes)


def applies(case: Case, rule: AccessPolicy | DenyPolicy, person: Person) -> bool:
    way = (case.request.door, case.request.direction)
    return way in rule.doors and means(rule.who, person)


def effective(case: Case) -> str:
    layers = [(found.layer, found.value) for found in case.state.door(case.request.door).layers]
    return next((layer for layer, value in HIGHEST_FIRST if (layer, value) in layers), "locked")


def wrongs(case: Case) -> Iterator[str]:
    request, now = case.request, case.stamp.utc
    if case.state.device(request.reader).status == "distrusted":
        yield "reader_out_of_service"
    if request.age > 2_000_000:
        yield "stale_read"
    if request.fault:
        yield "bad_format"
    card = next((c for c in case.cards if c.token == request.token), None)
    person = next((p for p in case.persons if card and p.id == card.person), None)
    if card is None and not request.fault:
        yield "unknown_credential"
    if card and card.status is not CredentialStatus.ACTIVE:
        yield f"credential_{card.status.value}"
    if card and person is None:
        yield "credential_unassigned"
    holders = [h for h in (card, person) if h]
    if card and any(h.begins is not None and now < h.begins for h in holders):
        yield "credential_not_yet_active"
    if card and any(h.ends is not None and h.ends <= now for h in holders):
        yield "credential_expired"
    if person and person.blocked:
        yield "person_blocked"
    yield from wrong_with_the_door(case, person)
    yield from wrong_with_the_pin(case)
    yield from wrong_by_rule(case, person)


def wrong_with_the_door(case: Case, person: Person | None) -> Iterator[str]:
    if effective(case) == "locked_down" and case.request.direction is IN:
        yield "lockdown"
    if effective(case) == "blocked":
        yield "door_blocked"
    into = case.policy.doors[case.request.door].between[1 if case.request.direction is IN else 0]
    arming = case.policy.areas[into].arming
    if case.state.area(into).status in ("armed_away", "pending", "triggered"):
        keys = arming.disarmed_by if arming else frozenset()
        if person is None or not any(g in keys for g in person.groups):
            yield "area_armed"


def wrong_with_the_pin(case: Case) -> Iterator[str]:
    request = case.request
    demanded = request.direction is IN and any(
        request.door in m.doors and holds(case, m.when) for m in case.policy.minimum
    )
    if not demanded and request.pin == "none":
        return
    limits = [case.state.reader(request.reader).locked_until]
    if request.token:
        limits.append(case.state.pin(request.token).locked_until)
    if any(limit is not None and case.stamp.t < limit for limit in limits):
        yield "pin_lockout"
    if request.pin != "ok":
        words = {"none": "pin_required", "timeout": "pin_timeout", "wrong": "wrong_pin"}
        yield words.get(request.pin, "authentication_unavailable")


def wrong_by_rule(case: Case, person: Person | None) -> Iterator[str]:
    if person is None:
        yield "no_access_rights"
    elif any(applies(case, d, person) and holds(case, d.when) for d in case.policy.deny):
        yield "denied_by_rule"
    else:
        grants = [g for g in case.policy.access if applies(case, g, person)]
        if not grants:
            yield "no_access_rights"
        elif not any(holds(case, g.when) for g in grants):
            yield "outside_schedule"


def decided(case: Case) -> Decision:
    site = compile_site(case.policy, People.of(1, case.persons, case.cards), "h")
    return decide(site, case.state, case.request, case.stamp)


@examples(200)
@given(cases())
def test_the_same_decision(case: Case) -> None:
    expected = sorted(set(wrongs(case)), key=ORDER.index)
    found = decided(case)
    assert found.granted == (not expected)
    if expected:
        assert [found.reason.value, *(r.value for r in found.also_failed)] == expected


@examples(60)
@given(cases())
def test_the_order_of_writing_has_no_meaning(case: Case) -> None:
    shuffled = replace(
        case.policy, access=case.policy.access[::-1], deny=case.policy.deny[::-1], minimum=case.policy.minimum[::-1]
    )
    assert decided(replace(case, policy=shuffled)) == decided(case)
