"""What a demo came to: figures for a script, a page for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console as Screen
from rich.table import Table

from gateway.journal.export import read_after
from gateway.journal.opening import STORE
from gateway.journal.verify import verify

GOODBYE = frozenset({"GatewayStopped"})
"""What may stand in the journal behind the last event the bus could still carry."""

Summary = Mapping[str, Any]


def losses(
    state: Path, seen: Mapping[str, tuple[int, int]] | None, missed: int, report: Mapping[str, Any]
) -> dict[str, int]:
    """Everything that could have got lost, counted.

    seen: stream -> (epoch, n) up to which the bus was followed; None where it was left in the middle.
    """
    checked = verify(state / STORE)
    found = {
        "missed_on_bus": missed,
        "never_published": _unpublished(state, {stream: n for stream, (_, n) in seen.items()}) if seen else 0,
        "journal_bad": len(checked.bad),
        "journal_gaps": sum(gap.last - gap.first + 1 for gap in checked.gaps),
        "refused_by_broker": int(report.get("publisher", {}).get("refused", 0)),
        "core_faults": int(report.get("core", {}).get("faults", 0)),
        "daemon_unreported": 0 if report else 1,
    }
    return {**found, "total": sum(found.values())}


def _unpublished(state: Path, seen: Mapping[str, int]) -> int:
    epoch, seq, count = 1, 0, 0
    while rows := read_after(state / STORE, epoch, seq):
        late = (row for row in rows if row.n > seen.get(row.stream, 0))
        count += sum(row.type not in GOODBYE for row in late)
        epoch, seq = rows[-1].epoch, rows[-1].seq
    return count


def commands(report: Mapping[str, Any]) -> dict[str, int]:
    """ordered by the core; carried out and failed on the links."""
    links = report.get("links", {}).values()
    return {
        "ordered": int(report.get("core", {}).get("orders", 0)),
        "given": sum(int(link["commands"]) for link in links),
        "failed": sum(int(link["commands_failed"]) for link in links),
    }


def show(summary: Summary, screen: Screen) -> None:
    """The page for a person."""
    table = Table(title="The demo", title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _rows(summary):
        table.add_row(name, text)
    screen.print(table)
    for kind in ("missing", "surprises"):
        for line in summary["expected"][kind]:
            screen.print(f"  [red]{kind}[/red]: {line}", highlight=False)
    if summary["ended"] != "done":
        screen.print("stopped")
    elif summary["ok"]:
        screen.print("[green]all that was expected happened[/green]")
    else:
        screen.print("[red]not as expected[/red]")


def _rows(summary: Summary) -> Iterator[tuple[str, str]]:
    decisions, expected = summary["decisions"], summary["expected"]
    yield "ran", f"{summary['seconds']} s, {summary['scenes']} scenes, {summary['simulated']}"
    yield "signals in", str(summary["signals"])
    yield "events", f"{summary['events']['total']}: {_counts(summary['events']['by_type'])}"
    yield "decisions", f"{decisions['granted']} granted, denied: {_counts(decisions['denied']) or 'none'}"
    yield "commands", ", ".join(f"{count} {name}" for name, count in summary["commands"].items())
    yield "lost", f"{summary['losses']['total']} ({_counts(summary['losses'])})"
    for name, figures in summary["latency_ms"].items():
        yield name.replace("_", " "), _figures(figures)
    yield "expected", f"{expected['events']} events after {expected['steps']} steps, {len(expected['missing'])} missing"


def _counts(found: Mapping[str, int]) -> str:
    """Largest first."""
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count}" for name, count in ranked if name != "total")


def _figures(figures: Mapping[str, Any]) -> str:
    if not figures["count"]:
        return "none"
    shown = ", ".join(f"{name} {figures[name]} ms" for name in ("p50", "p99", "max"))
    return f"{shown} ({figures['slowest']}), {figures['count']} in all"
