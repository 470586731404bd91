"""The live screen: doors, areas, devices, alarms and events of one gateway, drawn from a Board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.cli.board import Board

_BAD, _WARN, _GOOD, _CALM = "bold red", "yellow", "green", "dim"
_POSITIONS = {"open": "bold", "unknown": _BAD}
_LOCKS = {"unlocked": _GOOD, "unknown": _BAD}
_MODES = {"fire": _BAD, "emergency_release": _BAD, "locked_down": _BAD, "blocked": _WARN, "schedule": _GOOD}
_AREAS = {"disarmed": _CALM, "arming": _WARN, "armed_away": _GOOD, "pending": _WARN, "triggered": _BAD}
_STATES = {"unacknowledged": _BAD, "acknowledged": _WARN, "returned": _WARN, "latched": "cyan"}

DOORS_HEIGHT = 11
AREA_WIDTH = 29


def draw(board: Board, head: RenderableType, foot: Sequence[RenderableType]) -> Layout:
    """The whole screen. head: one line; foot: lines on how to take part."""
    whole = Layout()
    whole.split_column(
        Layout(head, size=1),
        Layout(name="site", size=DOORS_HEIGHT),
        Layout(name="news"),
        Layout(Group(*foot), size=len(foot)),
    )
    whole["site"].split_row(Layout(_doors(board)), Layout(name="side", size=AREA_WIDTH))
    whole["side"].split_column(Layout(_areas(board), size=DOORS_HEIGHT - 3), Layout(_devices(board)))
    whole["news"].split_row(Layout(_alarms(board), ratio=2), Layout(_Events(board), ratio=3))
    return whole


def _table(*titles: str) -> Table:
    return Table(*titles, box=None, expand=True, pad_edge=False, header_style="dim", show_edge=False)


def _panel(content: RenderableType, title: str, style: str = "blue") -> Panel:
    return Panel(content, title=title, title_align="left", border_style=style, box=box.ROUNDED, padding=(0, 1))


def _doors(board: Board) -> Panel:
    table = _table()
    for title in ("door", "position", "lock", "mode"):
        table.add_column(title, no_wrap=True)
    table.add_column("last", no_wrap=True, ratio=1)
    for name, view in sorted(board.of("door").items()):
        outcome, style = board.last.get(name, ("", ""))
        table.add_row(
            name, _position(view), _word(view["lock"], _LOCKS), _word(view["mode"], _MODES), Text(outcome, style)
        )
    return _panel(table, "doors")


def _position(view: Mapping[str, Any]) -> Text:
    if view["forced"]:
        return Text("FORCED", _BAD)
    return Text("HELD OPEN", _BAD) if view["held"] else _word(view["position"], _POSITIONS)


def _word(word: str, styles: Mapping[str, str]) -> Text:
    return Text(word.replace("_", " "), styles.get(word, ""))


def _areas(board: Board) -> Panel:
    table = _table()
    for _ in range(3):
        table.add_column(no_wrap=True, overflow="ellipsis")
    table.show_header = False
    for name, view in sorted(board.of("area").items()):
        awake = sorted({state for state in view["zones"].values() if state != "normal"})
        status = _word(view["status"], _AREAS) if view["can_be_armed"] else Text("-", _CALM)
        table.add_row(name, status, Text(" ".join(awake), _WARN))
    return _panel(table, "areas")


def _devices(board: Board) -> Panel:
    """Only what does not answer is news."""
    devices = board.of("device")
    away = sorted(name for name, view in devices.items() if view["status"] != "online")
    text = Text(", ".join(away), _BAD) if away else Text(f"all {len(devices)} online", _GOOD)
    return _panel(_cut(text), f"not online: {len(away)}" if away else "devices", "red" if away else "blue")


def _alarms(board: Board) -> Panel:
    alarms = sorted(board.of("alarm").items(), key=lambda item: (item[1]["priority"], item[0]))
    lines = (
        Text(f"{view['priority']}  {name}  {view['state']}", _STATES.get(view["state"], "")) for name, view in alarms
    )
    content = _cut(Text("\n").join(lines)) if alarms else Text("none", _GOOD)
    return _panel(content, f"alarms: {len(alarms)}", "red" if alarms else "blue")


def _cut(text: Text) -> Text:
    """Lines too long for the screen end in an ellipsis."""
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


class _Events:
    """The newest lines that fit, the newest last."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def __rich_console__(self, console: Any, options: Any) -> Any:
        room = max(1, (options.height or console.height) - 2)
        lines = list(self._board.lines)[-room:]
        text = Text("\n").join(Text.assemble((line.time, "dim"), "  ", (line.words, line.style)) for line in lines)
        yield _panel(_cut(text), f"events: {self._board.events}")
