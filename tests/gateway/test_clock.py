"""The clock: `t` never goes back, whatever the wall does."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from gateway.clock import DISTRUST_FOR, EARLIEST, STEP, Clock, FastWall, Sources
from rules.model.stamp import ClockState

S = 1_000_000
NOW = EARLIEST + 10**12


@dataclass
class Hands:
    """Both clocks of a machine, moved by hand; us."""

    mono: int = 5_000 * S
    wall: int = NOW

    @property
    def sources(self) -> Sources:
        return Sources(lambda: self.mono * 1000, lambda: self.wall * 1000)

    def go(self, us: int) -> None:
        self.mono += us
        self.wall += us


@pytest.fixture
def hands() -> Hands:
    return Hands()


def test_a_new_journal_begins_at_zero(hands: Hands) -> None:
    clock = Clock(sources=hands.sources)
    assert clock.t() == 0
    hands.go(7 * S)
    assert clock.t() == 7 * S


def test_t_goes_on_over_a_restart_by_what_elapsed(hands: Hands) -> None:
    assert Clock(100 * S, NOW - 3_600 * S, hands.sources).t() == 3_700 * S


@pytest.mark.parametrize(
    ("wall", "last_utc"),
    [(NOW, NOW + 60 * S), (EARLIEST - 1, NOW), (NOW, EARLIEST - 1)],
    ids=["wall went back", "wall never set", "journalled with a wall never set"],
)
def test_t_never_goes_back_and_never_guesses(hands: Hands, wall: int, last_utc: int) -> None:
    hands.wall = wall
    assert Clock(100 * S, last_utc, hands.sources).t() == 100 * S


def test_a_wall_that_never_was_set_is_unsynced(hands: Hands) -> None:
    hands.wall = 0
    assert Clock(sources=hands.sources).state() is ClockState.UNSYNCED


def test_a_wall_behind_the_record_is_distrusted_for_a_while(hands: Hands) -> None:
    clock = Clock(100 * S, NOW + 60 * S, hands.sources)
    assert clock.state() is ClockState.JUMPED
    hands.go(DISTRUST_FOR)
    assert clock.state() is ClockState.OK


@pytest.mark.parametrize("by", [STEP, -STEP, 3_600 * S, -86_400 * S])
def test_a_step_is_told_once_and_distrusted(hands: Hands, by: int) -> None:
    clock = Clock(sources=hands.sources)
    before = clock.t()
    hands.wall += by
    assert clock.stepped() == by
    assert clock.stepped() == 0
    assert clock.state() is ClockState.JUMPED
    assert clock.t() == before
    hands.go(DISTRUST_FOR)
    assert clock.state() is ClockState.OK


def test_drift_is_followed_in_silence(hands: Hands) -> None:
    clock = Clock(sources=hands.sources)
    for _ in range(100):
        hands.go(S)
        hands.wall += STEP // 10
        assert clock.stepped() == 0
    assert clock.state() is ClockState.OK


def test_a_machine_that_slept_stepped(hands: Hands) -> None:
    """While it sleeps only the wall goes on."""
    clock = Clock(sources=hands.sources)
    hands.wall += 8 * 3_600 * S
    assert clock.stepped() == 8 * 3_600 * S


def test_a_fast_wall_does_not_step(hands: Hands) -> None:
    clock = Clock(sources=hands.sources, speed=600)
    for _ in range(50):
        hands.mono += S // 10
        hands.wall += 60 * S
        assert clock.stepped() == 0
    assert clock.t() == 5 * S
    assert clock.seconds_until_utc(hands.wall + 600 * S) == pytest.approx(1.0)
    hands.wall += 3_600 * S
    assert clock.stepped() == 3_600 * S


def test_the_demo_wall_runs_ahead() -> None:
    wall = FastWall(1_000_000, start=0)
    first = wall()
    while wall() == first:
        pass
    assert wall() > first


def test_stamps_are_whole_and_never_alike(hands: Hands) -> None:
    clock = Clock(sources=hands.sources)
    stamps = [clock.stamp() for _ in range(100)]
    assert len({s.entropy for s in stamps}) == 100
    assert {(s.t, s.utc, s.clock) for s in stamps} == {(0, NOW, ClockState.OK)}
    assert all(len(bytes.fromhex(s.entropy)) == 16 for s in stamps)
