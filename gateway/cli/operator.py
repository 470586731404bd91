"""`doorward operator`: make an operator's key pair, and list who may ask for what."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.table import Table

from gateway.people import keys, operators
from rules.model.errors import ConfigError
from rules.model.ids import is_id
from rules.policy import Role

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def operator() -> None:
    """Operators: who may sign which requests."""


@operator.command()
@click.argument("id")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="New key file.")
@click.option("--config", "folder", type=_FOLDER, help="Also write the operator into this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add(id: str, role: str, out: Path, folder: Path | None, as_json: bool) -> None:
    """Make a key pair for operator ID.

    The private key goes to a new file of mode 0600 and is not printed. The public key goes into the
    configuration: printed to be pasted, or written to operators.yaml with --config.

    Example: doorward operator add amira --role supervisor --out amira.key --config /etc/doorward
    """
    if not is_id(id):
        raise ConfigError("an id is a-z, 0-9 and -, from a letter on", code="bad_id", got=repr(id))
    key = Ed25519PrivateKey.generate()
    public = keys.public_text(key)
    data = operators.extended(folder, id, Role(role), public) if folder else b""
    keys.save_private(out, key)
    written = operators.write(folder, data) if folder else None
    if as_json:
        made = {"id": id, "role": role, "key": public, "private_key": str(out)}
        click.echo(json.dumps({**made, "written": str(written) if written else None}))
        return
    click.echo(f"private key: {out} (keep it; it is nowhere else)", err=True)
    if written:
        click.echo(f"operator written: {written}", err=True)
    else:
        click.echo(operators.section(id, Role(role), public), nl=False)


@operator.command(name="list")
@click.argument("config", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(config: Path, as_json: bool) -> None:
    """List the operators of a configuration folder.

    Example: doorward operator list /etc/doorward
    """
    found = operators.listed(config)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
        return
    table = Table("operator", "role", "public key", "written at")
    for one in found:
        table.add_row(one.id, one.role, one.key, one.where)
    Console(markup=False, emoji=False, highlight=False).print(table)
