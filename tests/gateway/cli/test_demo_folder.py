"""Where a demo lives: nobody else's folder is touched, nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.cli.demo_folder import LOCK, demo_folder
from rules.model.errors import ConfigError

USUAL = f"doorward-demo-{os.getuid()}"


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_usual_folder_is_private_and_goes_with_the_demo(runtime: Path) -> None:
    with demo_folder(None) as place:
        assert (place.root, place.note) == (runtime / USUAL, "")
        assert place.root.stat().st_mode & 0o777 == 0o700
        (place.root / "secrets").mkdir()
        (place.root / "secrets" / "key").write_text("x")
    assert names(runtime) == []


def test_a_second_demo_lives_elsewhere_and_says_so(runtime: Path) -> None:
    with demo_folder(None) as first:
        (first.root / "journal").write_text("first")
        with demo_folder(None) as second:
            assert second.root != first.root
            assert second.note == f"{first.root} is in use: this demo lives in {second.root}"
            assert second.root.stat().st_mode & 0o777 == 0o700
        assert names(runtime) == [USUAL]
        assert (first.root / "journal").read_text() == "first"
    assert names(runtime) == []


def test_what_a_killed_demo_left_is_cleared_and_links_are_not_followed(runtime: Path) -> None:
    kept = runtime / "kept"
    kept.mkdir()
    (kept / "letter").write_text("dear")
    stale = runtime / USUAL
    (stale / "secrets").mkdir(parents=True)
    stale.chmod(0o700)
    for name in (LOCK, "journal"):
        (stale / name).write_text("old")
    (stale / "lines").symlink_to(kept)
    with demo_folder(None) as place:
        assert place.root == stale
        assert names(stale) == [LOCK]
    assert names(runtime) == ["kept"]
    assert (kept / "letter").read_text() == "dear"


def test_a_folder_asked_for_is_kept_and_begun_anew(runtime: Path) -> None:
    for _ in range(2):
        with demo_folder(runtime / "mine") as place:
            assert names(place.root) == [LOCK]
            (place.root / "journal").write_text("x")
        assert names(runtime / "mine") == [LOCK, "journal"]


def _foreign(folder: Path, kind: str) -> None:
    kept = folder.parent / "kept"
    kept.mkdir(mode=0o700)
    match kind:
        case "file":
            folder.write_text("dear")
        case "stranger":
            folder.mkdir(mode=0o700)
            (folder / "letter").write_text("dear")
        case "open":
            folder.mkdir()
            folder.chmod(0o755)
        case "link":
            folder.symlink_to(kept)


@pytest.mark.parametrize("kind", ["file", "stranger", "open", "link"])
def test_what_is_no_demos_folder_is_not_touched(runtime: Path, kind: str) -> None:
    _foreign(runtime / USUAL, kind)
    before = names(runtime)
    with pytest.raises(ConfigError, match="no folder of a demo"), demo_folder(runtime / USUAL):
        pass
    with demo_folder(None) as place:
        assert place.root.parent == runtime
        assert place.root.name.startswith(f"{USUAL}-")
    assert names(runtime) == before
    if kind == "stranger":
        assert names(runtime / USUAL) == ["letter"]


def test_a_folder_in_use_is_refused(runtime: Path) -> None:
    with demo_folder(runtime / "mine"), pytest.raises(ConfigError, match="in use"), demo_folder(runtime / "mine"):
        pass
