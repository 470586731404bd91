"""A small site, built from policy values: what the tests of the rules live in.

Areas outside, lobby, lab (armed). Doors: `front` (egress, schedule, call point, fire), `lab` (keypad, double leaf,
magnet, journal required), `store` (no contacts, egress, timer), `gate` (a controller's own).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

from rules.compile import compile_site
from rules.model.points import PointKind, Sensed
from rules.people import Credential, CredentialStatus, People, Person
from rules.policy import (
    AccessPolicy,
    AreaPolicy,
    Arming,
    ControllerPolicy,
    DenyPolicy,
    DevicePolicy,
    Direction,
    DoorPolicy,
    EgressBy,
    FirePolicy,
    Input,
    Interval,
    Lock,
    MinimumPolicy,
    OperatorPolicy,
    Policy,
    ReaderPolicy,
    Relock,
    Require,
    Rex,
    Role,
    SchedulePolicy,
    Source,
    Who,
    ZonePolicy,
    ZoneType,
)
from rules.site import Site

S = 1_000_000
HERE = Source("site.yaml", 1, 1)
IN, OUT = Direction.IN, Direction.OUT
WEEK = frozenset(range(5))
MONDAY = int(datetime(2026, 11, 23, 10, 0, tzinfo=UTC).timestamp()) * S  # 10:00 in London
SUNDAY = int(datetime(2026, 11, 22, 10, 0, tzinfo=UTC).timestamp()) * S


def circuit(point: str, active: Sensed = Sensed.CLOSED) -> Input:
    return Input(point, active)


def detector(point: str) -> Input:
    return Input(point, None)


def door(id: str, **changes: Any) -> DoorPolicy:
    plain = DoorPolicy(
        id=id,
        source=HERE,
        between=("outside", "lobby"),
        readers_in=(),
        readers_out=(),
        lock=None,
        contacts=(),
        rex=(),
        egress=frozenset(),
        egress_by=None,
        emergency_release=None,
        tamper=(),
        release_time=5 * S,
        extended_release_time=15 * S,
        open_time=20 * S,
        extended_open_time=60 * S,
        pre_alarm_time=5 * S,
        relock=Relock.TIMER,
        unlock=None,
        journal_required=False,
    )
    return replace(plain, **changes)


def front(**changes: Any) -> DoorPolicy:
    return door(
        "front",
        **{
            "readers_in": ("front-in",),
            "readers_out": ("front-out",),
            "lock": Lock("io.out1", True, "secure"),
            "contacts": (circuit("io.in1", Sensed.OPEN),),
            "rex": (Rex(circuit("io.in2"), "button", True, 30 * S),),
            "egress": frozenset({OUT}),
            "egress_by": EgressBy.MECHANICAL,
            "emergency_release": circuit("io.in3"),
            "tamper": (circuit("io.in4", Sensed.OPEN),),
            "relock": Relock.ON_CLOSE,
            "unlock": "office",
            **changes,
        },
    )


def lab(**changes: Any) -> DoorPolicy:
    return door(
        "lab",
        **{
            "between": ("lobby", "lab"),
            "readers_in": ("lab-in",),
            "readers_out": ("lab-out",),
            "lock": Lock("io.out2", False, "safe"),
            "contacts": (circuit("io.in5", Sensed.OPEN), circuit("io.in6", Sensed.OPEN)),
            "rex": (
                Rex(circuit("io.in7"), "pir", False, 30 * S),
                Rex(circuit("io.in8"), "button", True, 30 * S),
            ),
            "relock": Relock.ON_OPEN,
            "journal_required": True,
            **changes,
        },
    )


def store(**changes: Any) -> DoorPolicy:
    return door(
        "store",
        **{
            "between": ("lobby", "stores"),
            "readers_in": ("store-in",),
            "readers_out": ("store-out",),
            "lock": Lock("io2.out1", True, "secure"),
            "rex": (Rex(circuit("io2.in1"), "button", True, 30 * S),),
            "egress": frozenset({OUT}),
            "egress_by": EgressBy.DIRECT_REX,
            **changes,
        },
    )


def gate(**changes: Any) -> DoorPolicy:
    return door("gate", **{"readers_in": ("gate-ctl",), "controller": "gate-ctl", **changes})


def interval(days: Iterable[int], start: int, end: int, types: Iterable[str] = ()) -> Interval:
    """start, end: minutes of the local day."""
    return Interval(frozenset(days), frozenset(types), start, end)


def schedule(id: str, *intervals: Interval) -> SchedulePolicy:
    return SchedulePolicy(id, HERE, intervals)


def grant(
    id: str,
    doors: Iterable[tuple[str, Direction]],
    groups: Iterable[str] = (),
    when: str = "always",
    attributes: tuple[tuple[str, str], ...] = (),
) -> AccessPolicy:
    return AccessPolicy(id, HERE, Who(frozenset(groups), attributes), tuple(doors), when)


def deny(
    id: str,
    doors: Iterable[tuple[str, Direction]],
    groups: Iterable[str] = (),
    when: str = "always",
    attributes: tuple[tuple[str, str], ...] = (),
) -> DenyPolicy:
    return DenyPolicy(id, HERE, Who(frozenset(groups), attributes), tuple(doors), when)


def minimum(id: str, doors: Iterable[str], when: str = "always") -> MinimumPolicy:
    return MinimumPolicy(id, HERE, tuple((door, IN) for door in doors), Require.CARD_PIN, when)


ZONES = (
    ZonePolicy("lab-door", HERE, detector("pirs.in1"), "lab", ZoneType.ENTRY_EXIT),
    ZonePolicy("lab-hall", HERE, detector("pirs.in2"), "lab", ZoneType.FOLLOWER),
    ZonePolicy("lab-window", HERE, circuit("pirs.in3", Sensed.OPEN), "lab", ZoneType.PERIMETER),
    ZonePolicy("lab-pir", HERE, detector("pirs.in4"), "lab", ZoneType.INTERIOR),
    ZonePolicy("lab-safe", HERE, detector("pirs.in5"), "lab", ZoneType.ALWAYS),
    ZonePolicy("lab-case", HERE, detector("pirs.in6"), "lab", ZoneType.TAMPER),
)

ROLES = {"vera": Role.VIEWER, "gus": Role.GUARD, "sue": Role.SUPERVISOR, "ada": Role.ADMIN}


def _device(id: str, link: str, inputs: int, outputs: int, *extra: str) -> DevicePolicy:
    points = {f"in{n + 1}": PointKind.CIRCUIT for n in range(inputs)}
    points |= {f"out{n + 1}": PointKind.OUTPUT for n in range(outputs)}
    return DevicePolicy(id, link, points | dict.fromkeys(extra, PointKind.DETECTOR))


def policy(**changes: Any) -> Policy:
    """The small site; any part of it can be replaced."""
    doors = changes.pop("doors", None) or (front(), lab(), store(), gate())
    readers = {r: d for d in doors for r in (*d.readers_in, *d.readers_out)}
    zones = changes.pop("zones", ZONES)
    schedules = (
        *(
            schedule("office", interval(WEEK, 7 * 60, 19 * 60), interval((), 7 * 60, 12 * 60, ["half_day"])),
            schedule("nights", interval(WEEK, 22 * 60, 30 * 60)),
            schedule("always"),
            schedule("never"),
        ),
        *changes.pop("schedules", ()),
    )
    fire = (
        FirePolicy("panel", HERE, circuit("io.in11", Sensed.OPEN), ("front", "lab"), False),
        FirePolicy("stairs", HERE, circuit("io.in12", Sensed.OPEN), ("front",), True),
    )
    parts: dict[str, Any] = {
        "site": "hq",
        "gateway": "gw1",
        "timezone": "Europe/London",
        "holidays": {date(2026, 12, 24): "half_day", date(2026, 12, 25): "holiday"},
        "areas": {
            "outside": AreaPolicy("outside", HERE, None),
            "lobby": AreaPolicy("lobby", HERE, None),
            "stores": AreaPolicy("stores", HERE, None),
            "lab": AreaPolicy("lab", HERE, Arming(30 * S, 20 * S, frozenset({"keyholders"}))),
        },
        "devices": {
            d.id: d
            for d in (
                _device("io", "io-link", 12, 2, "tamper", "power", "battery"),
                _device("io2", "io2-link", 2, 2),
                _device("pirs", "broker", 6, 0),
                *(_device(r, "north", 0, 0, "tamper") for r in readers if r != "gate-ctl"),
            )
        },
        "controllers": {"gate-ctl": ControllerPolicy("gate-ctl", HERE, bytes(32), "deny")},
        "readers": {r: ReaderPolicy(r, ("h10301",), r == "lab-in", r == "gate-ctl") for r in readers},
        "doors": {d.id: d for d in doors},
        "zones": {z.id: z for z in zones},
        "fire": {f.id: f for f in fire},
        "schedules": {s.id: s for s in schedules},
        "access": (
            grant("staff-all", [(d.id, w) for d in doors if d.id != "lab" for w in (IN, OUT)], ["staff"]),
            grant("lab-crew", [("lab", IN), ("lab", OUT)], ["crew"]),
            grant("night-shift", [("front", IN)], ["nights"], "nights"),
        ),
        "minimum": (minimum("lab-pin", ["lab"]),),
        "deny": (deny("acme-out", [(d.id, IN) for d in doors], attributes=(("company", "acme"),)),),
        "operators": {who: OperatorPolicy(who, HERE, role, bytes(32)) for who, role in ROLES.items()},
    }
    unknown = changes.keys() - {part.name for part in fields(Policy)}
    assert not unknown, unknown
    return Policy(**(parts | changes))


PERSONS = (
    Person("p-ann", frozenset({"staff", "crew", "keyholders"}), has_pin=True),
    Person("p-bob", frozenset({"staff"})),
    Person("p-cat", frozenset({"staff", "crew"}), has_pin=True),
    Person("p-eve", frozenset({"staff"}), (("company", "acme"),)),
    Person("p-nick", frozenset({"nights"})),
    Person("p-blocked", frozenset({"staff"}), blocked=True),
    Person("p-old", frozenset({"staff"}), ends=MONDAY - S),
    Person("p-slow", frozenset({"staff", "crew"}), extended=True, has_pin=True),
    Person("p-none", frozenset()),
)

CREDENTIALS = (
    *(Credential(f"c-{p.id[2:]}", p.id) for p in PERSONS),
    Credential("c-disabled", "p-bob", CredentialStatus.DISABLED),
    Credential("c-lost", "p-bob", CredentialStatus.LOST),
    Credential("c-stolen", "p-bob", CredentialStatus.STOLEN),
    Credential("c-spare", None),
    Credential("c-early", "p-bob", begins=MONDAY + 365 * 86_400 * S),
    Credential("c-late", "p-bob", ends=MONDAY - 1),
)


def people(*persons: Person, credentials: Iterable[Credential] = ()) -> People:
    """The usual people, with more persons (card `c-<name>` each) and credentials."""
    cards = (*CREDENTIALS, *(Credential(f"c-{p.id[2:]}", p.id) for p in persons), *credentials)
    return People.of(7, (*PERSONS, *persons), cards)


def site(found: People | None = None, **changes: Any) -> Site:
    return compile_site(policy(**changes), found or people(), "hash-1")
