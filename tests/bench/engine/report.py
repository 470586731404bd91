"""What was measured: one table beside its goals, one JSON file."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.engine.goals import Goal


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of one size. text: as it is shown; goal: what it is held to, if anything."""

    value: float
    text: str
    goal: Goal | None = None

    @property
    def met(self) -> bool | None:
        return None if self.goal is None else self.goal.met(self.value)

    @property
    def shown(self) -> str:
        if self.goal is None:
            return self.text
        sign = ">=" if self.goal.least else "<="
        return f"{self.text} ({sign} {self.goal.limit:g} {'met' if self.met else 'MISSED'})"


@dataclass(slots=True)
class Row:
    """One line. cells: by size."""

    what: str
    cells: dict[str, Cell] = field(default_factory=dict)
    note: str = ""


class Report:
    """Rows in the order in which they were first named."""

    def __init__(self, seed: int, rounds: int) -> None:
        self.seed = seed
        self.rounds = rounds
        self.rows: dict[str, Row] = {}

    def put(self, what: str, size: str, cell: Cell, note: str = "") -> None:
        row = self.rows.setdefault(what, Row(what))
        row.cells[size] = cell
        row.note = note or row.note

    def missed(self) -> list[str]:
        """The figures that do not meet their goals."""
        return [f"{r.what}, {size}" for r in self.rows.values() for size, c in r.cells.items() if c.met is False]

    def show(self, sizes: Sequence[str]) -> None:
        """Print the one table."""
        title = f"One decision, median of {self.rounds} interleaved rounds, seed {self.seed}"
        table = Table(title=title, title_justify="left", caption=_machine(), caption_justify="left")
        table.add_column("ns unless said otherwise", no_wrap=True)
        for size in sizes:
            table.add_column(size, justify="right")
        for row in self.rows.values():
            table.add_row(row.what, *_shown(row, sizes))
        console = Console(width=None if os.isatty(1) else 150)
        console.print(table)
        for row in self.rows.values():
            if row.note:
                console.print(f"{row.what}: {row.note}", highlight=False)

    def write(self, path: Path) -> None:
        """The same figures as JSON."""
        rows = [
            {"what": row.what, "note": row.note}
            | {size: asdict(cell) | {"met": cell.met} for size, cell in row.cells.items()}
            for row in self.rows.values()
        ]
        machine = {"processors": os.cpu_count(), "load": os.getloadavg(), "python": platform.python_version()}
        whole = {"seed": self.seed, "rounds": self.rounds, "machine": machine, "rows": rows}
        path.write_text(json.dumps(whole, indent=1) + "\n")


def _shown(row: Row, sizes: Iterable[str]) -> list[str]:
    return [row.cells[size].shown if size in row.cells else "" for size in sizes]


def _machine() -> str:
    return f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; CPython {platform.python_version()}"
