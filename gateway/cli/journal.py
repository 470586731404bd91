"""`doorward journal`: look at the record and check it. Works beside a running daemon, on the files alone."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from gateway.journal.export import read_after, read_stats, read_tail
from gateway.journal.opening import STORE
from gateway.journal.record import Sealed
from gateway.journal.verify import Report
from gateway.journal.verify import verify as check
from rules.model.errors import DoorwardError

FOLLOW = 0.3  # s between looks at a journal that is followed
SHOWN = 50  # bad events listed for people; --json lists all

STATE = click.argument("state_folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")


@click.group()
def journal() -> None:
    """The record: show its newest events, its figures, and whether it stands."""


def _store(folder: Path) -> Path:
    path = folder / STORE
    if not path.exists():
        raise DoorwardError("holds no journal", code="journal_missing", where=str(folder))
    return path


def _plain(event: Sealed) -> dict[str, object]:
    return {
        "epoch": event.epoch,
        "seq": event.seq,
        "stream": event.stream,
        "n": event.n,
        "class": event.cls,
        "utc": event.utc,
        "hash": event.hash.hex(),
        "event": json.loads(event.body),
    }


def _when(utc: int) -> str:
    return datetime.fromtimestamp(utc / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"


def _detail(body: bytes) -> str:
    """What an event carries of its own, short."""
    data = json.loads(body).get("data", {})
    text = ", ".join(f"{key}={value}" for key, value in data.items() if value is not None)
    return "".join(char if char.isprintable() else "?" for char in text)


def _show(events: list[Sealed], as_json: bool, *, head: bool) -> None:
    if as_json:
        for event in events:
            click.echo(json.dumps(_plain(event), sort_keys=True))
        return
    table = Table(box=None, show_header=head, pad_edge=False)
    for title, width in (("seq", 9), ("utc", 24), ("class", 9), ("type", 22)):
        table.add_column(title, width=width, no_wrap=True)
    table.add_column("detail", overflow="fold")
    for event in events:
        table.add_row(str(event.seq), _when(event.utc), event.cls, event.type, _detail(event.body))
    Console(markup=False, highlight=False).print(table)


@journal.command()
@STATE
@click.option("-n", "count", default=20, show_default=True, type=click.IntRange(1, 5000), help="How many.")
@click.option("-f", "--follow", is_flag=True, help="Go on showing new ones until interrupted.")
@JSON
def tail(state_folder: Path, count: int, follow: bool, as_json: bool) -> None:
    """Show the newest events, oldest first.

    Example: doorward journal tail /var/lib/doorward -n 50 --follow
    """
    path = _store(state_folder)
    events = read_tail(path, count)
    _show(events, as_json, head=True)
    epoch, seq = (events[-1].epoch, events[-1].seq) if events else (1, 0)
    while follow:
        time.sleep(FOLLOW)
        if events := read_after(path, epoch, seq):
            _show(events, as_json, head=False)
            sys.stdout.flush()
            epoch, seq = events[-1].epoch, events[-1].seq


@journal.command()
@STATE
@JSON
def stats(state_folder: Path, as_json: bool) -> None:
    """Show whose the journal is, its head, streams, cursors and sizes.

    Example: doorward journal stats /var/lib/doorward
    """
    found = read_stats(_store(state_folder))
    if as_json:
        click.echo(json.dumps(found, sort_keys=True))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in found.items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(name, _when(int(shown)) if name == "utc" and shown != "0" else shown)
    Console(markup=False, highlight=False).print(table)


@journal.command()
@STATE
@click.option("--gateway", default=None, help="Whose journal it must be.")
@JSON
def verify(state_folder: Path, gateway: str | None, as_json: bool) -> None:
    """Check every number, hash and column. Exit code 1 if anything does not stand.

    Keep the head it prints somewhere else: only an outside copy shows that the end was cut off.

    Example: doorward journal verify /var/lib/doorward
    """
    report = _checked(_store(state_folder), gateway, bar=sys.stderr.isatty() and not as_json)
    if as_json:
        click.echo(json.dumps(_report(report), sort_keys=True))
    else:
        _print_report(report)
    sys.exit(0 if report.ok else 1)


def _checked(path: Path, gateway: str | None, *, bar: bool) -> Report:
    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not bar, transient=True) as progress:
        task = progress.add_task("checking", total=None)
        return check(
            path,
            gateway=gateway,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )


def _report(report: Report) -> dict[str, object]:
    return {
        "ok": report.ok,
        "gateway": report.gateway,
        "epochs": report.epochs,
        "events": report.events,
        "head": report.head,
        "hash": report.hash,
        "first_bad": report.first_bad.seq if report.first_bad is not None else None,
        "bad": [{"epoch": b.epoch, "seq": b.seq, "last": b.last, "why": b.why} for b in report.bad],
        "gaps": [{"epoch": g.epoch, "first": g.first, "last": g.last} for g in report.gaps],
    }


def _print_report(report: Report) -> None:
    console = Console(markup=False, highlight=False)
    for gap in report.gaps:
        console.print(f"declared lost: events {gap.first} to {gap.last} of epoch {gap.epoch}")
    if report.ok:
        console.print(
            f"{report.gateway}: {report.events} events stand, head {report.head} {report.hash}", soft_wrap=True
        )
        return
    table = Table(title=f"{report.gateway}: {len(report.bad)} findings in {report.events} events")
    for title in ("epoch", "first seq", "last seq", "why"):
        table.add_column(title)
    for bad in report.bad[:SHOWN]:
        table.add_row(str(bad.epoch), str(bad.seq), str(bad.last), bad.why)
    console.print(table)
    if len(report.bad) > SHOWN:
        console.print(f"and {len(report.bad) - SHOWN} more; --json lists all")
