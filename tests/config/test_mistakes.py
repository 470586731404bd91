"""Every mistake an admin can make, with the exact words it is met with: tables in `mistakes/*.txt`.

Each entry: `## name`, `-- file` and its text, `-- mistakes` and the lines. A tab is shown as →, hidden characters
as \\uXXXX. The text replaces or joins the good site of conftest, and gets its end marker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TABLES = sorted((Path(__file__).parent / "mistakes").glob("*.txt"))
ENTRY = re.compile(r"## (.+)\n-- (\S+)\n((?s:.*?))-- mistakes\n((?s:.*))")


def entries() -> Iterator[tuple[str, str, str, list[str]]]:
    for table in TABLES:
        for block in re.split(r"\n(?=## )", table.read_text()):
            match = ENTRY.fullmatch(block.rstrip() + "\n")
            assert match, f"{table.name}: {block[:60]}"
            yield f"{table.stem}: {match[1]}", match[2], match[3], match[4].splitlines()


CASES = list(entries())


def as_typed(text: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text.replace("→", "\t"))


@pytest.mark.parametrize(("file", "text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_exact_words(
    wrong: Callable[..., list[str]], secret_files: Path, file: str, text: str, expected: list[str]
) -> None:
    found = [line.replace(str(secret_files), "SECRETS") for line in wrong({file: as_typed(text)})]
    assert found == expected


def test_tables_are_there() -> None:
    assert len(CASES) > 90
    assert len({case[0] for case in CASES}) == len(CASES)


def test_no_secret_is_ever_quoted() -> None:
    """What was typed in the place of a secret stays out of every message."""
    for _, _, text, expected in CASES:
        for typed in re.findall(r"hunter2|30313233", text):
            assert not any(typed in line for line in expected)


def test_the_good_site_is_good(make: Callable[..., object]) -> None:
    make()
