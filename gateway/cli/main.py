"""`doorward`: the root of the command line. Errors of ours become one line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from config.problem import ConfigErrors
from rules.model.errors import DoorwardError

# command -> module of gateway.cli that holds it under the same name, loaded when it is asked for
COMMANDS = {
    "demo": "demo",
    "run": "run",
    "check": "check",
    "lint": "lint",
    "expect": "expect",
    "diff": "diff",
    "reload": "reload",
    "rollback": "rollback",
    "schema": "schema",
    "calendar": "calendar",
    "explain": "explain",
    "who": "who",
    "where": "where",
    "replay": "replay",
    "tail": "tail",
    "swipe": "swipe",
    "door": "door",
    "area": "area",
    "alarms": "alarms",
    "fire": "fire",
    "threat": "threat",
    "people": "people",
    "operator": "operator",
    "journal": "journal",
}


class Root(click.Group):
    """Loads a command's module only when it is used: `doorward --help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        found: click.Command = getattr(import_module(f"gateway.cli.{module}"), cmd_name.replace("-", "_"))
        return found


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="doorward", prog_name="doorward")
def root() -> None:
    """Physical access control and alarm gateway.

    Begin with `doorward demo`: a whole simulated site in one terminal.

    Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused, 4 nobody answered.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point."""
    try:
        code: Any = root.main(arguments, standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except DoorwardError as error:
        click.echo(str(error) if isinstance(error, ConfigErrors) else f"doorward: {error}", err=True)
        code = error.exit_code
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
