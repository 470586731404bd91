"""The live screen: what a Board heard is what is drawn, at the sizes terminals have."""

from __future__ import annotations

import io
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from rich.text import Text

from gateway.cli.board import Board
from gateway.cli.dashboard import draw


def event(type: str, **data: Any) -> dict[str, Any]:
    return {"type": f"doorward.{type}.v1", "stream": "event", "time": "2026-06-09T09:05:00.5Z", "data": data}


def door(position: str = "closed", *, forced: bool = False, held: bool = False, mode: str = "locked") -> dict[str, Any]:
    return {"position": position, "lock": "locked", "mode": mode, "forced": forced, "held": held}


@pytest.fixture
def board() -> Board:
    return Board(ZoneInfo("Europe/London"), {"p-1": "Elena Dunn"})


def drawn(board: Board, width: int, height: int) -> str:
    screen = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    screen.print(draw(board, Text("head"), [Text("foot")]))
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


@pytest.mark.parametrize(("width", "height"), [(100, 30), (160, 45), (80, 24)])
def test_everything_is_on_the_screen(board: Board, width: int, height: int) -> None:
    for number in range(8):
        board.retained("door", f"door-{number}", door())
    board.retained("door", "door-3", door("open", forced=True))
    board.retained("door", "door-4", door("open", held=True, mode="schedule"))
    board.retained("area", "office", {"status": "triggered", "zones": {"z": "active"}, "can_be_armed": True})
    board.retained("device", "office-reader", {"status": "offline"})
    board.retained("alarm", "fire.panel", {"priority": 1, "state": "unacknowledged"})
    board.heard(event("access_granted", door="door-1", person="p-1", reader="r", rule="staff"))
    screen = drawn(board, width, height)
    assert len(screen.splitlines()) == height
    for words in ("head", "foot", "door-7", "FORCED", "HELD OPEN", "triggered", "fire.panel", "not online: 1"):
        assert words in screen
    assert "10:05:00  access granted  door-1" in screen  # summer time


def test_only_the_newest_events_are_drawn(board: Board) -> None:
    for number in range(150):
        board.heard(event("door_opened", door=f"door-{number}"))
    screen = drawn(board, 120, 30)
    assert "door-149" in screen
    assert "door-100" not in screen
    assert "events: 150" in screen


def test_who_came_last(board: Board) -> None:
    board.heard(event("access_denied", door="front", person=None, tail="42", reason="unknown_credential", reader="r"))
    assert board.last["front"] == ("✗ card ..42: unknown credential", "yellow")
    board.heard(event("access_granted", door="front", person="p-1", reader="r"))
    assert board.last["front"] == ("✓ Elena Dunn", "green")


def test_what_is_normal_again_goes(board: Board) -> None:
    board.retained("alarm", "fire.panel", {"priority": 1, "state": "unacknowledged"})
    board.retained("alarm", "fire.panel", {})
    board.retained("alarm", "never-there", {})
    assert board.of("alarm") == {}
    assert "none" in drawn(board, 100, 30)


def test_silent_events_are_not_shown(board: Board) -> None:
    board.heard({**event("duress_reported", door="lab", person="p-1"), "stream": "silent"})
    assert not board.lines


def test_markup_in_names_is_text(board: Board) -> None:
    board.retained("alarm", "zone-fault.x", {"priority": 1, "state": "[red]unacknowledged[/red]"})
    board.heard(event("alarm_raised", alarm="[bold]x[/bold]"))
    assert "[bold]x[/bold]" in drawn(board, 140, 30)
