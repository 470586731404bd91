"""`doorward check`: every mistake of a configuration folder, or what it adds up to."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from config.configuration import Configuration
from config.loader import load
from config.problem import ConfigErrors
from config.schema import json_schema
from config.secrets import Secrets
from gateway.cli import moment
from gateway.discover import drivers
from gateway.safety import refuse_unsafe

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("config_folder", type=_FOLDER)
@click.option("--secrets", type=_FOLDER, envvar="DOORWARD_SECRETS", help="Folder of secrets; or DOORWARD_SECRETS.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda c, _, on: _print_schema(c, on),
    help="Print the JSON Schema of the language, for editors.",
)
@click.pass_context
def check(ctx: click.Context, config_folder: Path, secrets: Path | None, as_json: bool) -> None:
    """Check CONFIG_FOLDER and start nothing.

    Prints a summary, or every mistake with its place; exit code 2 if there is any. What could keep people in is a
    mistake too; `doorward lint` says what else is odd.

    Example: doorward check /etc/doorward --secrets /etc/doorward-secrets
    """
    try:
        found = load(config_folder, drivers(), Secrets.from_environment(secrets))
        refuse_unsafe(found, moment.now())
    except ConfigErrors as errors:
        _print_mistakes(errors, as_json)
        ctx.exit(errors.exit_code)
    if as_json:
        click.echo(json.dumps(summary(found), indent=2))
    else:
        _print_summary(found)


def _print_schema(ctx: click.Context, wanted: bool) -> None:
    if wanted:
        click.echo(json.dumps(json_schema(drivers()), indent=2))
        ctx.exit(0)


def _print_mistakes(errors: ConfigErrors, as_json: bool) -> None:
    if as_json:
        problems = [asdict(problem) for problem in errors.problems]
        click.echo(json.dumps({"ok": False, "problems": problems}, indent=2))
        return
    click.echo(str(errors))
    click.echo(f"{errors.message}; nothing was started", err=True)


def summary(found: Configuration) -> dict[str, object]:
    """What the configuration holds, as plain values."""
    policy = found.policy
    return {
        "ok": True,
        "site": policy.site,
        "gateway": policy.gateway,
        "timezone": policy.timezone,
        "rules_hash": found.rules_hash,
        "files": sorted(found.files),
        "links": {link.id: f"{link.driver} {link.url}" for link in found.links},
        "counts": counts(found),
    }


def counts(found: Configuration) -> dict[str, int]:
    """How many there are of each thing."""
    policy = found.policy
    return {
        "doors": len(policy.doors),
        "areas": len(policy.areas),
        "readers": len(policy.readers),
        "controllers": len(policy.controllers),
        "devices": len(policy.devices),
        "links": len(found.links),
        "zones": len(policy.zones),
        "fire inputs": len(policy.fire),
        "schedules": len(policy.schedules),
        "access rules": len(policy.access),
        "minimums": len(policy.minimum),
        "denials": len(policy.deny),
        "operators": len(policy.operators),
    }


def _print_summary(found: Configuration) -> None:
    table = Table("what", "how many", title=f"{found.policy.site}: no mistakes", title_justify="left")
    table.columns[1].justify = "right"
    for name, count in counts(found).items():
        table.add_row(name, str(count))
    links = Table("link", "driver", "endpoint", "devices")
    for link in found.links:
        links.add_row(link.id, link.driver, link.url, ", ".join(device.id for device in link.devices))
    console = Console()
    console.print(table)
    console.print(links)
    console.print(f"rules {found.rules_hash[:16]} from {len(found.files)} files, in {found.policy.timezone}")
