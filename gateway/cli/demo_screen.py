"""What a person sees of a demo: the live screen on a terminal, plain lines anywhere else, nothing with --json."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console as Terminal
from rich.live import Live
from rich.text import Text

from gateway.bus.stream import Event
from gateway.cli.board import Board
from gateway.cli.dashboard import draw
from gateway.cli.demo_clock import DemoClock

REFRESH = 0.2  # s
_TOLD = frozenset({"alarm_raised", "alarm_returned"})


class Screen:
    """silent: say nothing at all. On a terminal `show` draws until it is cancelled."""

    def __init__(self, board: Board, clock: DemoClock, root: Path, *, silent: bool) -> None:
        self._board = board
        self._clock = clock
        self._root = root
        self._silent = silent
        self._terminal = Terminal()
        self._scene = "starting"
        self._drawing = False
        self.bus = ""

    @property
    def live(self) -> bool:
        return self._terminal.is_terminal and not self._silent

    def say(self, text: str) -> None:
        """What happens now."""
        self._scene = text
        if not self._silent and not self._drawing:
            click.echo(text)

    def heard(self, event: Event) -> None:
        line = self._board.heard(event)
        if not self._silent and not self.live and str(event["type"]).split(".")[1] in _TOLD:
            click.echo(f"  {line.time}  {line.words}")

    def retained(self, noun: str, ident: str, view: Mapping[str, Any]) -> None:
        self._board.retained(noun, ident, view)

    async def show(self) -> None:
        """For ever, on a terminal."""
        if not self.live:
            return
        with Live(console=self._terminal, screen=True, auto_refresh=False) as live:
            self._drawing = True
            try:
                while True:
                    live.update(draw(self._board, self._head(), self._foot()), refresh=True)
                    await asyncio.sleep(REFRESH)
            finally:
                self._drawing = False

    def _head(self) -> Text:
        shown = datetime.fromtimestamp(self._clock() / 1e9, self._board.zone)
        speed = self._clock.speed
        pace = (f"running ahead {speed} times", "bold yellow") if speed > 1 else ("at its real pace", "dim")
        parts = (
            (" Doorward demo ", "reverse bold"),
            "  the gateway's wall clock, for schedules only: ",
            (f"{shown:%a %d %b %H:%M:%S}", "bold"),
            " ",
            pace,
        )
        return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")

    def _foot(self) -> list[Text]:
        us = _command()
        rows = (
            ("now", self._scene),
            ("bus", f"{self.bus}  topics doorward/v1/millbrook/gw1/#"),
            ("join", f"in another terminal: export DOORWARD_DEMO={self._root}"),
            ("", f"{us} swipe p001 front-reader   {us} door lockdown all   {us} tail"),
            ("stop", "Ctrl-C"),
        )
        lines = (Text.assemble((f" {name:<5}", "bold cyan"), text) for name, text in rows)
        return [_one_line(line) for line in lines]


def _command() -> str:
    """How this program is called from where we are."""
    called = Path(sys.argv[0])
    if called.name != "doorward" or shutil.which("doorward"):
        return "doorward"
    return os.path.relpath(called)


def _one_line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text
