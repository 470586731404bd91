"""The edits whose difference is measured: each changes for whom it says, and a rewrite for nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rules.policy import Policy
from tests.bench.engine import diffs, estate
from tests.bench.engine.crowd import Crowd, crowd
from tests.bench.engine.day import Asked, any_time, working_day
from tests.bench.engine.estate import SECOND
from tests.bench.engine.reference import Reference
from tests.bench.engine.sizes import SMALL

POLICY, CROWD = estate.policy(SMALL, 1), crowd(SMALL, 1)
DAY = working_day(POLICY, CROWD, 1500, 1)


def answers(policy: Policy, people: Crowd, asked: list[Asked]) -> list[str]:
    reference = Reference(policy, people.persons, people.cards)
    return [reference.answer(a.door, a.direction, a.token.hex(), a.utc)[0] for a in asked]


def on_the_holiday(asked: list[Asked]) -> list[Asked]:
    holiday = int(datetime.combine(diffs.HOLIDAY, datetime.min.time(), UTC).timestamp()) * SECOND
    return [replace(a, utc=holiday + 10 * 3600 * SECOND) for a in asked]


@pytest.mark.parametrize(
    ("change", "asked", "same"),
    [
        (diffs.edited, DAY, False),
        (diffs.rewritten, [*DAY, *any_time(DAY, 1)], True),
        (diffs.with_holiday, DAY, True),
        (diffs.with_holiday, on_the_holiday(DAY), False),
    ],
    ids=["edit", "rewrite", "holiday, other days", "holiday, that day"],
)
def test_what_an_edit_changes(change: Callable[[Policy], Policy], asked: list[Asked], same: bool) -> None:
    changed = change(POLICY)
    assert changed != POLICY
    assert (answers(changed, CROWD, asked) == answers(POLICY, CROWD, asked)) is same


def test_every_edit_is_timed() -> None:
    seen: list[Policy] = []

    def compare(old: Policy, new: Policy) -> int:
        assert old is POLICY
        seen.append(new)
        return len(seen)

    found = diffs.figures(POLICY, compare)
    assert seen == [diffs.edited(POLICY), diffs.rewritten(POLICY), diffs.with_holiday(POLICY)]
    assert found["  rows of one added holiday"] == 3
    assert {"diff of an ordinary edit, s", "diff of an equivalent rewrite, s", "diff of one added holiday, s"} < {
        *found
    }
