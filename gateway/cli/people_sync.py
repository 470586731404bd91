"""`doorward people sync`: the directory made what the file of the personnel office says, shown before it is done."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from gateway.cli import people_plan_view as view
from gateway.cli.desk import Desk, actor, on_desk
from gateway.cli.people_options import apply_flag, json_flag, progress, zone_option
from gateway.people.directory import Directory
from gateway.people.plan import ImportPlan, Limit, Terms
from rules.model.errors import ConfigError, Refused


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@apply_flag
@click.option("--dry-run", is_flag=True, help="Only show it, which is what happens without --apply.")
@click.option("--plan", "wanted", metavar="ID", help="Do it only if it is still the plan that was shown under this id.")
@click.option(
    "--leavers",
    type=click.Choice(["block", "keep"]),
    default="block",
    show_default=True,
    help="People of an earlier file whom this one names no more.",
)
@click.option("--max-leavers", "most", default="10%", show_default=True, help="N or P%: more may not lose all access.")
@click.option("--new-column", "columns", multiple=True, help="An attribute nobody had so far; several times.")
@click.option("--unended", is_flag=True, help="Take a file whose last line has no line end.")
@zone_option
@json_flag
@on_desk
@click.pass_context
def sync(
    context: click.Context,
    desk: Desk,
    file: Path,
    apply: bool,
    dry_run: bool,
    wanted: str | None,
    leavers: str,
    most: str,
    columns: tuple[str, ...],
    unended: bool,
    zone: ZoneInfo,
    as_json: bool,
) -> None:
    """Make the people those of a CSV file: all of it, or nothing while any row is wrong (exit 2).

    Without --apply it only shows who would join, leave or change. Nothing is done either (exit 3) if more people
    than --max-leavers would lose all access, or if the directory is changed meanwhile.

    Example: doorward people sync people.csv

    Example: doorward people sync people.csv --apply --max-leavers 25
    """
    if apply and dry_run:
        raise click.UsageError("give --apply or --dry-run, not both")
    terms = Terms(leavers == "block", Limit.parse(most), frozenset(columns), unended)
    with desk.open(create=True) as directory:
        with progress(quiet=as_json) as told:
            plan = directory.plan(file, zone=zone.key, terms=terms, progress=told)
        if not as_json:
            view.print_plan(plan, str(file))
        if apply and not plan.refused and not plan.excess:
            plan = _done(directory, plan, wanted, as_json)
    view.print_json(view.plan(plan)) if as_json else view.print_summary(plan, file)
    if plan.refused:
        context.exit(ConfigError.exit_code)
    if plan.excess:
        context.exit(Refused.exit_code)


def _done(directory: Directory, plan: ImportPlan, wanted: str | None, as_json: bool) -> ImportPlan:
    if wanted is not None and wanted != plan.id:
        raise Refused("the plan is another one by now: look again", code="plan_changed", got=plan.id)
    with progress(quiet=as_json) as told:
        return directory.carry_out(plan, actor=actor(), progress=told)


import_ = copy(sync)
import_.name = "import"
import_.hidden = True
import_.help = "The same as `sync`.\n\nExample: doorward people import people.csv --apply"
