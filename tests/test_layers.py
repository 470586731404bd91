"""What the style says of all code, as tests. That imports go one way is checked by import-linter in `make check`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("rules", "drivers", "config", "gateway", "simulators")
SHIPPED = ("rules", "drivers", "config", "gateway")
LONGEST_FILE, LONGEST_FUNCTION = 350, 40

BROAD = {"gateway/core.py"}
"""Where any exception may be caught: the core's one guard. `supervise` looks at how a task ended instead."""

BARE_TASKS = {
    "gateway/supervise.py": "the one whose cancellation must not be forgotten; awaited at once",
    "gateway/bus/port.py": "a connection being made in a blocking thread of a library; shielded and awaited at once",
    "gateway/journal/journal.py": "the writer's end, shielded and awaited at once",
}
"""Where a task may begin outside a TaskGroup, and why."""

STARTERS = ("create_task", "ensure_future")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def files(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_is_something_to_look_at() -> None:
    assert all(files(room) for room in ROOMS)


def test_files_are_short() -> None:
    found = {name(path): len(path.read_text().splitlines()) for path in files(*ROOMS, "tests")}
    assert {path: lines for path, lines in found.items() if lines > LONGEST_FILE and _ours(path)} == {}


def _ours(path: str) -> bool:
    """The longest tests are tables of vectors."""
    return not path.startswith("tests/")


def test_functions_are_short() -> None:
    long = {
        f"{name(path)}:{node.lineno} {node.name}": _length(node)
        for path in files(*SHIPPED)
        for node in ast.walk(tree(path))
        if isinstance(node, FUNCTIONS) and _length(node) > LONGEST_FUNCTION
    }
    assert long == {}


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _broad(handler: ast.ExceptHandler) -> bool:
    """Catches everything, and does not raise it again."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    broad = any(k is None or (isinstance(k, ast.Name) and k.id in ("Exception", "BaseException")) for k in kinds)
    return broad and not any(isinstance(n, ast.Raise) and n.exc is None for n in ast.walk(handler))


@pytest.mark.parametrize("room", ROOMS)
def test_only_the_cores_guard_catches_broadly(room: str) -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in files(room)
        if name(path) not in BROAD
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and _broad(node)
    ]
    assert found == []


def test_the_core_has_one_guard() -> None:
    guards = [n for n in ast.walk(tree(ROOT / "gateway/core.py")) if isinstance(n, ast.ExceptHandler) and _broad(n)]
    assert len(guards) == 1


def _tasks(module: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Calls that begin a task: (call, what it is called on)."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in STARTERS:
            yield node, ast.unparse(node.func.value)


@pytest.mark.parametrize("room", SHIPPED)
def test_tasks_live_in_groups(room: str) -> None:
    bare = [
        f"{name(path)}:{call.lineno}"
        for path in files(room)
        if name(path) not in BARE_TASKS
        for call, owner in _tasks(tree(path))
        if owner == "asyncio" or owner.endswith("loop") or "get_running_loop" in owner
    ]
    assert bare == []


@pytest.mark.parametrize("room", SHIPPED)
def test_tasks_have_names(room: str) -> None:
    unnamed = [
        f"{name(path)}:{call.lineno}"
        for path in files(room)
        for call, _ in _tasks(tree(path))
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "create_task"
        and not any(keyword.arg == "name" for keyword in call.keywords)
    ]
    assert unnamed == []


@pytest.mark.parametrize("room", SHIPPED)
def test_queues_are_bounded(room: str) -> None:
    """`asyncio.Queue()` without a size grows until the machine is out of memory."""
    unbounded = [
        f"{name(path)}:{node.lineno}"
        for path in files(room)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("asyncio.Queue", "queue.Queue", "Queue")
        and not node.args
        and not node.keywords
    ]
    assert unbounded == []


def test_every_module_says_what_it_is() -> None:
    silent = [name(p) for p in files(*ROOMS) if p.read_text().strip() and ast.get_docstring(tree(p)) is None]
    assert silent == []
