"""Hostile and half-written YAML: refused quickly, with a place; what is accepted is exactly what was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.parse import MAX_BYTES, parse
from config.problem import Report
from config.tree import plain

MIB = 1 << 20
BOMBS = {
    "open lists": "[" * 200_000,
    "open maps": "{a: " * 200_000,
    "nested dashes": "- " * 200_000,
    "question marks": "? " * 200_000,
    "a mebibyte of lists": "[" * MIB,
    "deep block": "\n".join(" " * n + "a:" for n in range(100)),
    "many values": "a: [" + "x," * 400_000 + "]\n...\n",
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n...\n",
    "merge": "a: &a {x: y}\nb: {<<: [*a, *a, *a]}\n...\n",
    "one long key": "a" * MIB,
    "colons": ":" * MIB,
    "documents": "---\n" * 200_000,
    "directives": "\n".join(f"%TAG !t{n}! tag:x,2000:" for n in range(20_000)),
}


def mistakes(data: bytes) -> tuple[object, list[str]]:
    report = Report()
    tree = parse("x.yaml", data, report)
    return None if tree is None else plain(tree), [str(problem) for problem in report.problems]


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_are_refused(text: str) -> None:
    tree, found = mistakes(text.encode())
    assert tree is None
    assert len(found) == 1


def test_two_hundred_thousand_open_lists_name_the_limit() -> None:
    assert mistakes(b"[" * 200_000)[1] == ["x.yaml:1:17: nested deeper than 16 levels"]


def test_sixteen_levels_are_allowed_and_seventeen_are_not() -> None:
    assert mistakes(b"a: " + b"[" * 15 + b"x" + b"]" * 15 + b"\n...\n")[1] == []
    assert len(mistakes(b"a: " + b"[" * 16 + b"x" + b"]" * 16 + b"\n...\n")[1]) == 1


def test_a_thousand_duplicate_keys_are_enough_to_report() -> None:
    assert len(mistakes(b"a: x\n" * 50_000 + b"...\n")[1]) == 1000


def test_too_large() -> None:
    assert mistakes(b"#" * (MAX_BYTES + 1))[1] == ["x.yaml:1:1: the file is larger than 1 MiB"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "x.yaml:1:1: the file is empty"),
        (b"...\n", "x.yaml:1:1: the file is empty"),
        (b"# only a comment\n...\n", "x.yaml:1:1: the file is empty"),
        (b"a: b\n", "x.yaml:1:1: the file does not end with a line '...': it may be half-written"),
        (b"a: b\nc: d", "x.yaml:2:1: the file does not end with a line '...': it may be half-written"),
        (b"a: \xff\n...\n", "x.yaml:1:4: not UTF-8: byte 0xff"),
        ("a: é\nb: ".encode() + b"\xc3", "x.yaml:2:4: not UTF-8: byte 0xc3"),
        ("a: b\n...\n".encode("utf-16"), "x.yaml:1:1: the file is UTF-16, not UTF-8"),
        (b"a: b\rc: d\n...\n", "x.yaml:1:5: the character U+000D is not allowed"),
        (b"a: b\0\n...\n", "x.yaml:1:5: the character U+0000 is not allowed"),
    ],
)
def test_unusable_files(data: bytes, expected: str) -> None:
    assert mistakes(data) == (None, [expected])


def test_scalars_stay_what_was_typed() -> None:
    text = "a: [22:00, on, NO, 0012345678, 0x1F, ~, null, 1e3, 2026-11-21, '', \"7\"]\n...\n"
    typed = ["22:00", "on", "NO", "0012345678", "0x1F", "~", "null", "1e3", "2026-11-21", "", "7"]
    assert mistakes(text.encode()) == ({"a": typed}, [])


@pytest.mark.parametrize("change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")], ids=["bom", "crlf"])
def test_windows_editors(change: Callable[[str], str]) -> None:
    text = "a:\n  b: c\n  b: d\n...\n"
    tree, found = mistakes(change(text).encode())
    assert tree == {"a": {"b": "c"}}
    assert found == ["x.yaml:3:3: a.b: key 'b' is written twice, first at x.yaml:2:3"]


def test_columns_count_characters() -> None:
    found = mistakes("é: {ü: a, ü: b}\n...\n".encode())[1]
    assert found == ["x.yaml:1:11: é.ü: key 'ü' is written twice, first at x.yaml:1:5"]


DEMO = sorted((Path(__file__).parents[2] / "config" / "demo").glob("*.yaml"))


@pytest.mark.parametrize("path", DEMO, ids=[path.name for path in DEMO])
def test_every_prefix_of_a_demo_file_is_refused_or_whole(path: Path) -> None:
    """Cut anywhere, a file is an error or means exactly what the whole file means."""
    data = path.read_bytes()
    whole, none = mistakes(data)
    assert none == []
    accepted = 0
    for cut in range(len(data)):
        tree, found = mistakes(data[:cut])
        accepted += not found
        assert found or tree == whole
    assert accepted == 1, "only the line break after the end marker may be missing"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_tree_or_mistakes(data: bytes) -> None:
    tree, found = mistakes(data)
    assert tree is not None or found


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab:-?[]{},&*!|>'\"%@`#. \n\t<", max_size=60))
def test_any_punctuation_gives_a_tree_or_mistakes(text: str) -> None:
    tree, found = mistakes(f"{text}\n...\n".encode())
    assert tree is not None or found
