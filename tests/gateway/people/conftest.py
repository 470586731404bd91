"""A directory of people in a file of its own, on a clock the test sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from rules.model.secret import Secret
from rules.people import People, Person

PEPPER = Secret("card-pepper-of-32-characters-0001")
PIN_PEPPER = Secret("pin-pepper-of-32-characters-00002")
NOW = 1_790_000_000_000_000


def tables(people: People) -> tuple[dict[str, Person], dict[str, object]]:
    """Everybody as values that compare."""
    return people.persons, {token: card.value for token, card in people.credentials.items()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.db"


@pytest.fixture
def directory(file: Path) -> Iterator[Directory]:
    with Directory.open(file, PEPPER, PIN_PEPPER, now=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def amira(directory: Directory) -> str:
    """The id of a person with reference E1."""
    return directory.add("test", NewPerson("Amira Haddad", ref="E1", groups=frozenset({"staff"})))


@pytest.fixture
def ruin(file: Path) -> Callable[[], None]:
    """Overwrites the whole database file."""

    def run() -> None:
        file.write_bytes(b"\xff" * file.stat().st_size)

    return run
