"""What was measured: percentiles, rounds, one table, one JSON file."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0-1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; times in us.

    p50_of_rounds: median of the rounds' medians; ratio: that to the minimum's; above: p99 less the minimum's p99.
    """

    what: str
    n: int
    p50: float
    p99: float
    max: float
    p50_of_rounds: float | None = None
    ratio: float | None = None
    above: float | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """A figure that is no time."""

    what: str
    value: float
    unit: str


@dataclass(slots=True)
class Lanes:
    """Times by lane and round."""

    rounds: list[dict[str, list[float]]] = field(default_factory=list)

    def begin_round(self) -> None:
        self.rounds.append(defaultdict(list))

    def add(self, lane: str, us: float) -> None:
        self.rounds[-1][lane].append(us)

    def row(self, lane: str, minimum: str | None = None) -> Row | None:
        """All rounds of a lane together, beside its minimum; None if nothing was measured."""
        mine = [found[lane] for found in self.rounds if found.get(lane)]
        everything = [us for found in mine for us in found]
        if not everything:
            return None
        medians = statistics.median(percentile(found, 0.5) for found in mine)
        ratio = above = None
        least = [found for found in (r.get(minimum, []) for r in self.rounds) if found] if minimum else []
        if least:
            ratio = medians / statistics.median(percentile(found, 0.5) for found in least)
            above = percentile(everything, 0.99) - percentile([us for found in least for us in found], 0.99)
        p50, p99 = percentile(everything, 0.5), percentile(everything, 0.99)
        return Row(lane, len(everything), p50, p99, max(everything), medians, ratio, above)


def times(what: str, us: Sequence[float]) -> Row:
    """A row without rounds."""
    return Row(what, len(us), percentile(us, 0.5), percentile(us, 0.99), max(us))


def show(rows: Iterable[Row | Rate], title: str) -> None:
    """Print the one table."""
    load = f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; CPython {platform.python_version()}"
    table = Table(title=title, title_justify="left", caption=load, caption_justify="left")
    table.add_column("ms unless said otherwise", no_wrap=True)
    for name in ("n", "p50", "p99", "max", "p50 of rounds", "to minimum", "p99 above it"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*(_rate(row) if isinstance(row, Rate) else _times(row)))
    Console(width=None if os.isatty(1) else 150).print(table)


def _rate(row: Rate) -> tuple[str, ...]:
    return row.what, "", f"{row.value:,.4g} {row.unit}"


def _times(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"x {row.ratio:.1f}"
    return (
        row.what,
        f"{row.n:,}",
        *(_ms(us) for us in (row.p50, row.p99, row.max, row.p50_of_rounds)),
        ratio,
        _ms(row.above),
    )


def _ms(us: float | None) -> str:
    return "" if us is None else f"{us / 1000:.3f}"


def write(path: Path, rows: Iterable[Row | Rate]) -> None:
    """The same figures as JSON; times in us."""
    machine = {"processors": os.cpu_count(), "load": os.getloadavg(), "python": platform.python_version()}
    path.write_text(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")
