"""The parts a demo's day is made of: the diary, the walker's judgement, the day itself, the clock it runs on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.demo_clock import DemoClock
from simulators.day import BEGIN, DAY, fitting, moment
from simulators.expect import Diary, Seen, seen
from simulators.scene import Scene, Step, do
from simulators.site import READERS
from simulators.visit import Visit
from simulators.walker import ALL_DECLARED, NEVER, Visits, Walker

SECOND = 1_000_000_000


def event(type: str, **data: Any) -> dict[str, Any]:
    return {"type": f"doorward.{type}.v1", "stream": "event", "time": "2026-11-25T06:50:00Z", "data": data}


class Script:
    """An actor whose acts are events that the gateway would publish."""

    def __init__(self, diary: Diary, answers: dict[str, list[dict[str, Any]]]) -> None:
        self._diary = diary
        self._answers = answers
        self.acting = asyncio.Event()

    async def do(self, step: Step) -> None:
        self.acting.set()
        for answer in self._answers.get(step.act, []):
            await self._diary.write(answer)


def walker_of(answers: dict[str, list[dict[str, Any]]]) -> tuple[Walker, Diary]:
    diary = Diary({"p-1": "p001"})
    return Walker(Script(diary, answers), diary), diary


def scene(*steps: Step) -> Scene:
    return Scene("06:50", "a scene", 1, (steps,))


GRANT = event("access_granted", person="p-1", reader="front-reader")
WANTED = seen("access_granted", person="p001", within=0.2)


async def test_a_step_finds_what_it_expects() -> None:
    walker, _ = walker_of({"badge": [GRANT]})
    await walker.run(scene(do("badge", then=WANTED)))
    assert walker.judge().good
    assert (walker.findings.steps, walker.findings.expected) == (1, 1)


async def test_an_event_of_an_earlier_step_does_not_count() -> None:
    walker, _ = walker_of({"badge": [GRANT]})
    await walker.run(scene(do("badge", then=WANTED), do("nothing", then=WANTED)))
    assert walker.judge().missing == [
        "06:50 a scene: nothing: not seen: access_granted person=p001",
    ]


async def test_an_event_may_come_later() -> None:
    diary = Diary({})
    script = Script(diary, {})
    walker = Walker(script, diary)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(walker.run(scene(do("nothing", then=seen("door_opened", 2, door="front")))))
        await script.acting.wait()
        for _ in range(2):
            await diary.write(event("door_opened", door="front"))
    assert walker.judge().good


@pytest.mark.parametrize(
    ("extra", "surprise"),
    [
        (GRANT, "access_granted x2, expected x1"),
        (event("alarm_raised", alarm="door-forced.front"), "alarm door-forced.front x1"),
        (event("internal_error"), "internal_error x1"),
    ],
)
async def test_what_nobody_expected_is_found(extra: dict[str, Any], surprise: str) -> None:
    walker, diary = walker_of({"badge": [GRANT]})
    await walker.run(scene(do("badge", then=WANTED)))
    await diary.write(extra)
    assert walker.judge().surprises == [surprise]


async def test_a_visitor_excuses_grants_but_no_errors() -> None:
    walker, diary = walker_of({"badge": [GRANT]})
    await walker.run(scene(do("badge", then=WANTED)))
    walker.disturbed = True
    await diary.write(GRANT)
    await diary.write(event("journal_gap"))
    assert walker.judge().surprises == ["journal_gap x1"]


async def test_exactly_is_no_more() -> None:
    walker, _ = walker_of({"fire": [event("door_layer_set", layer="fire")] * 8})
    await walker.run(scene(do("fire", then=seen("door_layer_set", 7, exactly=True, layer="fire"))))
    assert walker.judge().missing == ["06:50 a scene: fire: seen too often: door_layer_set layer=fire x7"]


def wanted_of(scenes: tuple[Scene, ...]) -> list[Seen]:
    return [wanted for found in scenes for steps in found.strands for step in steps for wanted in step.then]


def test_the_day_is_in_order_and_fits() -> None:
    times = [moment(found.at) for found in DAY]
    assert times == sorted(set(times))
    assert moment(BEGIN) < times[0]
    assert tuple(fitting(60, 7200)) == DAY
    assert tuple(fitting(None, 60)) == DAY
    short = tuple(fitting(15, 7200))
    assert short == DAY[: len(short)]
    assert 2 <= len(short) < len(DAY)


def test_the_day_uses_every_reader_and_names_known_events() -> None:
    used = {dict(wanted.where).get("reader") for wanted in wanted_of(DAY)}
    assert used >= set(READERS)
    from gateway.bus.topics import snake
    from rules.model import events

    known = {snake(name) for name in events.__all__}
    named = {wanted.type for wanted in wanted_of(DAY)}
    assert named <= known
    assert {*ALL_DECLARED, *NEVER} <= known
    assert not named & set(NEVER)


def test_figures() -> None:
    visits = Visits()
    for ms in range(1, 101):
        visits(Visit("front-reader", True, float(ms)))
    visits(Visit("dock-reader", True, 500.0))
    visits(Visit("gate", True, 9000.0))
    visits(Visit("front-reader", False))
    assert visits.figures(visits.card) == {
        "count": 101,
        "p50": 51.0,
        "p99": 100.0,
        "max": 500.0,
        "slowest": "dock-reader",
    }
    assert visits.figures(visits.pin)["count"] == 0


class Ticks:
    """A monotonic clock set by hand, ns."""

    def __init__(self) -> None:
        self.now = 5 * SECOND

    def __call__(self) -> int:
        return self.now


def test_the_clock_runs_ahead_and_stops_where_it_was_told(tmp_path: Path) -> None:
    ticks = Ticks()
    clock = DemoClock.create(tmp_path, moment("06:45"), ticks)
    reader = DemoClock.open(tmp_path, ticks)
    ticks.now += SECOND
    assert clock() == reader() == moment("06:45") + SECOND
    assert (clock.speed, clock.calm_in) == (1, 0)
    takes = clock.run_ahead(moment("08:45") + SECOND, 3600)
    assert takes == pytest.approx(2.0)
    ticks.now += SECOND
    assert reader() == moment("07:45") + SECOND
    assert reader.speed == 3600
    assert reader.calm_in == pytest.approx(1.0)
    ticks.now += 11 * SECOND
    assert reader() == clock() == moment("08:45") + 11 * SECOND
    assert (reader.speed, reader.calm_in) == (1, 0)


def test_the_clock_never_goes_back(tmp_path: Path) -> None:
    ticks = Ticks()
    clock = DemoClock.create(tmp_path, moment("10:00"), ticks)
    assert clock.run_ahead(moment("09:00"), 3600) == 0
    assert clock() == moment("10:00")


def test_no_clock_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="clock"):
        DemoClock.open(tmp_path)
    for content in (b"", bytes(36), bytes(100)):
        (tmp_path / "clock").write_bytes(content)
        with pytest.raises(ValueError, match=r"mmap|no clock"):
            DemoClock.open(tmp_path)
