"""The engine and the walk answer as the reference does; a wrong answer is noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.bench.engine import contender, estate, race
from tests.bench.engine.contender import Contender, mismatches
from tests.bench.engine.crowd import Crowd, crowd
from tests.bench.engine.day import MIDNIGHT, Asked, any_time, working_day
from tests.bench.engine.estate import SECOND
from tests.bench.engine.peers.host import Host
from tests.bench.engine.reference import Reference
from tests.bench.engine.sizes import SMALL, Size
from tests.bench.engine.state_rules import settle, with_state_rules

SEEDS = (1, 2, 3)
POLICY, CROWD = estate.policy(SMALL, 1), crowd(SMALL, 1)
REFERENCE = Reference(POLICY, CROWD.persons, CROWD.cards)


def asked_of(seed: int, size: Size = SMALL) -> tuple[object, Crowd, list[Asked]]:
    policy, people = estate.policy(size, seed), crowd(size, seed)
    day = working_day(policy, people, 600, seed)
    return policy, people, [*day, *any_time(day, seed), *_around_changes(day)]


def _around_changes(day: list[Asked]) -> list[Asked]:
    """The hours around both changes of the clocks and around a holiday."""
    begins = (datetime(2026, 10, 25), datetime(2027, 3, 28), datetime(2026, 12, 24))
    moments = [int(b.replace(tzinfo=UTC).timestamp()) * SECOND - 7200 * SECOND for b in begins]
    return [
        replace(a, utc=moments[n % len(moments)] + n // len(moments) * 131 * SECOND) for n, a in enumerate(day[:300])
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_engine_answers_as_the_reference_does(seed: int) -> None:
    policy, people, asked = asked_of(seed)
    reference = Reference(policy, people.persons, people.cards)  # type: ignore[arg-type]
    assert [*mismatches(contender.engine_of(policy, people), reference, asked)] == []  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_walk_answers_as_the_reference_does(seed: int) -> None:
    policy, people, asked = asked_of(seed)
    reference = Reference(policy, people.persons, people.cards)  # type: ignore[arg-type]
    assert [*mismatches(contender.naive_of(policy, people), reference, asked)] == []  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_engine_answers_right_with_state_rules(seed: int) -> None:
    policy, people, asked = asked_of(seed)
    ruled = with_state_rules(policy, seed)  # type: ignore[arg-type]
    found = contender.engine_of(ruled, people)
    settle(found.second, ruled, people, seed)
    reference = Reference(ruled, people.persons, people.cards, found.second)
    assert [*mismatches(found, reference, asked)] == []


def test_everybody_is_told_the_same_rules_at_all_times_of_the_day() -> None:
    """What a peer is given ready made says who passes: the loop over it agrees with the reference."""
    host = Host(POLICY, CROWD)
    holders = host.by_tags(frozenset)
    for a in working_day(POLICY, CROWD, 800, 1):
        reason, _ = REFERENCE.answer(a.door, a.direction, a.token.hex(), a.utc)
        lo, hi, tags = holders.get(a.token.hex(), (0, 0, frozenset()))
        active = next(active for begin, end, active in host.segments if begin <= a.utc < end)
        rules = host.ways[a.door, a.direction]
        granted, denied = (
            any(t.when in active and not tags.isdisjoint(t.tags) for t in terms)
            for terms in (rules.grants, rules.denials)
        )
        assert (lo <= a.utc < hi and granted and not denied) == (reason == "granted")


def test_a_wrong_answer_ends_the_race() -> None:
    asked = working_day(POLICY, CROWD, 50, 1)
    lenient = Contender("lenient", "", lambda site, state, request: True, None, None)
    with pytest.raises(race.WrongAnswers, match="lenient"):
        race.check([[lenient]], REFERENCE, asked)


def test_another_reason_or_rule_is_a_wrong_answer_too() -> None:
    found = contender.engine_of(POLICY, CROWD)
    others = estate.policy(SMALL, 1)
    renamed = replace(others, access=tuple(replace(level, id=f"x-{level.id}") for level in others.access))
    wrong = [*mismatches(found, Reference(renamed, CROWD.persons, CROWD.cards), working_day(POLICY, CROWD, 50, 1))]
    assert wrong
    assert all("by one of" in m.expected for m in wrong)


@pytest.mark.parametrize(
    ("wall", "active"),
    [
        ("2026-11-23T07:00", True),
        ("2026-11-23T06:59", False),
        ("2026-11-23T19:00", False),
        ("2026-12-24T11:59", True),
        ("2026-12-24T12:00", False),
        ("2026-12-25T10:00", False),
        ("2026-06-01T06:00", True),  # 07:00 in London
    ],
)
def test_the_reference_reads_the_wall_clock(wall: str, active: bool) -> None:
    utc = int(datetime.fromisoformat(wall).replace(tzinfo=UTC).timestamp()) * SECOND
    assert REFERENCE.active("office", utc) is active


def test_the_measured_day_begins_at_midnight() -> None:
    assert datetime.fromtimestamp(MIDNIGHT // SECOND, UTC) == datetime(2026, 11, 23, tzinfo=UTC)
