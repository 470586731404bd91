"""The generated sites are what they are said to be, and the same for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest

from rules.policy import Direction
from tests.bench.engine import estate
from tests.bench.engine.crowd import MOST_GROUPS, crowd
from tests.bench.engine.day import KINDS, MIDNIGHT, QUARTER_US, QUARTERS, SHARES, any_time, working_day
from tests.bench.engine.reference import Reference
from tests.bench.engine.sizes import MEDIUM, SIZES, SMALL, Size
from tests.bench.engine.state_rules import SHARE, ruled_doors, with_state_rules

READS = 4000


@pytest.mark.parametrize("size", [SMALL, MEDIUM], ids=lambda size: size.name)
def test_a_seed_always_makes_the_same(size: Size) -> None:
    policy, people = estate.policy(size, 7), crowd(size, 7)
    assert policy == estate.policy(size, 7)
    assert people == crowd(size, 7)
    assert working_day(policy, people, 500, 7) == working_day(policy, people, 500, 7)
    assert policy != estate.policy(size, 8)
    assert people != crowd(size, 8)
    assert working_day(policy, people, 500, 7) != working_day(policy, people, 500, 8)


@pytest.mark.parametrize("size", SIZES.values(), ids=lambda size: size.name)
def test_rules_are_as_many_as_the_size_says(size: Size) -> None:
    policy = estate.policy(size, 1)
    written = set(policy.schedules) - {"always", "never"}
    assert (len(policy.doors), len(written), len(policy.access)) == (size.doors, size.schedules, size.levels)
    assert len(set(estate.group_ids(size))) == size.groups
    whens = {a.when for a in policy.access} | {d.when for d in policy.deny} | {m.when for m in policy.minimum}
    assert whens <= policy.schedules.keys()
    assert all(ways[0] in policy.doors for rule in policy.access for ways in rule.doors)
    assert policy.deny
    assert policy.minimum


def test_the_large_site_has_three_cards_for_each_of_its_people() -> None:
    large = SIZES["large"]
    assert (large.people, large.cards) == (100_000, 300_000)


def test_people_have_one_to_four_groups_and_cards_of_their_own() -> None:
    people = crowd(MEDIUM, 1)
    assert {len(p.groups) for p in people.persons} == set(range(1, MOST_GROUPS + 1))
    assert all(group in estate.group_ids(MEDIUM) for p in people.persons for group in p.groups)
    assert len({c.token for c in people.cards}) == MEDIUM.cards
    assert all(len(bytes.fromhex(c.token)) == 16 for c in people.cards)
    assert sum(p.blocked for p in people.persons) > 0


def test_schedules_cross_midnight_and_know_holidays() -> None:
    intervals = [i for s in estate.policy(SIZES["large"], 1).schedules.values() for i in s.intervals]
    assert any(i.end > 1440 for i in intervals)
    assert any(i.cut_at_midnight for i in intervals)
    assert any(i.types for i in intervals)
    assert any(i.starts for i in intervals)


@pytest.mark.parametrize("size", [SMALL, MEDIUM], ids=lambda size: size.name)
def test_a_day_has_the_stated_shares_in_time_order(size: Size) -> None:
    policy, people = estate.policy(size, 1), crowd(size, 1)
    asked = working_day(policy, people, READS, 1)
    found = Counter(a.kind for a in asked)
    for kind, share in zip(KINDS, SHARES, strict=True):
        assert found[kind] == pytest.approx(READS * share / 100, abs=READS * 0.02)
    assert [a.utc for a in asked] == sorted(a.utc for a in asked)
    assert MIDNIGHT <= asked[0].utc <= asked[-1].utc < MIDNIGHT + QUARTERS * QUARTER_US
    tokens = {bytes.fromhex(c.token) for c in people.cards}
    assert all((a.token in tokens) == (a.kind != "unknown") for a in asked)


def test_a_plausible_read_is_granted_but_for_bad_cards_and_denials() -> None:
    policy, people = estate.policy(MEDIUM, 1), crowd(MEDIUM, 1)
    reference = Reference(policy, people.persons, people.cards)
    asked = [a for a in working_day(policy, people, READS, 1) if a.kind == "plausible"][::4]
    answers = Counter(reference.answer(a.door, a.direction, a.token.hex(), a.utc)[0] for a in asked)
    assert not {"no_access_rights", "outside_schedule", "unknown_credential"} & answers.keys()
    assert answers["granted"] > 0.95 * len(asked)


def test_a_read_is_at_a_reader_of_its_door() -> None:
    policy, people = estate.policy(SMALL, 1), crowd(SMALL, 1)
    for a in working_day(policy, people, 1000, 1):
        door = policy.doors[a.door]
        assert a.reader in (door.readers_in if a.direction is Direction.IN else door.readers_out)


def test_other_times_are_other_times_of_the_same_reads() -> None:
    policy, people = estate.policy(SMALL, 1), crowd(SMALL, 1)
    asked = working_day(policy, people, 1000, 1)
    moved = any_time(asked, 1)
    assert [(a.token, a.door) for a in moved] == [(a.token, a.door) for a in asked]
    assert len({(a.utc - MIDNIGHT) // (30 * 86_400_000_000) for a in moved}) >= 12


@pytest.mark.parametrize("size", [MEDIUM, SIZES["large"]], ids=lambda size: size.name)
def test_state_rules_are_on_thirty_percent_of_the_doors(size: Size) -> None:
    policy = estate.policy(size, 1)
    ruled = with_state_rules(policy, 1)
    assert len(ruled_doors(ruled)) == pytest.approx(SHARE * size.doors, rel=0.1)
    assert not ruled_doors(policy)
    assert ruled.interlocks
    assert {a.passback.mode.value for a in ruled.areas.values() if a.passback} == {"hard", "soft", "timed"}
    assert any(a.occupancy_max for a in ruled.areas.values())
