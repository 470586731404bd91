"""Random sites around exits, and random states of them: what decisions on ways out are looked at over."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hypothesis import strategies as st

from rules.asked import Request
from rules.policy import (
    Arming,
    DenyPolicy,
    Direction,
    Escort,
    InspectionPolicy,
    InterlockPolicy,
    Lock,
    Passback,
    PassbackMode,
    Policy,
    Require,
    Source,
    ThreatPolicy,
    TwoPerson,
    Who,
)
from rules.state import (
    AreaRecord,
    DoorRecord,
    FirstRecord,
    InspectionRecord,
    Layer,
    PlaceRecord,
    State,
    SystemRecord,
)
from tests.rules.answers.lint.clean import area, clean, front, grant, lab, minimum, on
from tests.rules.builder import IN, MONDAY, OUT, S

T = 10_000 * S
HERE = Source("rules.yaml", 7, 3)
GROUPS = ["staff", "crew", "guards"]
AREAS = ["outside", "lobby", "lab", "stores"]
TOKENS = ["c-ann", "c-bob", "c-cat"]
WHENS = ["always", "always", "daily", "never"]
MODES = ["armed_away", "pending", "triggered", "arming"]

Spoil = Callable[[Policy], Policy]

who = st.builds(Who, st.frozensets(st.sampled_from(GROUPS), max_size=2))
ways = st.lists(st.sampled_from([("front", IN), ("lab", IN), ("lab", OUT)]), min_size=1, max_size=2, unique=True).map(
    tuple
)
whens = st.sampled_from(WHENS)
two = st.sampled_from([None, TwoPerson(30 * S), TwoPerson(30 * S, "guards")])
escorts = st.sampled_from([None, None, Escort(frozenset({"guards"}), 30 * S)])
requires = st.sampled_from([Require.CARD, Require.CARD, Require.CARD_PIN])


@st.composite
def grants(draw: st.DrawFn) -> Spoil:
    made = grant(
        "more",
        draw(ways),
        draw(st.frozensets(st.sampled_from(GROUPS), min_size=1, max_size=2)),
        when=draw(whens),
        require=draw(requires),
        two_person=draw(two),
        escort=draw(escorts),
        first_person=draw(st.sampled_from([frozenset(), frozenset({"guards"})])),
        valid=draw(st.sampled_from([frozenset(), frozenset({"training"})])),
    )
    instead = draw(st.booleans())
    return lambda policy: on(policy, access=(*policy.access[: 1 if instead else 9], made))


@st.composite
def minimums(draw: st.DrawFn) -> Spoil:
    made = minimum("m", draw(ways), draw(whens), require=draw(requires), two_person=draw(two), escort=draw(escorts))
    return lambda policy: on(policy, minimum=(*policy.minimum, made))


@st.composite
def denials(draw: st.DrawFn) -> Spoil:
    made = DenyPolicy("d", HERE, draw(who), draw(ways), draw(whens))
    if draw(st.booleans()):
        return lambda policy: on(policy, deny=(made,))
    return lambda policy: on(policy, threats=(ThreatPolicy("high", HERE, 1, (made,)),))


@st.composite
def inspections(draw: st.DrawFn) -> Spoil:
    made = InspectionPolicy("i", HERE, draw(who), draw(ways), 500_000, draw(whens), 60 * S)
    return lambda policy: on(policy, inspections=(made,))


@st.composite
def area_rules(draw: st.DrawFn) -> Spoil:
    id = draw(st.sampled_from(AREAS))
    mode = draw(st.sampled_from([None, *PassbackMode]))
    made = area(
        id,
        passback=Passback(mode, 60 * S) if mode else None,
        occupancy_max=draw(st.sampled_from([None, None, 1])),
        occupancy_min=draw(st.sampled_from([None, None, None, 2])),
        arming=draw(st.sampled_from([None, None, Arming(S, S, frozenset({"crew"})), Arming(S, S, frozenset())])),
    )
    return lambda policy: on(policy, areas={**policy.areas, id: made})


@st.composite
def door_rules(draw: st.DrawFn) -> Spoil:
    blocked = draw(st.sampled_from(["daily", "never"]))
    exits = draw(st.sampled_from([frozenset({OUT}), frozenset[Direction]()]))
    joined = draw(st.booleans())
    changed = {"blocked": blocked, "egress": exits, "lock": Lock("io.out1", True, "safe" if not exits else "secure")}
    changed["egress_by"] = front().egress_by if exits else None
    interlock = (InterlockPolicy("i", HERE, ("front", "store")),) if joined else ()
    return lambda policy: on(policy, doors={**policy.doors, "front": front(**changed)}, interlocks=interlock)


spoils = st.lists(
    st.one_of(grants(), minimums(), denials(), inspections(), area_rules(), door_rules()), min_size=1, max_size=3
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    policy = clean(lab(readers_out=draw(st.sampled_from([("lab-out",), ("lab-out",), ()]))))
    for spoil in draw(spoils):
        policy = spoil(policy)
    return policy


def state_of(policy: Policy, rng: Random) -> State:
    """Any state that a site with these rules can be in; what operators do to a door is left out."""
    state = State()
    for id, door in policy.doors.items():
        layers = [[], [], [Layer("locked_down", "lockdown", "lock")], [Layer("fire", "panel", "release")]]
        if door.blocked not in (None, "never"):
            layers += [[Layer("blocked", "schedule", "lock")]] * 4
        position = rng.choice(["open", "closed"])
        state.doors.put(id, DoorRecord(position=position, layers=tuple(rng.choice(layers))))
    for id, one in policy.areas.items():
        if one.arming is not None:
            state.areas.put(id, AreaRecord(rng.choice(MODES)))
    for token in TOKENS:
        place = rng.choice([None, *AREAS])
        if place is not None:
            state.places.put(f"p-{token[2:]}", PlaceRecord(place, T - S, MONDAY - S))
    if policy.threats:
        state.system.put("gateway", SystemRecord(threat=rng.choice(["", "high"])))
    if any(i.when != "never" for i in policy.inspections) and rng.random() < 0.5:
        state.inspections.put("p-ann", InspectionRecord(rng.choice(["front", "lab"]), T + S))
    if rng.random() < 0.5:
        state.firsts.put("lobby/guards", FirstRecord(MONDAY - S))
    return state


def request_of(rng: Random) -> Request:
    """Somebody shows their card at a reader on the way out."""
    door, hours = rng.choice(["front", "lab"]), rng.randrange(24)
    return Request(
        door,
        OUT,
        rng.choice(TOKENS),
        f"{door}-out",
        T,
        MONDAY + hours * 3600 * S,
        entropy=f"{rng.getrandbits(64):032x}",
    )
