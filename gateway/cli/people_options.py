"""Options and answers that the commands on people share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from gateway.cli import moment as moments
from gateway.cli import people_view as view
from gateway.people import times
from gateway.people.cards import parse_number
from gateway.people.csv_rows import Progress as Told
from rules.people import CredentialStatus

json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
csv_flag = click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
apply_flag = click.option("--apply", is_flag=True, help="Do it; without this it is only shown.")
zone_option = click.option(
    "--timezone",
    "zone",
    envvar="DOORWARD_TIMEZONE",
    default="UTC",
    show_default=True,
    callback=lambda _context, _option, name: times.zone(name),
    help="Zone of dates; or DOORWARD_TIMEZONE.",
)


bad_statuses = sorted(status.value for status in CredentialStatus if status is not CredentialStatus.ACTIVE)


def one_of(who: str | None, card: str | None) -> bool:
    """True for a person, False for a card; anything else is a usage error."""
    if (who is None) == (card is None):
        raise click.UsageError("give WHO or --card")
    return who is not None


def attribute(text: str) -> tuple[str, str]:
    """`company=acme` -> (company, acme)"""
    key, equals, value = text.partition("=")
    if not equals or not value:
        raise click.BadParameter("is KEY=VALUE", param_hint="--attribute")
    return key, value


def moment(text: str | None, zone: ZoneInfo, option: str) -> int | None:
    """A day, a moment, or a time of today; a day of --until is its end. None for nothing."""
    if not text:
        return None
    found = times.today(text, zone, moments.now())
    if found is None:
        found = times.parse(text, zone, last=option == "--until")
    if found is None:
        raise click.BadParameter(times.EXPECTED, param_hint=option)
    return found


def card_number(text: str, option: str) -> int:
    number = parse_number(text.strip())
    if number is None:
        raise click.BadParameter("is not a number", param_hint=option)
    return number


def say(as_json: bool, **values: str) -> None:
    """Print the ids a command made or changed."""
    if as_json:
        view.print_json(values)
    else:
        click.echo(" ".join(values.values()))


def agreed(question: str, *, apply: bool, as_json: bool) -> bool:
    """True with --apply, or after a yes where somebody sits at a terminal."""
    if apply:
        return True
    return not as_json and sys.stdin.isatty() and click.confirm(question)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Told]:
    """A bar on the terminal's standard error, once something takes longer than a moment."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=quiet or not sys.stderr.isatty(), transient=True) as bar:
        tasks: dict[str, int] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = int(bar.add_task(what))
            bar.update(bar.task_ids[tasks[what]], completed=done, total=total)

        yield told
