"""Reading a folder: which files count, links, a folder that changes meanwhile, and writing by rename."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from config import folder as folders
from config.loader import load, named_secrets
from config.problem import ConfigErrors, Report
from config.secrets import Secrets
from rules.model.driver import DriverSpec


def read(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    report = Report()
    return folders.read(folder, report), [str(problem) for problem in report.problems]


def test_yaml_files_at_any_depth_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b.yaml", "rules/night.yaml", ".hidden.yaml", ".git/x.yaml", "people.csv", "a.yaml~", "a.yaml.bak"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    assert read(tmp_path) == ({"b.yaml": b"b.yaml", "rules/night.yaml": b"rules/night.yaml"}, [])


@pytest.mark.parametrize("name", ["rules.yml", "rules.YAML"])
def test_a_file_that_would_be_passed_over_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("deny: {}\n...\n")
    assert read(tmp_path)[1] == [f"{name}:1:1: the name must end in .yaml"]


def test_no_files_and_no_folder(tmp_path: Path) -> None:
    assert read(tmp_path)[1] == [f"{tmp_path}:1:1: no *.yaml file in this folder"]
    gone = tmp_path / "gone"
    assert read(gone)[1] == [f"{gone}:1:1: cannot read the folder: No such file or directory"]


def test_symlinks(tmp_path: Path) -> None:
    inside, outside = tmp_path / "config", tmp_path / "outside"
    (inside / "..data").mkdir(parents=True)
    outside.mkdir()
    (inside / "..data" / "real.yaml").write_text("a: b\n...\n")
    (outside / "secret.yaml").write_text("a: b\n...\n")
    (inside / "good.yaml").symlink_to("..data/real.yaml")
    (inside / "stray.yaml").symlink_to(outside / "secret.yaml")
    (inside / "gone.yaml").symlink_to("nothing")
    (inside / "more").symlink_to(outside)
    files, found = read(inside)
    assert set(files) == {"good.yaml"}
    assert found == [
        "gone.yaml:1:1: cannot read the file: No such file or directory",
        "more:1:1: a symlink out of the folder is not followed",
        "stray.yaml:1:1: a symlink out of the folder is not followed",
    ]


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    assert read(tmp_path)[1] == ["x.yaml:1:1: not a regular file"]


def test_too_many_files(tmp_path: Path) -> None:
    for number in range(folders.MAX_FILES + 1):
        (tmp_path / f"{number:04d}.yaml").touch()
    assert "more than 500 files" in read(tmp_path)[1][0]


def test_a_folder_that_keeps_changing_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count()

    def saved_again(_: float) -> None:
        """Whoever waits finds another file."""
        (tmp_path / "x.yaml").write_text(f"a: {next(numbers)}\n...\n")

    saved_again(0)
    monkeypatch.setattr(folders, "time", SimpleNamespace(sleep=saved_again))
    files, found = read(tmp_path)
    assert files == {}
    assert found == [f"{tmp_path}:1:1: the folder keeps changing; nothing was loaded"]
    assert next(numbers) == 1 + folders.SCANS


def test_hash_covers_names_and_bytes() -> None:
    base = {"a.yaml": b"x", "b.yaml": b"y"}
    others: list[Mapping[str, bytes]] = [
        {"a.yaml": b"xb.yaml", "": b"y"},
        {"a.yaml": b"y", "b.yaml": b"x"},
        {"a.yaml": b"x"},
        {"a.yaml": b"x", "b.yaml": b"y", "c.yaml": b""},
    ]
    hashes = {folders.digest(files) for files in (base, *others)}
    assert len(hashes) == 5
    assert folders.digest(dict(reversed(base.items()))) == folders.digest(base)


def test_written_files_load_again(tmp_path: Path) -> None:
    folders.write(tmp_path / "lines.yaml", {"lines": {"north": {"serial": "/dev/pts/7", "baud": "9600"}}})
    files, _ = read(tmp_path)
    assert set(files) == {"lines.yaml"}
    assert files["lines.yaml"].endswith(b"\n...\n")
    assert named_secrets(tmp_path) == {"card-pepper", "pin-pepper"}


def test_load_reports_broken_and_good_files_together(
    tmp_path: Path, drivers: Mapping[str, DriverSpec], secret_files: Path
) -> None:
    """A reference to something that may stand in the broken file is not complained about."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "site.yaml").write_text("site: hq\ntimezone: Europe/Londn\nbus: {url: mqtts://x}\n...\n")
    (folder / "doors.yaml").write_text("doors: {front: {}\n...\n")
    (folder / "rules.yaml").write_text("access: {a: {who: staff, where: front, when: office, why: x}}\n...\n")
    with pytest.raises(ConfigErrors) as caught:
        load(folder, drivers, Secrets(secret_files))
    assert str(caught.value).splitlines() == [
        "doors.yaml:1:8: a bracket is not closed before the file ends",
        "rules.yaml:1:54: access.a.why: unknown key 'why' (did you mean 'who'?)",
        "site.yaml:2:11: timezone: no time zone 'Europe/Londn' (did you mean 'Europe/London'?)",
    ]
    assert caught.value.exit_code == 2
    assert caught.value.message == "3 mistakes"


def test_sections_split_over_files_mean_the_same(make: Callable[..., object]) -> None:
    whole = make({"x.yaml": "areas: {yard: {}, roof: {}}\nholidays: {country: GB, dates: {2026-12-24: half_day}}"})
    split = make(
        {
            "x.yaml": "areas: {yard: {}}\nholidays: {country: GB}",
            "y.yaml": "areas: {roof: {}}",
            "z.yaml": "holidays: {dates: {2026-12-24: half_day}}",
        }
    )
    assert _ids(whole) == _ids(split)
    assert _hash(whole) != _hash(split)


def _ids(configuration: object) -> object:
    policy = configuration.policy  # type: ignore[attr-defined]
    return sorted(policy.areas), policy.holidays


def _hash(configuration: object) -> object:
    return configuration.rules_hash  # type: ignore[attr-defined]


def test_a_file_of_fifty_megabytes_is_named_and_the_other_mistakes_with_it(
    drivers: Mapping[str, DriverSpec], secret_files: Path, tmp_path: Path
) -> None:
    """It is read no further than the limit."""
    folder = tmp_path / "config"
    folder.mkdir()
    with (folder / "big.yaml").open("wb") as file:
        file.truncate(50 << 20)
    (folder / "rules.yaml").write_text("acess: {}\ngroups: {a: [b], b: [a]}\n...\n")
    with pytest.raises(ConfigErrors) as caught:
        load(folder, drivers, Secrets(secret_files))
    circle = "'a' (rules.yaml:2:10) -> 'b' (rules.yaml:2:18) -> 'a'"
    assert str(caught.value).splitlines() == [
        "big.yaml:1:1: the file is larger than 1 MiB",
        "rules.yaml:1:1: acess: unknown key 'acess' (did you mean 'access'?)",
        f"rules.yaml:2:10: groups.a: a group cannot be made of itself: {circle}",
    ]
