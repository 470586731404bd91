"""The doors, areas and groups of a generated site, and who may pass where: its Policy."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from rules.model.points import PointKind, Sensed
from rules.policy import (
    AccessPolicy,
    AreaPolicy,
    DenyPolicy,
    DevicePolicy,
    Direction,
    DoorPolicy,
    EgressBy,
    Input,
    Lock,
    MinimumPolicy,
    Policy,
    ReaderPolicy,
    Relock,
    Require,
    Rex,
    SchedulePolicy,
    Source,
    Who,
)
from tests.bench.engine import timetable
from tests.bench.engine.sizes import Size

Way = tuple[str, Direction]

IN, OUT = Direction.IN, Direction.OUT
FLOOR = 20
"""Doors of one floor."""
FIRMS = 30
SECOND = 1_000_000
_ENDLESS = tuple(SchedulePolicy(id, Source("schedules.yaml", 1, 1), ()) for id in ("always", "never"))


def group_ids(size: Size) -> list[str]:
    """`staff`, `contractors`, then departments (a third), then roles."""
    departments = (size.groups - 2) // 3
    roles = size.groups - 2 - departments
    return [
        "staff",
        "contractors",
        *(f"dept-{n:03}" for n in range(departments)),
        *(f"role-{n:03}" for n in range(roles)),
    ]


def policy(size: Size, seed: int) -> Policy:
    """The rules of the site: the same for the same size and seed."""
    rng = Random(f"{seed} {size.name} policy")
    doors = [_door(n, size) for n in range(size.doors)]
    schedules = timetable.schedules(rng, size.schedules)
    names = [s.id for s in schedules]
    ways = _ways(doors)
    return Policy(
        site="hq",
        gateway="gw1",
        timezone=timetable.ZONE,
        holidays=timetable.HOLIDAYS,
        areas={id: AreaPolicy(id, Source("areas.yaml", n + 3, 3), None) for n, id in enumerate(_areas(doors))},
        devices={d.id: d for d in _devices(doors)},
        controllers={},
        readers={r: ReaderPolicy(r, ("h10301",), True) for d in doors for r in (*d.readers_in, *d.readers_out)},
        doors={d.id: d for d in doors},
        zones={},
        fire={},
        schedules={s.id: s for s in (*schedules, *_ENDLESS)},
        access=tuple(_levels(rng, size, ways, names)),
        minimum=tuple(_minimums(rng, size)),
        deny=tuple(_denials(rng, size, ways, names)),
        operators={},
    )


def _door(n: int, size: Size) -> DoorPolicy:
    """One in fifty leads in from outside, each floor has one from the lobby; a third are read on the way out too."""
    entrances = max(1, size.doors // 50)
    floor = f"floor-{n // FLOOR:02}"
    between = ("outside", "lobby") if n < entrances else (floor, f"{floor}-{n % 4}")
    if n >= entrances and n % FLOOR == 0:
        between = ("lobby", floor)
    id, read_out = f"door-{n:04}", n % 3 == 0
    io = f"io-{n // 8:03}"
    rex = Rex(Input(f"{io}.in{2 * (n % 8) + 2}", Sensed.CLOSED), "button", True, 30 * SECOND)
    return DoorPolicy(
        id=id,
        source=Source("doors.yaml", 3 + 7 * n, 3),
        between=between,
        readers_in=(f"{id}-in",),
        readers_out=(f"{id}-out",) if read_out else (),
        lock=Lock(f"{io}.out{n % 8 + 1}", True, "secure"),
        contacts=(Input(f"{io}.in{2 * (n % 8) + 1}", Sensed.OPEN),),
        rex=() if read_out else (rex,),
        egress=frozenset() if read_out else frozenset({OUT}),
        egress_by=None if read_out else EgressBy.MECHANICAL,
        emergency_release=None,
        tamper=(),
        release_time=5 * SECOND,
        extended_release_time=15 * SECOND,
        open_time=20 * SECOND,
        extended_open_time=60 * SECOND,
        pre_alarm_time=5 * SECOND,
        relock=Relock.ON_CLOSE,
        unlock=None,
        journal_required=False,
    )


def _areas(doors: list[DoorPolicy]) -> list[str]:
    return list(dict.fromkeys(area for door in doors for area in door.between))


def _devices(doors: list[DoorPolicy]) -> Iterator[DevicePolicy]:
    points = {f"in{n + 1}": PointKind.CIRCUIT for n in range(16)} | {f"out{n + 1}": PointKind.OUTPUT for n in range(8)}
    for n in range(0, len(doors), 8):
        yield DevicePolicy(f"io-{n // 8:03}", f"net-{n // 64:02}", points)
    for n, door in enumerate(doors):
        for reader in (*door.readers_in, *door.readers_out):
            yield DevicePolicy(reader, f"line-{n // 8:03}", {"tamper": PointKind.DETECTOR})


def _ways(doors: list[DoorPolicy]) -> list[list[Way]]:
    """The ways through each door at which somebody reads a card."""
    return [[(d.id, IN), *([(d.id, OUT)] if d.readers_out else [])] for d in doors]


def _levels(rng: Random, size: Size, ways: list[list[Way]], schedules: list[str]) -> Iterator[AccessPolicy]:
    """Entrances for all, a floor for each department, and clusters of doors for one to three groups each."""
    groups = group_ids(size)
    departments = [g for g in groups if g.startswith("dept")]
    entrances = max(1, size.doors // 50)
    makings: list[tuple[list[str], range, str]] = [
        (["staff"], range(entrances), "always"),
        (["contractors"], range(entrances), "office"),
    ]
    home = min(FLOOR, size.doors // 5)
    for n, department in enumerate(departments):
        first = n * home % size.doors
        makings.append(([department], range(first, min(first + home, size.doors)), rng.choice(["office", "always"])))
    while len(makings) < size.levels:
        # Each group has a level of its own before any has a second one.
        own = groups[len(makings) % len(groups)]
        others = rng.sample(groups[2:], rng.choice([0, 0, 0, 1, 2]))
        makings.append((sorted({own, *others}), _cluster(rng, size.doors), _schedule(rng, schedules)))
    for n, (who, where, when) in enumerate(makings[: size.levels]):
        source = Source(f"access-{n // 300}.yaml", 3 + n % 300, 3)
        yield AccessPolicy(f"level-{n:04}", source, Who(frozenset(who)), _through(ways, where), when)


def _cluster(rng: Random, doors: int) -> range:
    """Neighbouring doors: mostly a few, sometimes a wing, seldom half a building."""
    length = rng.choice([*[rng.randint(1, 6)] * 14, *[rng.randint(7, 20)] * 5, rng.randint(30, 80)])
    length = min(length, doors // 5)
    first = rng.randrange(doors - length)
    return range(first, first + length)


def _schedule(rng: Random, schedules: list[str]) -> str:
    """A third always, a quarter office hours, the rest any."""
    return rng.choices(["always", "office", rng.choice(schedules)], [33, 25, 42])[0]


def _through(ways: list[list[Way]], doors: range) -> tuple[Way, ...]:
    return tuple(way for n in doors for way in ways[n])


def _denials(rng: Random, size: Size, ways: list[list[Way]], schedules: list[str]) -> Iterator[DenyPolicy]:
    """A firm that is suspended somewhere, a role that is kept out at times."""
    roles = [g for g in group_ids(size) if g.startswith("role")]
    for n in range(max(2, size.levels // 100)):
        firm = Who(frozenset(), (("company", f"firm-{rng.randrange(FIRMS):02}"),))
        who = firm if n % 2 == 0 else Who(frozenset({rng.choice(roles)}))
        when = "always" if n % 2 == 0 else rng.choice(schedules)
        source = Source("deny.yaml", 3 + n, 3)
        yield DenyPolicy(f"deny-{n:03}", source, who, _through(ways, _cluster(rng, size.doors)), when)


def _minimums(rng: Random, size: Size) -> Iterator[MinimumPolicy]:
    """A PIN with the card at one door in a hundred, half of them at night only."""
    for n, door in enumerate(sorted(rng.sample(range(size.doors), max(1, size.doors // 100)))):
        ways = ((f"door-{door:04}", IN),)
        source = Source("minimum.yaml", 3 + n, 3)
        yield MinimumPolicy(f"pin-{n:03}", source, ways, Require.CARD_PIN, rng.choice(["always", "nights"]))
