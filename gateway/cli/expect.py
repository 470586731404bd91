"""`doorward expect`: whether a rule set does what it is expected to."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import click

from gateway.cli import expect_view
from gateway.cli.offline import Offline, json_flag, names_flag, on_site
from rules import wall
from rules.answers.expect import verdicts
from rules.model.errors import ConfigError

BROKEN = 3
"""Exit code where an assertion is broken: such a rule set is refused."""


@click.command()
@click.option("--from", "begin", metavar="DATE", help="The first day, as 2026-11-23; from now on if left out.")
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="How far to look.")
@names_flag
@json_flag
@on_site
@click.pass_context
def expect(ctx: click.Context, offline: Offline, begin: str | None, days: int, names: bool, as_json: bool) -> None:
    """Say which assertions under `expect:` of CONFIG hold, and what breaks the others.

    Exact over the days that are looked at: worked out from the transitions of the schedules, holidays and changes of
    the clocks included. A rule set that breaks one never goes live.

    Exit code 0 if all hold, 3 if one is broken.

    Example: doorward expect /etc/doorward

    Example: doorward expect /etc/doorward --state /var/lib/doorward --from 2027-01-01 --days 31 --names
    """
    lo, hi = _period(offline, begin, days)
    found = verdicts(offline.site, lo, hi)
    if as_json:
        click.echo(expect_view.plain(offline, found, (lo, hi), names=names))
    else:
        click.echo("\n".join(expect_view.lines(offline, found, names=names)))
    ctx.exit(0 if all(verdict.holds for verdict in found) else BROKEN)


def _period(offline: Offline, begin: str | None, days: int) -> tuple[int, int]:
    """(lo, hi), us since 1970: whole local days, the first from now on where none is named."""
    now = offline.moment(None)
    first = wall.local_date(now, offline.zone) if begin is None else _day(begin)
    lo = now if begin is None else _begin(first, offline.zone)
    return lo, _begin(first + timedelta(days=days), offline.zone)


def _begin(day: date, zone: ZoneInfo) -> int:
    """When a local day begins; of one that a zone skipped, when it would have."""
    found = wall.occurrences(day, 0, wall.MINUTES, zone)
    return found[0][0] if found else wall.midnight(day, zone)


def _day(text: str) -> date:
    """Raises ConfigError `bad_date`."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ConfigError("expected a date such as 2026-11-23", code="bad_date", got=repr(text)) from None
    if not 1970 < found.year < 9900:
        raise ConfigError("there is no telling so far away", code="bad_date", got=repr(text))
    return found
