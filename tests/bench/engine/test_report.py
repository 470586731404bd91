"""The table says of each figure whether its goal is met, and a lane's ratio is one of rounds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.engine.contender import Contender
from tests.bench.engine.goals import Goal
from tests.bench.engine.measure import Lane, interleaved, latency, timed
from tests.bench.engine.report import Cell, Report


def echo(name: str, asked: list[int]) -> Contender:
    return Contender(name, "", lambda _first, _second, item: asked.append(item), None, None, item=id)


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (Goal(4.5), 4.5, True),
        (Goal(4.5), 4.6, False),
        (Goal(6, least=True), 6.0, True),
        (Goal(6, least=True), 5.9, False),
    ],
)
def test_a_goal_is_a_limit_from_above_or_below(goal: Goal, value: float, met: bool) -> None:
    assert goal.met(value) is met
    assert Cell(value, "", goal).met is met
    assert ("met" in Cell(value, "", goal).shown) is met


def test_missed_goals_are_named_and_the_file_holds_the_table(tmp_path: Path) -> None:
    report = Report(seed=1, rounds=9)
    report.put("engine", "small", Cell(200.0, "200"), "in one form")
    report.put("engine / bare", "small", Cell(5.0, "5.00", Goal(4.5)))
    report.put("engine / bare", "large", Cell(3.0, "3.00", Goal(3.5)))
    assert report.missed() == ["engine / bare, small"]
    report.write(tmp_path / "bench.json")
    rows = json.loads((tmp_path / "bench.json").read_text())["rows"]
    assert [row["what"] for row in rows] == ["engine", "engine / bare"]
    assert (rows[0]["small"]["value"], rows[0]["note"]) == (200.0, "in one form")
    assert (rows[1]["small"]["met"], rows[1]["large"]["met"]) == (False, True)


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    nobody = echo("nobody", [])
    slow, fast = Lane(nobody, [], 1, [10.0, 90.0, 12.0]), Lane(nobody, [], 1, [5.0, 9.0, 4.0])
    assert slow.ratio(fast) == 3.0
    assert slow.median == 12.0


def test_every_lane_has_its_turn_in_every_round() -> None:
    heard: dict[str, list[int]] = {"all": [], "third": []}
    asked = [object() for _ in range(30)]
    lanes = [Lane(echo("all", heard["all"]), asked, 1, []), Lane(echo("third", heard["third"]), asked, 3, [])]  # type: ignore[arg-type]
    interleaved(lanes, rounds=4, seed=1, each=lambda number: None)
    assert [len(lane.rounds) for lane in lanes] == [4, 4]
    assert heard["all"] == 2 * 5 * [id(a) for a in asked]
    assert heard["third"] == 2 * 5 * [id(a) for a in asked[::3]]


def test_one_decision_takes_some_time() -> None:
    asked = [object() for _ in range(200)]
    assert timed(echo("all", []), asked) > 0  # type: ignore[arg-type]
    found = latency(echo("all", []), asked, 1)  # type: ignore[arg-type]
    assert found.p50 <= found.p99 <= found.p999
