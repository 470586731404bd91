"""Random policies, people, moments and states, for decisions to be compared over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from rules.access import Request
from rules.model.stamp import ClockState, Stamp
from rules.people import Credential, CredentialStatus, Person
from rules.policy import AccessPolicy, AreaPolicy, Arming, DenyPolicy, Direction, Policy
from rules.state import AreaRecord, DeviceRecord, DoorRecord, Layer, PinRecord, ReaderRecord, State
from tests.rules.builder import HERE, IN, OUT, WEEK, S, deny, door, grant, interval, minimum, policy, schedule

HIGHEST_FIRST = [
    ("fire", "release"),
    ("emergency_release", "pressed"),
    ("locked_down", "lock"),
    ("locked_open", "unlock"),
    ("blocked", "lock"),
    ("operator", "unlock"),
    ("operator", "lock"),
    ("schedule", "unlock"),
]


@dataclass(frozen=True)
class Case:
    policy: Policy
    persons: list[Person]
    cards: list[Credential]
    state: State
    request: Request
    stamp: Stamp


GROUPS = ["staff", "crew", "nights"]
ATTRIBUTES = [("company", "acme"), ("training", "valid")]
DOORS = ["front", "lab"]
SCHEDULES = ["office", "nights", "sundays", "always", "never"]
MOMENTS = {
    "Europe/London": ["2026-03-29T00:00", "2026-10-25T00:00"],
    "America/New_York": ["2026-03-08T06:00", "2026-11-01T05:00"],
    "America/Asuncion": ["2024-03-24T03:00", "2023-10-01T04:00"],
    "Asia/Beirut": ["2026-03-28T22:00", "2026-10-24T21:00"],
}


def some(values: list[str], most: int = 3) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=most)


def ways() -> st.SearchStrategy[list[tuple[str, Direction]]]:
    return st.lists(st.tuples(st.sampled_from(DOORS), st.sampled_from([IN, OUT])), min_size=1, max_size=4, unique=True)


ATTRS = st.lists(st.sampled_from(ATTRIBUTES), max_size=2, unique=True).map(tuple)


@st.composite
def rules(draw: st.DrawFn, make: type[AccessPolicy] | type[DenyPolicy]) -> AccessPolicy | DenyPolicy:
    build = grant if make is AccessPolicy else deny
    name = f"r{draw(st.integers(0, 10**9))}"
    return build(name, draw(ways()), draw(some(GROUPS)), draw(st.sampled_from(SCHEDULES)), draw(ATTRS))


def moments(zone: str) -> st.SearchStrategy[int]:
    near = st.sampled_from([int(datetime.fromisoformat(m).replace(tzinfo=UTC).timestamp()) for m in MOMENTS[zone]])
    return st.builds(lambda base, minute, us: (base + minute * 60) * S + us, near, st.integers(-4000, 4000), US)


US = st.sampled_from([0, 1, 59_999_999])


@st.composite
def policies(draw: st.DrawFn, zone: str) -> Policy:
    days = [datetime.fromisoformat(m).date() for m in MOMENTS[zone]]
    near: list[date] = [d + timedelta(days=n) for d in days for n in (-1, 0, 1)]
    access = draw(st.lists(rules(AccessPolicy), max_size=4, unique_by=lambda r: r.id))
    denials = draw(st.lists(rules(DenyPolicy), max_size=2, unique_by=lambda r: r.id))
    demands = draw(st.lists(st.tuples(st.sampled_from(DOORS), st.sampled_from(SCHEDULES)), max_size=2))
    armed = draw(some(GROUPS, 1))
    return policy(
        timezone=zone,
        holidays=draw(st.dictionaries(st.sampled_from(near), st.sampled_from(["half_day", "holiday"]), max_size=3)),
        doors=(
            door("front", readers_in=("front-in",), readers_out=("front-out",)),
            door("lab", between=("lobby", "lab"), readers_in=("lab-in",), readers_out=("lab-out",)),
        ),
        schedules=(
            schedule("office", interval(WEEK, 7 * 60, 19 * 60), interval((), 7 * 60, 12 * 60, ["half_day"])),
            schedule("sundays", interval({6}, 0, 1440), interval({5}, 23 * 60, 26 * 60, ["holiday"])),
        ),
        access=tuple(access),
        deny=tuple(denials),
        minimum=tuple(minimum(f"m{n}", [d], when) for n, (d, when) in enumerate(demands)),
        areas={
            "outside": AreaPolicy("outside", HERE, None),
            "lobby": AreaPolicy("lobby", HERE, Arming(S, S, armed)),
            "lab": AreaPolicy("lab", HERE, Arming(S, S, draw(some(GROUPS, 2)))),
        },
        zones=(),
        fire={},
    )


def validity(now: int) -> st.SearchStrategy[int | None]:
    return st.sampled_from([None, None, None, None, now - 1, now, now + 1])


@st.composite
def persons(draw: st.DrawFn, id: str, now: int) -> Person:
    return Person(
        id,
        draw(some(GROUPS)),
        draw(ATTRS),
        draw(st.sampled_from([False, False, False, True])),
        draw(validity(now)),
        draw(validity(now)),
    )


@st.composite
def cards(draw: st.DrawFn, token: str, now: int) -> Credential:
    who = draw(st.sampled_from(["p1", "p2", "p1", "p2", None, "p-gone"]))
    status = draw(st.sampled_from([CredentialStatus.ACTIVE] * 4 + list(CredentialStatus)))
    return Credential(token, who, status, draw(validity(now)), draw(validity(now)))


@st.composite
def states(draw: st.DrawFn, t: int) -> State:
    state = State()
    limits = st.sampled_from([None, None, t - 1, t, t + 1])
    layer = st.sampled_from(HIGHEST_FIRST)
    for id in DOORS:
        found = draw(st.one_of(st.just([]), st.lists(layer, max_size=3, unique=True)))
        state.doors.put(id, DoorRecord(layers=tuple(Layer(name, f"by-{value}", value) for name, value in found)))
    for id in ("lobby", "lab"):
        state.areas.put(
            id, AreaRecord(draw(st.sampled_from(["disarmed", "arming", "armed_away", "pending", "triggered"])))
        )
    for id in ("front-in", "lab-in", "lab-out"):
        state.devices.put(id, DeviceRecord(draw(st.sampled_from(["online", "online", "offline", "distrusted"]))))
        state.readers.put(id, ReaderRecord(locked_until=draw(limits)))
    state.pins.put("c1", PinRecord(locked_until=draw(limits)))
    return state


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone = draw(st.sampled_from(sorted(MOMENTS)))
    utc, t = draw(moments(zone)), 10_000 * S
    id, way = draw(st.sampled_from(DOORS)), draw(st.sampled_from([IN, OUT]))
    fault = draw(st.sampled_from([None, None, None, "bad_format"]))
    request = Request(
        id,
        way,
        None if fault else draw(st.sampled_from(["c1", "c1", "c2", "c2", "c-unknown"])),
        f"{id}-{way.value}",
        draw(st.sampled_from([0, 0, 2_000_000, 2_000_001])),
        fault,
        draw(st.sampled_from(["none", "none", "ok", "ok", "wrong", "timeout", "unavailable", "nonsense"])),
    )
    people = [draw(persons(p, utc)) for p in ("p1", "p2")]
    tokens = [draw(cards(c, utc)) for c in ("c1", "c2")]
    stamp = Stamp(t, utc, ClockState.OK, "00" * 16)
    return Case(draw(policies(zone)), people, tokens, draw(states(t)), request, stamp)
