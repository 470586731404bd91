"""`doorward run`: the daemon."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import click

from config.secrets import Secrets
from gateway.app import App, Options
from gateway.discover import drivers
from gateway.reload.candidate import Source
from gateway.reload.quiet import settle_memory
from gateway.reload.start import folder_or_last

_FOLDER = click.Path(file_okay=False, path_type=Path)

SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread asks for the interpreter: at the default of 5 ms a busy loop starves the journal."""


@click.command()
@click.argument("config_folder", type=_FOLDER)
@click.option(
    "--state",
    type=_FOLDER,
    envvar="DOORWARD_STATE",
    default="/var/lib/doorward",
    show_default=True,
    help="Folder of the journal and the directory; or DOORWARD_STATE.",
)
@click.option("--secrets", type=_FOLDER, envvar="DOORWARD_SECRETS", help="Folder of secrets; or DOORWARD_SECRETS.")
@click.option("--verbose", "-v", is_flag=True, help="Log more.")
def run(config_folder: Path, state: Path, secrets: Path | None, verbose: bool) -> None:
    """Run the gateway on CONFIG_FOLDER until SIGTERM or Ctrl-C.

    Example: doorward run /etc/doorward --state /var/lib/doorward
    """
    level = logging.DEBUG if verbose else logging.INFO
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    start(config_folder, Options(state, started=lambda app: settle_memory()), secrets)


def start(folder: Path, options: Options, secrets: Path | None) -> None:
    """Load the configuration and run it in the fastest loop there is.

    A folder that may not run gives way to the rule set that was active last. Raises ConfigError where there is none:
    then nothing was started.
    """
    sys.setswitchinterval(SWITCH_INTERVAL)
    known = drivers()
    source = Source(folder, Secrets.from_environment(secrets), known)
    configuration, fell_back = folder_or_last(source, options.state, time.time_ns() // 1000)
    app = App(configuration, known, replace(options, source=source, fell_back=fell_back))
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_until_signalled(app))


def loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed, else asyncio's own."""
    try:
        from uvloop import Loop
    except ImportError:
        return None
    return Loop


async def _until_signalled(app: App) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.stop)
    await app.run()
