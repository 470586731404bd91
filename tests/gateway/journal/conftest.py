"""Fixtures of the journal's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.shim import Disk, build


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fault shim, compiled."""
    return build(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def disk(shim: Path, tmp_path: Path) -> Iterator[Callable[[Path], Disk]]:
    """Makes failing disks for folders."""
    made: list[Disk] = []

    def make(folder: Path) -> Disk:
        folder.mkdir(parents=True, exist_ok=True)
        made.append(Disk(shim, tmp_path / f"control-{len(made)}", folder))
        return made[-1]

    yield make
    for one in made:
        one.close()
