"""Every reason, as the first of a decision and among the others, each in the smallest site that has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from rules.model.events.access import Use
from rules.model.reasons import PRECEDENCE, Reason
from rules.people import Credential, CredentialStatus, Person
from rules.policy import Arming, Escort, Passback, PassbackMode, Require, TwoPerson
from rules.state import (
    AreaRecord,
    DeviceRecord,
    DoorRecord,
    InspectionRecord,
    Layer,
    PinRecord,
    SystemRecord,
)
from tests.rules.builder import MONDAY, S
from tests.rules.reference.verdict import ORDER
from tests.rules.trial import STAFF, T, Trial
from tests.rules.wording import access, area, denial, inspection, interlock, least, limit, threat, who

Make = Callable[[], Trial]

NOT_OF_DECIDE = {
    Reason.INTERNAL_ERROR: "a step that raises: rules.system",
    Reason.SECOND_PERSON_TIMEOUT: "a wait that runs out: rules.waiting",
}


@dataclass(frozen=True)
class Shown:
    """besides: what comes with it always. asked: how the request differs."""

    reason: Reason
    make: Make
    asked: dict[str, Any] = field(default_factory=dict)
    besides: tuple[Reason, ...] = ()
    rule: str | None = None


def ann(**changes: Any) -> tuple[Person, ...]:
    return (replace(Person("ann", frozenset({"staff"})), **changes),)


def put(make: Make, table: str, key: str, row: object) -> Make:
    def made() -> Trial:
        trial = make()
        getattr(trial.state, table).put(key, row)
        return trial

    return made


def ruled(**policy: Any) -> Make:
    return lambda: Trial(policy)


def carded(**changes: Any) -> Make:
    card = Credential("c-x", "ann", **changes)
    return lambda: Trial(cards=(card,))


def used(use: Use, **bound: int) -> Make:
    return put(ruled(limits=(limit("l", who("staff"), **bound),)), "uses", "c-ann", use)


def layered(layer: str, value: str) -> Make:
    return put(Trial, "doors", "lab", DoorRecord("closed", (Layer(layer, "x", value),)))


def tracked(mode: PassbackMode, place: str) -> Make:
    areas = {id: area(id, passback=Passback(mode, 300 * S)) for id in ("lobby", "lab")}
    return lambda: Trial({"areas": areas}).at("ann", place)


def lab(**parts: Any) -> dict[str, Any]:
    return {"lab": area("lab", **parts)}


ESCORT = Escort(frozenset({"guards"}), 30 * S)
VISIT = replace(STAFF, escort=ESCORT)
APART = interlock("k", "lab", "front")
UNKNOWN = (Reason.NO_ACCESS_RIGHTS,)
TOKEN = {"token": "c-x"}

SHOWN = [
    Shown(Reason.AUTHENTICATION_UNAVAILABLE, Trial, {"pin": "unavailable"}),
    Shown(Reason.READER_OUT_OF_SERVICE, put(Trial, "devices", "lab-in", DeviceRecord("distrusted"))),
    Shown(Reason.STALE_READ, Trial, {"age": 2 * S + 1}),
    Shown(Reason.BAD_FORMAT, Trial, {"token": None, "fault": "bad_format"}, UNKNOWN),
    Shown(Reason.UNKNOWN_CREDENTIAL, Trial, TOKEN, UNKNOWN),
    Shown(Reason.CREDENTIAL_DISABLED, carded(status=CredentialStatus.DISABLED), TOKEN),
    Shown(Reason.CREDENTIAL_LOST, carded(status=CredentialStatus.LOST), TOKEN),
    Shown(Reason.CREDENTIAL_STOLEN, carded(status=CredentialStatus.STOLEN), TOKEN),
    Shown(Reason.CREDENTIAL_UNASSIGNED, lambda: Trial(cards=(Credential("c-x", None),)), TOKEN, UNKNOWN),
    Shown(Reason.CREDENTIAL_NOT_YET_ACTIVE, carded(begins=MONDAY + 1), TOKEN),
    Shown(Reason.CREDENTIAL_EXPIRED, carded(ends=MONDAY), TOKEN),
    Shown(Reason.CREDENTIAL_INACTIVE, used(Use(1, 1, 1, MONDAY - 61 * S), inactive_after=60 * S)),
    Shown(Reason.MAX_USES, used(Use(3, 1), max_uses=3)),
    Shown(Reason.MAX_DAYS, used(Use(9, 3, 1), max_days=3)),
    Shown(Reason.PERSON_BLOCKED, lambda: Trial(persons=ann(blocked=True))),
    Shown(Reason.PIN_LOCKOUT, put(Trial, "pins", "c-ann", PinRecord(locked_until=T + 1)), {"pin": "ok"}),
    Shown(Reason.LOCKDOWN, layered("locked_down", "lock")),
    Shown(Reason.DOOR_BLOCKED, layered("blocked", "lock")),
    Shown(Reason.DENIED_BY_RULE, ruled(deny=(denial("no", who("staff"), "lab:in"),)), rule="no"),
    Shown(
        Reason.THREAT_LEVEL,
        put(
            ruled(threats=(threat("high", 1, denial("shut", who("staff"), "lab:in")),)),
            "system",
            "gateway",
            SystemRecord(threat="high"),
        ),
        rule="shut",
    ),
    Shown(Reason.NO_ACCESS_RIGHTS, ruled(access=())),
    Shown(Reason.OUTSIDE_SCHEDULE, ruled(access=(replace(STAFF, when="never"),)), rule="staff"),
    Shown(
        Reason.PREREQUISITE_LAPSED,
        ruled(access=(replace(STAFF, who=who("staff", valid=["training"])),)),
        rule="staff",
    ),
    Shown(
        Reason.FIRST_PERSON_NOT_IN,
        ruled(access=(replace(STAFF, first_person=frozenset({"guards"})),)),
        rule="staff",
    ),
    Shown(
        Reason.AREA_ARMED,
        put(ruled(areas=lab(arming=Arming(S, S, frozenset({"guards"})))), "areas", "lab", AreaRecord("armed_away")),
    ),
    Shown(Reason.PIN_REQUIRED, ruled(minimum=(least("m", "lab:in", require=Require.CARD_PIN),))),
    Shown(Reason.PIN_TIMEOUT, Trial, {"pin": "timeout"}),
    Shown(Reason.WRONG_PIN, Trial, {"pin": "wrong"}),
    Shown(Reason.INTERLOCK, put(ruled(interlocks=(APART,)), "doors", "front", DoorRecord("open"))),
    Shown(Reason.PASSBACK, tracked(PassbackMode.HARD, "lab")),
    Shown(Reason.TIMED_PASSBACK, tracked(PassbackMode.TIMED, "lab")),
    Shown(Reason.OCCUPANCY_MAX, lambda: Trial({"areas": lab(occupancy_max=1)}).at("bob", "lab")),
    Shown(Reason.OCCUPANCY_MIN, ruled(areas=lab(occupancy_min=2))),
    Shown(Reason.ESCORT_REQUIRED, ruled(access=(VISIT,))),
    Shown(
        Reason.WRONG_ESCORT,
        lambda: Trial({"access": (STAFF, access("visit", who("guests"), "lab:in", escort=ESCORT))}).waits(
            "vic", "escort", "guards"
        ),
    ),
    Shown(Reason.UNEXPECTED_LOCATION, tracked(PassbackMode.HARD, "vault")),
    Shown(Reason.INSPECTION_SELECTED, ruled(inspections=(inspection("i", who(), "lab:in", rate=1_000_000),))),
    Shown(Reason.SECOND_PERSON_PENDING, ruled(access=(replace(STAFF, two_person=TwoPerson(30 * S)),))),
]


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.reason.value)
def test_each_reason_decides(shown: Shown) -> None:
    found = shown.make().ask(**shown.asked)
    assert (found.reason, found.also_failed) == (shown.reason, shown.besides)
    assert not found.granted
    assert (found.rule, found.source is not None) == (shown.rule, shown.rule is not None)


@pytest.mark.parametrize("shown", SHOWN[2:], ids=lambda shown: shown.reason.value)
def test_each_reason_is_among_the_others(shown: Shown) -> None:
    """Under a reader that is not trusted: of all reasons but one the first."""
    trial = shown.make()
    trial.state.devices.put("lab-in", DeviceRecord("distrusted"))
    found = trial.ask(**shown.asked)
    assert found.reason is Reason.READER_OUT_OF_SERVICE
    assert found.also_failed == (shown.reason, *shown.besides)
    assert found.rule is None, "the rule belongs to the reason that decides"


def test_a_reader_that_is_not_trusted_is_among_the_others_of_a_pin_nobody_could_check() -> None:
    trial = put(Trial, "devices", "lab-in", DeviceRecord("distrusted"))()
    assert trial.ask(pin="unavailable").failed == (Reason.AUTHENTICATION_UNAVAILABLE, Reason.READER_OUT_OF_SERVICE)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"begins": MONDAY + 1}, "credential_not_yet_active"),
        ({"begins": MONDAY}, "granted"),
        ({"ends": MONDAY + 1}, "granted"),
        ({"ends": MONDAY}, "credential_expired"),
    ],
)
def test_the_times_of_the_holder_count_as_those_of_the_card(changes: dict[str, int], reason: str) -> None:
    assert Trial(persons=ann(**changes)).says() == reason
    card = Credential("c-x", "ann", **changes)  # type: ignore[arg-type]
    assert Trial(cards=(card,)).says(token="c-x") == reason


def test_nothing_speaks_against_a_plain_grant() -> None:
    found = Trial().ask()
    assert (found.reason, found.granted, found.rule, found.failed) == (Reason.GRANTED, True, "staff", ())


def test_what_is_noted_does_not_deny() -> None:
    soft = tracked(PassbackMode.SOFT, "lab")
    found = soft().ask(pin="duress")
    assert (found.reason, found.granted) == (Reason.GRANTED, True)
    assert found.flags == (Reason.GRANTED_SOFT_PASSBACK, Reason.GRANTED_DURESS)
    assert found.rule == "staff"


def test_every_reason_is_shown_here_or_said_to_come_from_elsewhere() -> None:
    noted = {Reason.GRANTED, Reason.GRANTED_SOFT_PASSBACK, Reason.GRANTED_DURESS}
    assert {shown.reason for shown in SHOWN} | noted | NOT_OF_DECIDE.keys() == set(Reason)


def test_the_order_is_that_of_the_vocabulary() -> None:
    assert [reason.value for reason in Reason][: len(ORDER)] == ORDER
    assert [PRECEDENCE[shown.reason] for shown in SHOWN] == sorted(PRECEDENCE[shown.reason] for shown in SHOWN)


def test_all_that_can_fail_together_is_said_in_order() -> None:
    trial = Trial(
        {
            "access": (),
            "deny": (denial("no", who(), "lab:in"),),
            "limits": (limit("l", who(), max_uses=1, max_days=1, inactive_after=1),),
            "minimum": (least("m", "lab:in", require=Require.CARD_PIN, two_person=TwoPerson(S), escort=ESCORT),),
            "areas": {
                "lobby": area("lobby", passback=Passback(PassbackMode.HARD)),
                "lab": area("lab", passback=Passback(PassbackMode.HARD), occupancy_max=1, occupancy_min=9),
            },
            "interlocks": (APART,),
            "inspections": (inspection("i", who(), "lab:in", rate=0),),
        },
        persons=ann(blocked=True, begins=MONDAY + 1, ends=MONDAY - 1),
    )
    state = trial.at("ann", "vault").at("bob", "lab").state
    state.devices.put("lab-in", DeviceRecord("distrusted"))
    state.doors.put("front", DoorRecord("unknown"))
    state.doors.put("lab", DoorRecord("closed", (Layer("locked_down", "x", "lock"),)))
    state.uses.put("c-ann", Use(1, 1, 1, 1))
    state.pins.put("c-ann", PinRecord(locked_until=T + 1))
    state.areas.put("lab", AreaRecord("triggered"))
    state.inspections.put("ann", InspectionRecord("lab", T + 1))
    assert [reason.value for reason in trial.ask(age=3 * S, pin="wrong").failed] == [
        "reader_out_of_service",
        "stale_read",
        "credential_not_yet_active",
        "credential_expired",
        "credential_inactive",
        "max_uses",
        "max_days",
        "person_blocked",
        "pin_lockout",
        "lockdown",
        "denied_by_rule",
        "area_armed",
        "wrong_pin",
        "interlock",
        "occupancy_max",
        "occupancy_min",
        "escort_required",
        "unexpected_location",
        "inspection_selected",
        "second_person_pending",
    ]
