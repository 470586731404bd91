"""`doorward people suspend` and `resume`: many people at once, counted before it is done."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import click

from config.problem import suggestion
from gateway.cli import people_view as view
from gateway.cli.desk import Desk, actor, on_desk
from gateway.cli.people_options import agreed, apply_flag, attribute, json_flag, moment, zone_option
from gateway.cli.people_table import Listing, count
from gateway.people import suspensions, times
from gateway.people.directory import Directory
from gateway.people.suspensions import Plan, Scope
from rules.model.errors import Refused

_company = click.option("--company", help="Everybody whose attribute company is this.")
_group = click.option("--group", help="Everybody in this group.")
_attribute = click.option("--attribute", "pair", metavar="KEY=VALUE", help="Everybody with this attribute.")


@click.command()
@_company
@_group
@_attribute
@click.option("--until", metavar="DATE", help="Last day, or moment; left out: until `resume`.")
@click.option("--reason", default="", help="Kept with it.")
@zone_option
@apply_flag
@json_flag
@on_desk
def suspend(
    desk: Desk,
    company: str | None,
    group: str | None,
    pair: str | None,
    until: str | None,
    reason: str,
    zone: ZoneInfo,
    apply: bool,
    as_json: bool,
) -> None:
    """Keep a company, a group or everybody with an attribute out, from the next badge on.

    Whom it would concern is shown first. Neither `unblock` nor `sync` lifts it. It is of those who are there now.

    Example: doorward people suspend --company acme --until 2026-12-31 --reason "contract on hold" --apply
    """
    scope, ends = _scope(company, group, pair), moment(until, zone, "--until")
    with desk.open() as directory:
        if ends is not None and ends <= directory.now():
            raise Refused("this end is over already", code="already_over")
        with directory.store.reading() as conn:
            plan = suspensions.to_suspend(conn, scope, ends)
        if not plan.matched:
            raise Refused(f"nobody is meant by {scope.text!r}{_meant(directory, scope)}", code="nobody_meant")
        _show(plan, "to be suspended", zone, as_json)
        done = bool(plan.people) and agreed(f"Suspend {_many(plan)}?", apply=apply, as_json=as_json)
        ident = _suspend(directory, plan, reason) if done else None
        _tell(directory, plan, "suspended", done, as_json, suspension=ident)


def _suspend(directory: Directory, plan: Plan, reason: str) -> str:
    with directory.editing(actor(), rev=plan.rev) as log:
        return suspensions.suspend(log, plan, reason)


@click.command()
@_company
@_group
@_attribute
@zone_option
@apply_flag
@json_flag
@on_desk
def resume(
    desk: Desk,
    company: str | None,
    group: str | None,
    pair: str | None,
    zone: ZoneInfo,
    apply: bool,
    as_json: bool,
) -> None:
    """Lift what `suspend` did for the same company, group or attribute, and nothing else.

    Example: doorward people resume --company acme --apply
    """
    scope = _scope(company, group, pair)
    with desk.open() as directory:
        with directory.store.reading() as conn:
            plan, known = suspensions.to_resume(conn, scope), suspensions.scopes(conn)
        if not plan.people:
            near = suggestion(scope.text, known)
            raise Refused(f"nobody is suspended by {scope.text!r}{near}", code="nobody_suspended")
        _show(plan, "to be let in again", zone, as_json)
        done = agreed(f"Let {_many(plan)} in again?", apply=apply, as_json=as_json)
        if done:
            with directory.editing(actor(), rev=plan.rev) as log:
                suspensions.resume(log, plan)
        _tell(directory, plan, "let in again", done, as_json)


def _scope(company: str | None, group: str | None, pair: str | None) -> Scope:
    given = [text for text in (company, group, pair) if text is not None]
    if len(given) != 1:
        raise click.UsageError("give one of --company, --group and --attribute")
    if group is not None:
        return Scope.of("", group)
    return Scope.of("company", company) if company is not None else Scope.of(*attribute(pair or ""))


def _meant(directory: Directory, scope: Scope) -> str:
    """The nearest group or value that somebody has."""
    people = directory.records()
    if scope.key:
        return suggestion(scope.value, {dict(one.attributes).get(scope.key, "") for one in people})
    return suggestion(scope.value, {group for one in people for group in one.groups})


def _many(plan: Plan) -> str:
    return count(len(plan.people), "person", "people")


def _show(plan: Plan, what: str, zone: ZoneInfo, as_json: bool) -> None:
    if as_json:
        return
    rows = [
        {"id": one.id, "reference": one.ref, "name": one.name, "suspended until": times.shown(one.until, zone)}
        for one in plan.people
    ]
    until = f", until {times.shown(plan.until, zone)}" if plan.until else ""
    Listing(f"{plan.scope.text}{until}, {what}", ("id", "reference", "name", "suspended until"), rows).show(
        as_json=False, as_csv=False
    )


def _tell(directory: Directory, plan: Plan, what: str, done: bool, as_json: bool, **more: Any) -> None:
    rev = directory.rev()
    if as_json:
        people = [{"id": one.id, "ref": one.ref} for one in plan.people]
        about = {"applied": done, "rev": rev, "scope": plan.scope.text, "until": times.shown(plan.until) or None}
        view.print_json({**about, **more, "matched": plan.matched, "people": people})
    elif done:
        click.echo(f"{_many(plan)} {what}, the directory is at revision {rev}")
    else:
        click.echo(f"nothing was changed; {_many(plan)} would be {what} with --apply")
