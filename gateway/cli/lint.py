"""`doorward lint`: what is wrong with a rule set although it loads."""

from __future__ import annotations

import click

from gateway.cli import lint_view
from gateway.cli.offline import Offline, json_flag, on_site
from gateway.safety import on_comms_loss
from rules.answers.lint.finding import Finding, Severity
from rules.answers.lint.linter import lint as linted

_SEVERITIES = click.Choice([severity.value for severity in Severity])
FAILED, STRICTLY_FAILED = 2, 1
"""Exit codes: where there is an error, and where there is a warning and --strict."""


@click.command()
@click.option("--severity", type=_SEVERITIES, default="note", show_default=True, help="Leave out what is less grave.")
@click.option("--days", type=click.IntRange(0, 366), default=30, show_default=True, help="Tell what ends within them.")
@click.option("--at", metavar="WHEN", help='As of "2026-11-23 09:00", on the clock of the site; now if left out.')
@click.option("--code", "codes", multiple=True, metavar="CODE", help="Show this code only; may be given again.")
@click.option("--strict", is_flag=True, help="Warnings count: exit code 1.")
@click.option("--fixes", is_flag=True, help="Say beneath each how to mend it.")
@json_flag
@on_site
@click.pass_context
def lint(
    ctx: click.Context,
    offline: Offline,
    severity: str,
    days: int,
    at: str | None,
    codes: tuple[str, ...],
    strict: bool,
    fixes: bool,
    as_json: bool,
) -> None:
    """Say what is wrong with CONFIG although it loads.

    Errors are what could keep people in: such a rule set never goes live. Warnings are what hardly means what was
    meant. docs/lint.md explains every code.

    Exit code 2 for an error, 1 for a warning with --strict, else 0.

    Example: doorward lint /etc/doorward --fixes

    Example: doorward lint /etc/doorward --state /var/lib/doorward --severity warning --strict
    """
    findings = linted(
        offline.site,
        offline.moment(at),
        expires_within_days=days,
        on_comms_loss=on_comms_loss(offline.configuration),
    )
    total = lint_view.counts(findings)
    shown = [found for found in findings if _wanted(found, Severity(severity), codes)]
    if as_json:
        click.echo(lint_view.plain(shown, total))
    else:
        click.echo("\n".join(lint_view.lines(shown, total, fixes=fixes)))
    ctx.exit(exit_code(total, strict=strict))


def _wanted(found: Finding, least: Severity, codes: tuple[str, ...]) -> bool:
    return lint_view.RANK[found.severity] <= lint_view.RANK[least] and (not codes or found.code in codes)


def exit_code(total: dict[Severity, int], *, strict: bool) -> int:
    if total[Severity.ERROR]:
        return FAILED
    return STRICTLY_FAILED if strict and total[Severity.WARNING] else 0
