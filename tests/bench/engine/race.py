"""One size: everyone's answers checked, then everyone timed in turn, then single decisions of the engine."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from itertools import islice

from rules.policy import Policy
from tests.bench.engine import contender, estate, goals, measure
from tests.bench.engine import crowd as crowds
from tests.bench.engine.contender import BARE, ENGINE, Contender, mismatches
from tests.bench.engine.crowd import Crowd
from tests.bench.engine.day import Asked, any_time, working_day
from tests.bench.engine.goals import Goal
from tests.bench.engine.measure import Lane
from tests.bench.engine.reference import Reference
from tests.bench.engine.report import Cell, Report
from tests.bench.engine.sizes import LARGE, Size
from tests.bench.engine.state_rules import settle, with_state_rules

CHECKED = 1500
"""Answers of each contender that are held against the reference, at each size."""

RANDOM, STATEFUL = "engine, random times", "engine, state rules"
LATENCY_ROUNDS = 9
SHOWN = 10
Say = Callable[[str], None]


class WrongAnswers(Exception):
    """Somebody answered otherwise than the reference."""


def run(size: Size, options: Namespace, report: Report, say: Say) -> None:
    """Fill the report's column of a size; raises WrongAnswers, or ConfigError for a peer that is not there."""
    seed = options.seed
    say(f"{size.name}: making the site")
    policy, crowd = estate.policy(size, seed), crowds.crowd(size, seed)
    asked = working_day(policy, crowd, size.requests, seed)
    found = _contenders(policy, crowd, options.peers)
    say(f"{size.name}: checking answers")
    sample = _sample(asked)
    check(found, Reference(policy, crowd.persons, crowd.cards), sample)
    lanes = [measure.lane(forms, asked) for forms in found]
    if size is LARGE:
        lanes += _others(policy, crowd, asked, lanes[1].contender, seed)
    say(f"{size.name}: {options.rounds} rounds")
    measure.interleaved(lanes, options.rounds, seed, lambda _: None)
    _put_times(report, size, lanes)
    if size is LARGE:
        _put_latency(report, size, lanes[1].contender, asked)


def _contenders(policy: Policy, crowd: Crowd, peers: Sequence[str]) -> list[list[Contender]]:
    """Each in its forms; the engine is the second."""
    first = [contender.bare_of(crowd), contender.engine_of(policy, crowd), contender.naive_of(policy, crowd)]
    return [*([one] for one in first), *contender.peers_of(policy, crowd, peers)]


def check(found: Sequence[Sequence[Contender]], reference: Reference, sample: Sequence[Asked]) -> None:
    """Raises WrongAnswers with the first few."""
    deciding = [form for forms in found for form in forms if form.name != BARE]
    wrong = list(islice((m for form in deciding for m in mismatches(form, reference, sample)), SHOWN))
    if wrong:
        raise WrongAnswers("\n".join(map(str, wrong)))


def _sample(asked: Sequence[Asked]) -> Sequence[Asked]:
    return asked[:: max(1, len(asked) // CHECKED)]


def _others(policy: Policy, crowd: Crowd, asked: list[Asked], engine: Contender, seed: int) -> list[Lane]:
    """The engine over the same reads at other times, and over the same site with state rules."""
    random = any_time(asked, seed)
    check([[engine]], Reference(policy, crowd.persons, crowd.cards), _sample(random))
    ruled = with_state_rules(policy, seed)
    stateful = contender.engine_of(ruled, crowd, STATEFUL)
    settle(stateful.second, ruled, crowd, seed)
    reference = Reference(ruled, crowd.persons, crowd.cards, stateful.second)
    check([[stateful]], reference, _sample(asked))
    return [
        Lane(Contender(RANDOM, "", engine.ask, engine.first, engine.second), random, 1, []),
        Lane(stateful, asked, 1, []),
    ]


def _put_times(report: Report, size: Size, lanes: Sequence[Lane]) -> None:
    engine = lanes[1]
    for lane in lanes:
        text = f"{lane.median:,.0f}"
        if lane is not engine:
            text += f"  x {lane.ratio(engine):.2f}"
        name = lane.contender.name
        report.put(name, size.name, Cell(lane.median, text), _note(lane))
    for lane in lanes:
        name, ratio = lane.contender.name, lane.ratio(engine)
        if name == BARE:
            goal = Goal(goals.OVER_BARE[size.name])
            report.put("engine / bare", size.name, _ratio(engine.ratio(lane), goal))
        elif name in goals.AT_LEAST:
            report.put(f"{name} / engine", size.name, _ratio(ratio, Goal(goals.AT_LEAST[name][size.name], True)))
        elif name == STATEFUL:
            report.put("state rules / plain", size.name, _ratio(ratio, Goal(goals.STATE_COST)))
        elif name == RANDOM:
            report.put("rate at random times / live", size.name, _ratio(1 / ratio, Goal(goals.RANDOM_RATE, True)))


def _note(lane: Lane) -> str:
    every = f"every {lane.stride}th request" if lane.stride > 1 else ""
    return ", ".join(filter(None, (lane.contender.form, every)))


def _ratio(value: float, goal: Goal) -> Cell:
    return Cell(value, f"{value:.2f}", goal)


def _put_latency(report: Report, size: Size, engine: Contender, asked: Sequence[Asked]) -> None:
    found = measure.latency(engine, asked, LATENCY_ROUNDS)
    for name, value, goal in (
        (f"{ENGINE}, p50 of single decisions", found.p50, None),
        (f"{ENGINE}, p99", found.p99, Goal(goals.P99)),
        (f"{ENGINE}, p99.9", found.p999, Goal(goals.P999)),
        ("  p99.9 of each request's best", found.best999, None),
        ("  p99.9 of measuring nothing", found.floor999, None),
    ):
        report.put(name, size.name, Cell(value, f"{value:,.0f}", goal))
