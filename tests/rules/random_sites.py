"""Random people, moments, states and requests on random policies, for decisions to be compared over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from rules.asked import Request
from rules.compile import compile_site
from rules.model.events.access import Use
from rules.people import Credential, CredentialStatus, People, Person
from rules.policy import Policy
from rules.site import Site
from rules.state import (
    AreaRecord,
    DeviceRecord,
    DoorRecord,
    FirstRecord,
    InspectionRecord,
    Layer,
    Passage,
    PinRecord,
    PlaceRecord,
    ReaderRecord,
    Release,
    State,
    SystemRecord,
    Waiting,
    WaitRecord,
)
from tests.rules.builder import S
from tests.rules.dice import Dice, rolled
from tests.rules.random_policies import BETWEEN, DAYS, DOORS, GROUPS, MOMENTS, WAYS, direction, random_policy, utc
from tests.rules.reference.case import HIGHEST_FIRST, Case

PERSONS = ["p1", "p2", "p3"]
T = 10_000 * S
MINUTE = 60 * S


def case(dice: Dice) -> Case:
    zone = dice.one(sorted(MOMENTS))
    odd = utc(dice.one(MOMENTS[zone]))
    reach = dice.one([90, 90, 4000])
    now = odd + (dice.below(2 * reach + 1) - reach) * MINUTE + dice.one([0, 0, 1, 59_999_999])
    found = request(dice, now)
    people = [person(dice, id, now, zone) for id in PERSONS]
    cards = [card(dice, token, now) for token in ("c1", "c2", "c3")]
    policy = random_policy(dice, zone, odd)
    return Case(policy, people, cards, state(dice, now, policy), found)


def cases() -> st.SearchStrategy[Case]:
    return rolled(case)


def built(policy: Policy, case: Case) -> Site:
    return compile_site(policy, People.of(1, case.persons, case.cards), "h")


# -- who asks ------------------------------------------------------------------------------------------------------


def request(dice: Dice, now: int) -> Request:
    door, way = direction(dice.one(WAYS))
    fault = "bad_format" if dice.rarely(40) else None
    pins = ["ok", "ok", "ok", "ok", "ok", "duress", "duress", "wrong", "timeout", "unavailable", "nonsense"]
    return Request(
        door,
        way,
        None if fault else dice.one([*["c1"] * 18, "c2", "c-unknown"]),
        f"{door}-{way.value}",
        T,
        now,
        dice.one([2_000_000, 2_000_001]) if dice.rarely(24) else 0,
        fault,
        dice.one(pins) if dice.rarely(4) else "none",
        "pin" if dice.rarely(16) else "card",
        f"{dice.below(256):032x}",
    )


def person(dice: Dice, id: str, now: int, zone: str) -> Person:
    today = datetime.fromtimestamp(now // S, UTC).astimezone(ZoneInfo(zone)).date()
    dates = [(today + timedelta(days=n)).isoformat() for n in (-1, 0, 1)]
    attributes = {
        "company": dice.one(["acme", "zed", None]),
        "role": dice.one(["chief", None]),
        "training": dice.one(["valid", *dates, "soon", None]),
        "clearance": dice.one([None, "valid", *dates, dates[0].replace("-", "")]),
    }
    having = tuple((name, value) for name, value in attributes.items() if value is not None)
    return Person(
        id, frozenset(dice.some(GROUPS, 3)), having, dice.rarely(24), validity(dice, now), validity(dice, now)
    )


def card(dice: Dice, token: str, now: int) -> Credential:
    who = dice.one([None, "p-gone", *PERSONS]) if dice.rarely(12) else token.replace("c", "p")
    status = dice.one(list(CredentialStatus)) if dice.rarely(16) else CredentialStatus.ACTIVE
    return Credential(token, who, status, validity(dice, now), validity(dice, now))


def validity(dice: Dice, now: int) -> int | None:
    return now + dice.one([-1, 0, 1, -DAYS, DAYS, 90 * MINUTE]) if dice.rarely(20) else None


# -- states --------------------------------------------------------------------------------------------------------


def state(dice: Dice, now: int, policy: Policy) -> State:
    """Each table is often as it is at rest, so that much is granted."""
    found = State()
    for id in DOORS:
        found.doors.put(id, DoorRecord("closed"))
    for put in (_doors, _readers, _people, _uses, _entries, _levels):
        if dice.rarely(3):
            put(dice, found, now)
    for way in _in_company(policy):
        if dice.rarely(2):
            persons = dice.some([*PERSONS, "p2", "p3", "p-gone"], 2, 1)
            found.waits.put(way, WaitRecord(tuple(_waiting(dice, id) for id in persons)))
        door, _ = direction(way)
        if dice.rarely(6):
            found.doors.put(door, replace(found.door(door), release=_release(dice, door)))
    return found


def _in_company(policy: Policy) -> list[str]:
    """The ways on which anybody could be waiting for somebody."""
    rules = [rule.doors for rule in policy.access if rule.two_person or rule.escort]
    rules += [rule.doors for rule in policy.minimum if rule.two_person or rule.escort]
    return [way for way in WAYS if any(direction(way) in doors for doors in rules)]


def _soon(dice: Dice) -> int:
    return T + dice.one([5 * S, 1, 0])


def _waiting(dice: Dice, person: str) -> Waiting:
    need, named = dice.one([("second", False), ("second", True), ("escort", True)])
    groups = tuple(sorted(dice.some(GROUPS, 2, 1))) if named else ()
    return Waiting(person, f"c{person[1:]}", "lab-in", "r1", need, groups, _soon(dice))


def _doors(dice: Dice, state: State, now: int) -> None:
    for id in DOORS:
        layers = tuple(Layer(*pair) for pair in _layers(dice)) if dice.rarely(2) else ()
        position = dice.one(["closed", "closed", "closed", "closed", "open", "unknown"])
        state.doors.put(id, DoorRecord(position, layers, _release(dice, id) if dice.rarely(4) else None))


def _layers(dice: Dice) -> list[tuple[str, str, str]]:
    return [(layer, f"by-{value}", value) for layer, value in dice.some(HIGHEST_FIRST, 3)]


def _release(dice: Dice, door: str) -> Release:
    return Release("grant", T + dice.one([5 * S, 1, 0]), S, True, dice.many(lambda _: _passage(dice, door), 2))


def _passage(dice: Dice, door: str) -> Passage:
    way = dice.below(2)
    return Passage(dice.one(["p2", "p3", "p1", None, "p-gone"]), ["out", "in"][way], BETWEEN[door][way])


def _readers(dice: Dice, state: State, now: int) -> None:
    locked = [None, None, None, T - 1, T, T + 1]
    for way in WAYS:
        id = way.replace(":", "-")
        status = dice.one(["online", "online", "online", "offline", "distrusted"])
        state.devices.put(id, DeviceRecord(status))
        state.readers.put(id, ReaderRecord(locked_until=dice.one(locked)))
    state.pins.put("c1", PinRecord(locked_until=dice.one(locked)))


def _people(dice: Dice, state: State, now: int) -> None:
    for id in dict.fromkeys(["p1", *dice.some([*PERSONS, "p-gone", "p-other"], 4)]):
        where = dice.one(["lab", "lobby", "outside", "stores"])
        ago = dice.one([0, 1, 59 * S, 60 * S, 3600 * S, 30 * 3600 * S])
        state.places.put(id, PlaceRecord(where, T - ago, now - ago))


def _uses(dice: Dice, state: State, now: int) -> None:
    last = dice.one([0, now, now - DAYS, now - DAYS - 1, now - 3 * DAYS])
    ordinal = datetime.fromtimestamp(now // S, UTC).toordinal() + dice.below(3) - 1
    state.uses.put("c1", Use(dice.below(4), dice.below(4), ordinal, last))
    if dice.rarely(2):
        state.inspections.put("p1", InspectionRecord(dice.one(DOORS), _soon(dice)))


def _entries(dice: Dice, state: State, now: int) -> None:
    for place in ("lobby", "lab", "outside"):
        for group in dice.some(GROUPS, 3):
            ago = dice.one([0, 60, dice.below(60), dice.below(30 * 60)])
            state.firsts.put(f"{place}/{group}", FirstRecord(now - ago * MINUTE))


def _levels(dice: Dice, state: State, now: int) -> None:
    state.system.put("gateway", SystemRecord(threat=dice.one(["", "t1", "t2", "t-gone"])))
    for id in ("lobby", "lab", "outside"):
        state.areas.put(
            id, AreaRecord(dice.one(["disarmed", "disarmed", "arming", "armed_away", "pending", "triggered"]))
        )
