"""The arithmetic of the bench, and that it can tell a slow lane from its minimum."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.figures import Lanes, Rate, Row, percentile, times, write


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [(100, 0.99, 99), (100, 0.5, 50), (4, 0.99, 4), (1, 0.5, 1), (200, 0.99, 198), (3, 0.5, 2)],
)
def test_percentile_is_the_smallest_value_that_enough_do_not_exceed(count: int, share: float, expected: int) -> None:
    assert percentile(list(range(count, 0, -1)), share) == expected


def test_a_lane_stands_beside_its_minimum() -> None:
    lanes = Lanes()
    for least in (100.0, 300.0, 200.0):
        lanes.begin_round()
        for extra in range(3):
            lanes.add("least", least + extra)
            lanes.add("daemon", 10 * least + extra)
    row = lanes.row("daemon", "least")
    assert row is not None
    assert (row.n, row.p50_of_rounds, row.max) == (9, 2001.0, 3002.0)
    assert row.ratio == pytest.approx(2001 / 201)
    assert row.above == 3002 - 302


def test_a_lane_that_was_not_measured_has_no_row() -> None:
    lanes = Lanes()
    lanes.begin_round()
    assert lanes.row("daemon") is None


def test_the_file_holds_what_the_table_shows(tmp_path: Path) -> None:
    rows: list[Row | Rate] = [times("step", [1.0, 2.0, 3.0]), Rate("bus", 5.0, "events/s")]
    write(tmp_path / "bench.json", rows)
    found = json.loads((tmp_path / "bench.json").read_text())["rows"]
    assert [row["what"] for row in found] == ["step", "bus"]
    assert (found[0]["p50"], found[1]["value"]) == (2.0, 5.0)
