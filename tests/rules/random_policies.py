"""Random policies: every rule of the language, over few enough names that they meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from rules.policy import (
    AccessPolicy,
    AreaPolicy,
    Arming,
    DenyPolicy,
    Direction,
    DoorPolicy,
    Escort,
    GroupPolicy,
    InspectionPolicy,
    LimitPolicy,
    MinimumPolicy,
    Passback,
    PassbackMode,
    Policy,
    Require,
    TwoPerson,
    Who,
)
from tests.rules.builder import IN, OUT, S, circuit, door, policy
from tests.rules.dice import Dice
from tests.rules.random_schedules import LIKELY, SCHEDULES, holidays, schedules
from tests.rules.wording import access, area, denial, group, inspection, interlock, least, limit, threat

GROUPS = ["staff", "crew", "nights", "guards", "guests"]
NAMED = ["p1", "p2", "p3"]
VALUES = [("company", "acme"), ("company", "zed"), ("role", "chief")]
VALID = ["training", "clearance"]
DOORS = ["front", "lab", "side"]
BETWEEN = {"front": ("outside", "lobby"), "lab": ("lobby", "lab"), "side": ("outside", "lab")}
WAYS = [f"{d}:{w.value}" for d in DOORS for w in (IN, OUT)]
MOMENTS = {
    "Europe/London": ["2026-03-29T00:00", "2026-10-25T00:00", "2027-01-01T00:00"],
    "America/New_York": ["2026-03-08T06:00", "2026-11-01T05:00", "2026-01-01T05:00"],
    "America/Asuncion": ["2024-03-24T03:00", "2023-10-01T04:00"],
    "Asia/Beirut": ["2026-03-28T22:00", "2026-10-24T21:00"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],
    "Pacific/Apia": ["2011-12-30T10:00", "2012-03-31T14:00"],
    "Pacific/Kiritimati": ["1994-12-31T10:40", "2026-12-31T10:00"],
}
DAYS = 86_400 * S
REQUIRES = [*[Require.CARD] * 8, *Require]


def utc(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * S


def direction(way: str) -> tuple[str, Direction]:
    name, _, to = way.partition(":")
    return name, Direction(to)


# -- whom, where ---------------------------------------------------------------------------------------------------


def who(dice: Dice, deep: int = 2) -> Who:
    """Often a group or two, sometimes everybody, now and then all that can be said. deep: how far `but` nests."""
    kind = dice.below(6)
    if kind < 4:
        return Who(frozenset(dice.some(GROUPS, 3, 1) if kind else ()))
    return Who(
        frozenset(dice.some(GROUPS, 2)),
        tuple(dice.some(VALUES, 3)),
        frozenset(dice.some(NAMED, 2) if dice.rarely(4) else ()),
        frozenset(),
        tuple(who(dice, deep - 1) for _ in range(1 + dice.below(2))) if deep and dice.rarely(3) else (),
    )


def doorways(dice: Dice) -> list[str]:
    return WAYS if dice.below(3) else dice.some(WAYS, 4, 1)


def second(dice: Dice) -> TwoPerson | None:
    return TwoPerson(dice.one([30, 30, 45]) * S, dice.one([None, *GROUPS])) if dice.rarely(8) else None


def escort(dice: Dice) -> Escort | None:
    return Escort(frozenset(dice.some(GROUPS, 2, 1)), dice.one([30, 30, 45]) * S) if dice.rarely(10) else None


# -- rules ---------------------------------------------------------------------------------------------------------


def grant(dice: Dice, n: int) -> AccessPolicy:
    meant = who(dice)
    return access(
        f"r{dice.below(9)}{n}",
        replace(meant, valid=frozenset(dice.some(VALID, 2, 1))) if dice.rarely(10) else meant,
        *doorways(dice),
        when=dice.one(LIKELY),
        require=dice.one(REQUIRES),
        two_person=second(dice),
        escort=escort(dice),
        first_person=frozenset(dice.some(GROUPS, 2, 1) if dice.rarely(10) else ()),
    )


def minimum(dice: Dice, n: int) -> MinimumPolicy:
    factors = dice.one([None, None, *Require])
    return least(
        f"m{n}",
        *doorways(dice),
        when=dice.one(SCHEDULES),
        require=factors,
        two_person=second(dice),
        escort=escort(dice),
    )


def denied(dice: Dice, n: int) -> DenyPolicy:
    return denial(f"d{dice.below(9)}{n}", who(dice), *doorways(dice), when=dice.one(LIKELY))


def inspected(dice: Dice, n: int) -> InspectionPolicy:
    rate = dice.one([0, 1, 500_000, 500_000, 999_999, 1_000_000])
    return inspection(f"i{n}", who(dice), *doorways(dice), rate=rate, when=dice.one(LIKELY))


def bounded(dice: Dice, n: int) -> LimitPolicy:
    bounds = {"max_uses": 1, "max_days": 1, "inactive_after": DAYS}
    what = dice.some(list(bounds), 2, 1)
    return limit(f"l{n}", who(dice), **{name: (1 + dice.below(3)) * bounds[name] for name in what})


# -- areas, doors, groups ------------------------------------------------------------------------------------------


def passback(dice: Dice) -> Passback:
    return Passback(
        dice.one([PassbackMode.HARD, *PassbackMode]),
        60 * S,
        who(dice) if dice.rarely(3) else None,
        tuple(dice.some([0, 30, 60, 90, 120, 150, 360, 1410], 2) if dice.rarely(3) else ()),
    )


def place(dice: Dice, id: str) -> AreaPolicy:
    return area(
        id,
        arming=Arming(S, S, frozenset(dice.some(GROUPS, 2))) if dice.rarely(2) else None,
        passback=passback(dice) if dice.rarely(2) else None,
        occupancy_max=1 + dice.below(3) if dice.rarely(4) else None,
        occupancy_min=2 + dice.below(2) if dice.rarely(12) else None,
    )


def _door(dice: Dice, id: str) -> DoorPolicy:
    """Some stand open or shut by schedule, after somebody came; no exit is free."""
    contacts = () if id == "side" else (circuit(f"io.{id}"),)
    unlock = dice.one(SCHEDULES) if dice.rarely(8) else None
    return door(
        id,
        readers_in=(f"{id}-in",),
        readers_out=(f"{id}-out",),
        between=BETWEEN[id],
        contacts=contacts,
        unlock=unlock,
        unlock_after=frozenset(dice.some(GROUPS, 2) if unlock else ()),
        blocked=dice.one(SCHEDULES) if dice.rarely(12) else None,
    )


def _groups(dice: Dice) -> dict[str, GroupPolicy]:
    """Some are made of others, each of earlier ones alone."""
    nested = [n for n in range(len(GROUPS)) if dice.rarely(3)]
    return {GROUPS[n]: group(GROUPS[n], *(_member(dice, n) for _ in range(dice.below(3)))) for n in nested}


def _member(dice: Dice, n: int) -> Who:
    return _of(who(dice), frozenset(dice.some(GROUPS[:n], 2) if n else ()))


def _of(who: Who, groups: frozenset[str]) -> Who:
    """The same of these groups, and so are those who are left out."""
    return replace(who, groups=groups, but=tuple(_of(left_out, groups) for left_out in who.but))


def random_policy(dice: Dice, zone: str, moment: int) -> Policy:
    """Around one moment, us since 1970, of a zone."""
    interlocks = dice.some([("front", "lab"), ("lab", "side"), tuple(DOORS)], 2) if dice.rarely(3) else []
    return policy(
        timezone=zone,
        holidays=holidays(dice, moment),
        doors=tuple(_door(dice, id) for id in DOORS),
        schedules=schedules(dice, zone, moment),
        access=(grant(dice, 0), *dice.many(lambda n: grant(dice, n + 1), 4)),
        minimum=dice.many(lambda n: minimum(dice, n), 2) if dice.rarely(3) else (),
        deny=dice.many(lambda n: denied(dice, n), 2) if dice.rarely(3) else (),
        limits=dice.many(lambda n: bounded(dice, n), 2) if dice.rarely(3) else (),
        inspections=dice.many(lambda n: inspected(dice, n), 2) if dice.rarely(4) else (),
        threats=tuple(threat(f"t{n}", n, *dice.many(lambda k: denied(dice, k), 2)) for n in (1, 2)),
        lockdown_exempt=who(dice) if dice.rarely(2) else None,
        interlocks=tuple(interlock(f"k{n}", *doors) for n, doors in enumerate(interlocks)),
        groups=_groups(dice),
        areas={id: place(dice, id) for id in ("outside", "lobby", "lab", "stores")},
        zones=(),
        fire={},
    )
