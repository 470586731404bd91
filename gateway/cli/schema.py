"""`doorward schema`: the language as JSON Schema, so that an editor completes and checks what is typed."""

from __future__ import annotations

import json
from pathlib import Path

import click

from config.schema import json_schema
from gateway.discover import drivers
from rules.model.errors import ConfigError

EDITOR_LINE = "# yaml-language-server: $schema={}"


@click.group()
def schema() -> None:
    """Print the schemas of what Doorward reads."""


@schema.command("config")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead.")
def config_schema(out: Path | None) -> None:
    """Print the JSON Schema of a configuration's files.

    Keep it beside them, and let the first line of each name it; editors that know YAML then complete keys and mark
    mistakes. Names of other things are not looked up: `doorward check` does that.

    Example: doorward schema config --out /etc/doorward/doorward.schema.json
    """
    text = schema_text()
    if out is None:
        click.echo(text, nl=False)
        return
    _write(out, text)
    click.echo(f"{out}: first line for each file beside it: {EDITOR_LINE.format(out.name)}")


def schema_text() -> str:
    """The schema as it is written to a file."""
    return json.dumps(json_schema(drivers()), indent=1, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise ConfigError(
            "cannot be written", code="schema_unwritable", where=str(path), got=error.strerror or ""
        ) from error
