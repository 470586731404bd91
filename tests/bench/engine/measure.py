"""Timing: everyone in turn in every round, warm, without collections, over the same requests."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from time import perf_counter_ns, process_time_ns

from tests.bench.engine.contender import Contender
from tests.bench.engine.day import Asked
from tests.bench.figures import percentile

BUDGET = 150_000_000
"""ns that one contender's turn in a round may take: the slow ones get every n-th request."""

TRIAL = 400
"""Requests of a first trial."""


@dataclass(slots=True)
class Lane:
    """A contender's turns. stride: it is asked every n-th request; rounds: ns for each decision, by round."""

    contender: Contender
    asked: Sequence[Asked]
    stride: int
    rounds: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def turn(self) -> None:
        self.rounds.append(timed(self.contender, self.asked[:: self.stride]))

    def ratio(self, to: Lane) -> float:
        """Median over the rounds of this one's time over the other's in the same round."""
        return statistics.median(a / b for a, b in zip(self.rounds, to.rounds, strict=True))


def lane(forms: Sequence[Contender], asked: Sequence[Asked]) -> Lane:
    """A lane for the fastest of a contender's forms here."""
    trial = asked[:: max(1, len(asked) // TRIAL)]
    best = min((min(timed(form, trial) for _ in range(3)), n) for n, form in enumerate(forms))
    stride = max(1, round(best[0] * len(asked) / BUDGET))
    return Lane(forms[best[1]], asked, stride, [])


def interleaved(lanes: Sequence[Lane], rounds: int, seed: int, each: Callable[[int], None]) -> None:
    """Every lane once a round, in an order drawn by lot; one round before them is for warmth alone."""
    rng = Random(f"{seed} order")
    with quiet():
        for number in range(rounds + 1):
            for found in rng.sample(lanes, len(lanes)):
                found.turn()
            each(number)
    for found in lanes:
        del found.rounds[0]


@contextmanager
def quiet() -> Iterator[None]:
    """No collections, and what is there set aside: for everybody alike."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def timed(contender: Contender, asked: Sequence[Asked]) -> float:
    """ns of processor time for each decision, the loop around it included: what other programs take is not counted.

    Each request is a new value, its token's hash not known yet. The same is asked once before, untimed: so nobody's
    time depends on who had the processor's caches last.
    """
    ask, first, second = contender.ask, contender.first, contender.second
    for item in [contender.item(a) for a in asked]:
        ask(first, second, item)
    items = [contender.item(a) for a in asked]
    begin = process_time_ns()
    for item in items:
        ask(first, second, item)
    return (process_time_ns() - begin) / len(items)


@dataclass(frozen=True, slots=True)
class Latency:
    """ns of single decisions on the wall, the clock's own share taken off.

    best999: p99.9 of the least that each request took in any round, which other programs hardly touch.
    floor999: p99.9 of measuring nothing.
    """

    p50: float
    p99: float
    p999: float
    best999: float
    floor999: float


def latency(contender: Contender, asked: Sequence[Asked], rounds: int) -> Latency:
    """Each decision by itself; of each percentile the median over the rounds."""
    with quiet():
        overhead = percentile(_singles(_nothing, None, None, [None] * len(asked)), 0.5)
        floor = percentile(_singles(_nothing, None, None, [None] * len(asked)), 0.999) - overhead
        taken = [_asked_one_by_one(contender, asked) for _ in range(rounds)]
    shares = [[percentile(found, share) - overhead for found in taken] for share in (0.5, 0.99, 0.999)]
    best = percentile([min(found) for found in zip(*taken, strict=True)], 0.999) - overhead
    p50, p99, p999 = map(statistics.median, shares)
    return Latency(p50, p99, p999, best, floor)


def _asked_one_by_one(contender: Contender, asked: Sequence[Asked]) -> list[int]:
    items = [contender.item(a) for a in asked]
    return _singles(contender.ask, contender.first, contender.second, items)


def _nothing(_first: object, _second: object, _item: object) -> None:
    return None


def _singles(ask: Callable[..., object], first: object, second: object, items: Sequence[object]) -> list[int]:
    clock, found = perf_counter_ns, []
    for item in items:
        begin = clock()
        ask(first, second, item)
        found.append(clock() - begin)
    return found
