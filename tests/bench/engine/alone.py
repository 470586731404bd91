"""Measured at large, each in a process of its own: `python -m tests.bench.engine.alone WHAT FOLDER SEED [SIZE]`.

Prints one JSON object, figure -> value. FOLDER holds the people, as `store` put them there.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

from gateway.people.directory import Directory
from gateway.reload.quiet import settle_memory
from rules.answers.diff import differ
from rules.compile import compile_site
from rules.people import People
from rules.policy import Policy
from rules.site import Site
from tests.bench.engine import changes, diffs, directory, estate, stall
from tests.bench.engine.day import MIDNIGHT, YEAR
from tests.bench.engine.sizes import LARGE, SIZES, Size

MB = 1e6
RELOADS = 3
Figures = dict[str, float]


def memory(folder: Path, size: Size, seed: int) -> Figures:
    """What everybody, and then the rules, add to the process once it has settled, MB per 100,000 people."""
    policy = estate.policy(size, seed)
    share = 100_000 / MB / size.people
    with directory.opened(folder) as store:
        store.rev()
        _settle()
        before = resident()
        people = store.people()
        _settle()
        loaded = resident() - before
    site = compile_site(policy, people, "a")
    _settle()
    grown = resident() - before
    assert len(site.people.credentials) == size.cards
    return {"memory, resident, MB": loaded * share, "  with the rules, MB": grown * share}


def allocated(folder: Path, size: Size, seed: int) -> Figures:
    """The same as Python's allocator counts it; and what of it the rules do not take."""
    policy = estate.policy(size, seed)
    with directory.opened(folder) as people:
        people.rev()
        gc.collect()
        tracemalloc.start()
        rules = compile_site(policy, People.of(0, (), ()), "a")
        alone, _ = tracemalloc.get_traced_memory()
        del rules
        site = _site(policy, people)
        gc.collect()
        used, _ = tracemalloc.get_traced_memory()
    assert len(site.people.credentials) == size.cards
    share = 100_000 / MB / size.people
    return {"memory, allocated, MB": used * share, "  of it for people, MB": (used - alone) * share}


def tables(folder: Path, size: Size, seed: int) -> Figures:
    """Load, compile, and what changes a part; the least of a few times each."""
    policy = estate.policy(size, seed)
    loads, compiles = [], []
    for _ in range(3):
        with directory.opened(folder) as people:
            loads.append(_timed(people.people))
            loaded = people.people()
        begin = process_time()
        site = compile_site(policy, loaded, "a")
        compiles.append(process_time() - begin)
    _settle()
    return {"load from SQLite, s": min(loads), "compile, s": min(compiles), **changes.figures(site)}


def reload(folder: Path, size: Size, seed: int) -> Figures:
    """The longest wait of a request while everything is read, compiled, swapped and the old dropped."""
    with directory.opened(folder) as people:
        policies = [estate.policy(size, seed + n + 1) for n in range(RELOADS)]
        site = _site(estate.policy(size, seed), people)
        _settle()
        return stall.figures(site, [partial(_site, policy, people) for policy in policies])


def diff(folder: Path, size: Size, seed: int) -> Figures:
    """What an edit changes, over the year from the measured day on."""
    policy = estate.policy(size, seed)
    with directory.opened(folder) as people:
        site = _site(policy, people)
    _settle()

    def compare(old: Policy, new: Policy) -> int:
        assert old is policy
        return len(differ.diff(site, compile_site(new, site.people, "b"), MIDNIGHT, MIDNIGHT + YEAR).rows)

    return diffs.figures(policy, compare)


def resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _site(policy: Policy, people: Directory) -> Site:
    return compile_site(policy, people.people(), "a")


def _settle() -> None:
    """As the daemon does after its start: no collection looks through what was built."""
    settle_memory()


def _timed(act: Callable[[], object]) -> float:
    begin = perf_counter()
    kept = act()
    took = perf_counter() - begin
    del kept
    return took


MEASURES: dict[str, Callable[[Path, Size, int], Figures]] = {
    "memory": memory,
    "allocated": allocated,
    "tables": tables,
    "reload": reload,
    "diff": diff,
}


def main(arguments: list[str]) -> int:
    what, folder, seed, *rest = arguments
    size = SIZES[rest[0]] if rest else LARGE
    sys.stdout.write(json.dumps(MEASURES[what](Path(folder), size, int(seed))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
