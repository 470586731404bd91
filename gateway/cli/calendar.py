"""`doorward calendar`: what a schedule means, day by day, with its holidays and the changes of the clocks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from config.calendar import YEARS, Holiday
from config.configuration import Configuration
from config.loader import holidays_of, load
from config.problem import suggestion
from config.secrets import Placeholders, Secrets
from gateway.discover import drivers
from rules.agenda import DayPlan, agenda, lasting
from rules.calendar import union, unnamed_types
from rules.wall import DAY, SECOND

_FOLDER = click.Path(file_okay=False, path_type=Path)
_DAYS = range(1970, 2201)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A schedule over some days.

    names: of the holidays that have one; closed_on: holiday types that none of its entries names.
    """

    schedule: str
    timezone: str
    days: tuple[DayPlan, ...]
    names: Mapping[date, str]
    closed_on: tuple[str, ...]

    @property
    def seconds(self) -> int:
        """For how long it is active in what begins on these days; what overlaps counts once."""
        periods = (period for day in self.days for period in day.periods)
        edges = union((period.begin.utc, period.end.utc) for period in periods)
        return sum(end - begin for begin, end in zip(edges[::2], edges[1::2], strict=True)) // SECOND


@click.command()
@click.argument("config_folder", type=_FOLDER)
@click.option("--schedule", "name", required=True, help="Id of the schedule.")
@click.option("--days", type=click.IntRange(1, 3660), default=60, show_default=True, help="How many days.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day; today if left out.")
@click.option("--all", "every", is_flag=True, help="Every day by itself, also in weeks that are alike.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, every day by itself.")
@click.option("--secrets", type=_FOLDER, help="Folder of secrets, to check them too; they are not needed.")
def calendar(
    config_folder: Path,
    name: str,
    days: int,
    first: datetime | None,
    every: bool,
    as_json: bool,
    secrets: Path | None,
) -> None:
    """Show what a schedule of CONFIG_FOLDER means, day by day.

    A day's line holds what begins on that day: the part after midnight is marked (+1). Consecutive weeks without
    holidays and changes of the clocks that are alike are shown once.

    Example: doorward calendar /etc/doorward --schedule office --from 2026-12-01 --days 31
    """
    found = load(config_folder, drivers(), Placeholders() if secrets is None else Secrets.from_environment(secrets))
    begin = datetime.now(ZoneInfo(found.policy.timezone)).date() if first is None else first.date()
    if begin.year not in _DAYS:
        raise click.BadParameter(f"expected a year from {_DAYS[0]} to {_DAYS[-1]}", param_hint="'--from'")
    meaning = read_meaning(found, name, begin, days)
    if as_json:
        click.echo(json.dumps(plain(meaning), indent=2, ensure_ascii=False))
    else:
        show(meaning, every)


def read_meaning(found: Configuration, name: str, first: date, days: int) -> Meaning:
    """Raises BadParameter for a schedule that does not exist."""
    policy = found.policy
    if name not in policy.schedules:
        raise click.BadParameter(f"no schedule {name!r}{suggestion(name, policy.schedules)}", param_hint="'--schedule'")
    schedule = policy.schedules[name]
    plans = agenda(schedule, ZoneInfo(policy.timezone), policy.holidays, first, days)
    return Meaning(
        schedule=name,
        timezone=policy.timezone,
        days=tuple(plans),
        names=_names(holidays_of(found)),
        closed_on=() if name == "never" else tuple(unnamed_types(schedule, policy.holidays.values())),
    )


def _names(holidays: Mapping[date, Holiday]) -> dict[date, str]:
    return {day: holiday.name for day, holiday in holidays.items() if holiday.name}


# -- for scripts -------------------------------------------------------------------------------------------------------


def plain(meaning: Meaning) -> dict[str, Any]:
    """Times are local, with their offset; seconds are real ones."""
    return {
        "schedule": meaning.schedule,
        "timezone": meaning.timezone,
        "seconds": meaning.seconds,
        "closed_on": list(meaning.closed_on),
        "days": [_plain_day(day, meaning.names) for day in meaning.days],
    }


def _plain_day(plan: DayPlan, names: Mapping[date, str]) -> dict[str, Any]:
    holiday = None if plan.kind is None else {"type": plan.kind, "name": names.get(plan.day)}
    return {
        "date": plan.day.isoformat(),
        "weekday": plan.day.strftime("%a").lower(),
        "holiday": holiday,
        "intervals": [{"from": p.begin.iso, "to": p.end.iso, "seconds": p.seconds} for p in plan.periods],
        "seconds": plan.seconds,
        "remarks": list(plan.remarks),
    }


# -- for people --------------------------------------------------------------------------------------------------------


def show(meaning: Meaning, every: bool) -> None:
    console = Console(markup=False, emoji=False, highlight=False)
    table = Table("date", "day", "holiday", "active", "hours", "remarks")
    for group in [[week] for week in weeks(meaning.days)] if every else alike(weeks(meaning.days)):
        _add_group(table, group, meaning.names)
    console.print(f"schedule {meaning.schedule}, {len(meaning.days)} days, times in {meaning.timezone}")
    console.print(table)
    console.print(f"active for {lasting(meaning.seconds)} in all")
    if meaning.closed_on:
        console.print(f"closed on every {', '.join(meaning.closed_on)}: no entry names it")
    if any(day.day.year not in YEARS for day in meaning.days):
        console.print(f"public holidays are known for {YEARS[0]} to {YEARS[-1]} only")


def weeks(days: Iterable[DayPlan]) -> list[list[DayPlan]]:
    """Monday to Sunday each; the first and the last may be shorter."""
    return [list(week) for _, week in groupby(days, key=lambda plan: plan.day - plan.day.weekday() * DAY)]


def alike(found: Iterable[list[DayPlan]]) -> Iterator[list[list[DayPlan]]]:
    """Consecutive whole ordinary weeks with the same times together, every other week by itself."""
    for key, group in groupby(found, key=_pattern):
        if key is None:
            yield from ([week] for week in group)
        else:
            yield list(group)


def _pattern(week: Sequence[DayPlan]) -> tuple[str, ...] | None:
    """What is the same in weeks that are alike; None for a week that is like no other."""
    if len(week) < 7 or any(plan.kind or plan.remarks for plan in week):
        return None
    return tuple(plan.text() for plan in week)


def _add_group(table: Table, group: Sequence[Sequence[DayPlan]], names: Mapping[date, str]) -> None:
    table.add_section()
    if len(group) > 1:
        table.add_row(str(group[0][0].day), "", "", f"to {group[-1][-1].day}, {len(group)} weeks:")
    for plan in group[0]:
        _add_day(table, plan, names, str(plan.day) if len(group) == 1 else "")


def _add_day(table: Table, plan: DayPlan, names: Mapping[date, str], shown: str) -> None:
    name = names.get(plan.day, "")
    kind = plan.kind if plan.kind is None or not name else f"{plan.kind}: {name}"
    hours = lasting(plan.seconds) if plan.seconds else ""
    table.add_row(shown, plan.day.strftime("%a"), kind, plan.text() or "closed", hours, "; ".join(plan.remarks))
