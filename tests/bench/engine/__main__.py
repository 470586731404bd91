"""The command: `python -m tests.bench.engine [--sizes small,medium,large] [--rounds N] [--seed N] [--json PATH]`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from rules.model.errors import ConfigError
from tests.bench.engine import directory, race
from tests.bench.engine.contender import PEERS
from tests.bench.engine.crowd import crowd
from tests.bench.engine.goals import AT_LARGE
from tests.bench.engine.race import WrongAnswers
from tests.bench.engine.report import Cell, Report
from tests.bench.engine.sizes import LARGE, SIZES

ALONE = ("memory", "allocated", "tables", "reload", "diff")
ALONE_LIMIT = 900
"""Seconds that one measurement in a process of its own may take."""

LEAST_ROUNDS = 9


def main() -> int:
    """0, whether the goals are met or not; 1 if somebody answers wrong; 2 if a peer is not installed."""
    options = _options()
    report, console = Report(options.seed, options.rounds), Console(stderr=True)
    try:
        for name in options.sizes:
            race.run(SIZES[name], options, report, lambda text: console.print(text, highlight=False))
    except WrongAnswers as wrong:
        console.print(f"{wrong}", highlight=False)
        return 1
    except ConfigError as error:
        console.print(f"{error}", highlight=False)
        return error.exit_code
    if LARGE.name in options.sizes and not options.decisions:
        _alone(report, options.seed, console)
    report.show(options.sizes)
    if options.json:
        report.write(options.json)
    for missed in report.missed():
        console.print(f"missed: {missed}", highlight=False)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.engine", description=__doc__)
    parser.add_argument("--sizes", type=_names(SIZES), default=list(SIZES), help=f"of {', '.join(SIZES)}")
    parser.add_argument("--peers", type=_names(PEERS), default=list(PEERS), help="those to compare with, or none")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--decisions", action="store_true", help="leave out memory, loading, reload and diff")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


class _names:  # noqa: N801 - argparse shows the name in its error
    """Comma-separated names out of some; `none` for none."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = tuple(known)

    def __call__(self, text: str) -> list[str]:
        found = [] if text == "none" else text.split(",")
        for name in found:
            if name not in self._known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(self._known)}")
        return found


def _alone(report: Report, seed: int, console: Console) -> None:
    """What is measured in processes of their own, at large."""
    with TemporaryDirectory(prefix="dw-bench-") as folder:
        console.print("large: people into SQLite")
        directory.store(Path(folder), crowd(LARGE, seed))
        for what in ALONE:
            console.print(f"large: {what}")
            for name, value in _measured(what, folder, seed).items():
                report.put(name, LARGE.name, Cell(value, f"{value:,.4g}", AT_LARGE.get(name)))


def _measured(what: str, folder: str, seed: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.engine.alone", what, folder, str(seed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=ALONE_LIMIT)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    sys.exit(main())
