"""`doorward diff` between folders and between revisions of a real repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.reload.conftest import DOORS, SITE, Folder

RULES = """\
schedules:
  office: [{days: mon-fri, from: "07:00", to: "19:00"}]
access:
  staff-office: {who: staff, where: store, when: office}
  crew-always: {who: crew, where: store, when: always}
...
"""
LATER = RULES.replace('"19:00"', '"21:00"')
REWRITTEN = """\
# the same, written by somebody else
access:
  crew: {who: crew, where: store, when: always}
  mornings: {who: staff, where: store, when: am}
  afternoons: {who: staff, where: store, when: pm}
schedules:
  am: [{days: mon-fri, from: "07:00", to: "13:00"}]
  pm: [{days: mon-fri, from: "12:00", to: "19:00"}]
...
"""
PEOPLE = """\
person,name,groups,format,facility,number
E1,Ann Lee,staff,h10301,17,51
E2,Ben Ray,staff,h10301,17,52
E3,Cy Moss,crew,h10301,17,53
"""
ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//works//EN
BEGIN:VEVENT
UID:1@works
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:{day}
SUMMARY:Works outing
END:VEVENT
END:VCALENDAR
"""
YEAR = ("--from", "2026-11-23", "--days", "28")

Diff = Callable[..., Any]


def write(folder: Path, rules: str = RULES, people: str | None = PEOPLE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(SITE.format(root=folder).replace("site: hq", "site: hq\npeople: [people.csv]"))
    (folder / "doors.yaml").write_text(DOORS)
    (folder / "rules.yaml").write_text(rules)
    if people is not None:
        (folder / "people.csv").write_text(people)
    return folder


@pytest.fixture
def diff(run: Any) -> Diff:
    return lambda *args: run("diff", *args, *YEAR)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return write(tmp_path / "old")


class Repository:
    """A repository with `etc/site` in it; `commit` names what the folder holds then."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.site = write(top / "etc" / "site")
        self.git("init", "-q")

    def git(self, *args: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@localhost", "-c", "commit.gpgsign=false")
        plain = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        said = subprocess.run(["git", "-C", str(self.top), *who, *args], capture_output=True, check=True, env=plain)
        return said.stdout.decode()

    def commit(self, tag: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", tag)
        self.git("tag", tag)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """v1: to 19:00; v2: to 21:00."""
    made = Repository(tmp_path / "repository")
    made.commit("v1")
    write(made.site, LATER)
    made.commit("v2")
    return made


GAIN = "+ staff (2 people): store (in): Mon-Fri 19:00-21:00, by staff-office (rules.yaml:4)"


# -- two folders -----------------------------------------------------------------------------------------------------


def test_who_gains_what_and_when(diff: Diff, old: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new", LATER)
    said = diff(old, new)
    assert said.code == 0
    assert said.out.splitlines() == [
        f"{new} against {old}, Mon 2026-11-23 00:00 to Mon 2026-12-21 00:00: 1 gain",
        GAIN,
    ]
    assert diff(new, old).out.splitlines()[1] == GAIN.replace("+", "-", 1).replace("by staff", "without staff")


def test_the_exit_code_tells_on_demand(diff: Diff, old: Path, tmp_path: Path) -> None:
    assert diff(old, write(tmp_path / "new", LATER), "--exit-code").code == 1
    assert diff(old, write(tmp_path / "new", REWRITTEN), "--exit-code").code == 0


def test_a_rewrite_that_means_the_same_has_no_rows(diff: Diff, old: Path, tmp_path: Path) -> None:
    said = diff(old, write(tmp_path / "new", REWRITTEN), "--json")
    assert (said.plain["equal"], said.plain["rows"]) == (True, [])
    assert "rules.yaml" in said.plain["changed_files"]
    said = diff(old, tmp_path / "new")
    assert said.out.startswith("no difference in who may pass where and when; changed in rules.yaml")
    assert "access: new afternoons, crew, mornings; gone crew-always, staff-office" in said.out
    assert diff(old, tmp_path / "new", "--csv").rows == []


def test_only_text_and_nothing_at_all(diff: Diff, old: Path, tmp_path: Path) -> None:
    assert diff(old, old).out.startswith("no difference: the files are the same")
    new = write(tmp_path / "new")
    (new / "site.yaml").write_bytes((old / "site.yaml").read_bytes())
    (new / "rules.yaml").write_text("# a comment\n" + RULES)
    assert "changed in rules.yaml: nothing but how it is written" in diff(old, new).out


def test_json_is_stable_and_says_all(diff: Diff, old: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new", LATER)
    said = diff(old, new, "--json")
    assert said.out == diff(old, new, "--json").out
    plain = said.plain
    (row,) = plain["rows"]
    assert (row["effect"], row["places"], row["people"]) == ("gains", ["store (in)"], ["E1", "E2"])
    assert row["rule"] == {"id": "staff-office", "file": "rules.yaml", "line": 4, "gone": False}
    assert len(row["spans"]) == 20  # four weeks of weekdays
    assert (plain["gains"], plain["losses"], plain["weaker"]) == (1, 0, 0)
    assert plain["old"]["version"] == str(old)
    assert plain["old"]["rules_hash"] != plain["new"]["rules_hash"]
    assert plain["persons"] == {"E1": {"ref": "E1", "id": None}, "E2": {"ref": "E2", "id": None}}
    assert plain["to"]["local"] == "Mon 2026-12-21 00:00"


def test_csv_has_a_row_for_each_line(diff: Diff, old: Path, tmp_path: Path) -> None:
    (row,) = diff(old, write(tmp_path / "new", LATER), "--csv").rows
    assert (row["effect"], row["whom"], row["people"], row["places"]) == ("gains", "staff", "2", "store (in)")
    assert (row["when"], row["rule"], row["file"], row["line"]) == (
        "Mon-Fri 19:00-21:00",
        "staff-office",
        "rules.yaml",
        "4",
    )


def test_a_longer_list_is_cut_and_counted(diff: Diff, old: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("gateway.cli.diff_view.LINES", 1)
    new = write(tmp_path / "new", LATER.replace("who: crew", "who: nobody-yet"))
    assert diff(old, new).out.splitlines()[-1] == "... and 1 lines more, with --all"
    assert len(diff(old, new, "--all").out.splitlines()) == 3


# -- people ----------------------------------------------------------------------------------------------------------


def test_people_of_each_side_are_compared_too(diff: Diff, old: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new", people=PEOPLE.replace("Cy Moss,crew", "Cy Moss,staff"))
    (row,) = diff(old, new, "--json").plain["rows"]
    assert (row["effect"], row["people"]) == ("loses", ["E3"])


def test_names_are_shown_on_demand_alone(diff: Diff, old: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new", people=PEOPLE.replace("Cy Moss,crew", "Cy Moss,"))
    for form in ((), ("--json",), ("--csv",)):
        assert "Cy Moss" not in diff(old, new, *form).out
    assert diff(old, new, "--csv").rows[0]["persons"] == "E3"
    assert diff(old, new, "--csv", "--names").rows[0]["persons"] == "E3 Cy Moss"
    assert diff(old, new, "--json", "--names").plain["persons"]["E3"]["name"] == "Cy Moss"


def test_people_of_a_directory(diff: Diff, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    folder = Folder(tmp_path / "site").make()
    new = write(tmp_path / "new")
    (new / "site.yaml").write_bytes((folder.config / "site.yaml").read_bytes())
    said = diff(folder.config, new, "--state", folder.state, "--secrets", folder.root / "secrets", "--json").plain
    (row,) = (row for row in said["rows"] if row["effect"] == "loses")
    assert (row["people"], said["new"]["people"]) == ([folder.ann], str(folder.state / "people.db"))


# -- revisions -------------------------------------------------------------------------------------------------------


def test_a_revision_without_a_path_is_the_folder_of_the_other_side(diff: Diff, repository: Repository) -> None:
    assert GAIN in diff("HEAD~1", repository.site).out
    assert diff("HEAD", repository.site).out.startswith("no difference: the files are the same")
    assert GAIN.replace("+", "-", 1).replace("by staff", "without staff") in diff(repository.site, "v1").out


def test_two_revisions_from_within_the_folder(
    diff: Diff, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.site)
    assert GAIN in diff("v1", "v2").out
    assert GAIN in diff("v1:./", "v2:etc/site").out
    monkeypatch.chdir(repository.top)
    assert GAIN in diff("v1:etc/site", "v2").out
    assert GAIN in diff("v1", "v2:etc/site").out


def test_a_hook_of_another_repository_does_not_mislead(
    diff: Diff, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere/.git")
    assert GAIN in diff("v1", repository.site).out


def test_nothing_is_checked_out_and_nothing_stays(diff: Diff, repository: Repository, monkeypatch: Any) -> None:
    made = repository.top.parent / "temporary"
    made.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(made))
    write(repository.site, RULES.replace("crew-always", "crew-ever"))
    before = repository.git("status", "--porcelain")
    assert diff("v1", repository.site).code == 0
    assert repository.git("status", "--porcelain") == before
    assert list(made.iterdir()) == []


def test_attributes_change_nothing_of_what_was_committed(diff: Diff, repository: Repository) -> None:
    (repository.top / ".gitattributes").write_text("*.yaml export-ignore\n*.yaml text eol=crlf\n")
    repository.commit("v3")
    assert diff("v3", repository.site).out.startswith("no difference: the files are the same")


def test_people_and_calendars_are_those_of_the_revision(diff: Diff, repository: Repository) -> None:
    site = (repository.site / "site.yaml").read_text()
    (repository.site / "site.yaml").write_text(
        site.replace("...", "holidays: {ics: [{file: works.ics, type: works}]}\n...")
    )
    (repository.site / "works.ics").write_text(ICS.format(day="20261130"))
    repository.commit("v3")
    (repository.site / "works.ics").write_text(ICS.format(day="20261201"))
    (repository.site / "people.csv").write_text(PEOPLE.replace("E2,Ben Ray,staff,h10301,17,52\n", ""))
    said = diff("v3", repository.site, "--json").plain
    assert {(row["effect"], *row["people"], row["when"]) for row in said["rows"]} == {
        ("gains", "E1", "Mon 30 Nov 07:00-21:00"),
        ("loses", "E1", "Tue 1 Dec 07:00-21:00"),
        ("loses", "E2", "Mon-Fri 07:00-21:00, not Mon 30 Nov 07:00-21:00"),
    }


def test_people_that_are_in_no_repository_are_those_of_now(diff: Diff, repository: Repository) -> None:
    repository.git("rm", "-q", "--cached", "etc/site/people.csv")
    (repository.top / ".gitignore").write_text("*.csv\n")
    repository.commit("v3")
    write(repository.site, RULES)
    said = diff("v3", repository.site)
    assert GAIN.replace("+", "-", 1).replace("by staff", "without staff") in said.out
    assert said.err == "note: v3 does not hold people.csv: the file of now is taken\n"
    assert diff("v3", repository.site, "--json").plain["notes"] == [
        "v3 does not hold people.csv: the file of now is taken"
    ]


# -- mistakes --------------------------------------------------------------------------------------------------------


def test_mistakes_say_on_which_side_they_are(diff: Diff, repository: Repository, tmp_path: Path) -> None:
    write(repository.site, RULES.replace("where: store", "where: stoer"))
    repository.commit("v3")
    new = write(tmp_path / "new", RULES.replace("when: office", "when: ofice"))
    said = diff("v3:etc/site", new)
    assert said.code == 2  # `new` is in no repository: that of the directory we are in would have to hold it
    assert said.err.startswith("doorward: OLD (v3:etc/site): ")
    said = diff(repository.site, new)
    assert said.code == 2
    assert f"OLD ({repository.site}): rules.yaml:4:" in said.err
    assert f"NEW ({new}): rules.yaml:4:" in said.err


def test_people_that_cannot_be_read_say_on_which_side(diff: Diff, old: Path, tmp_path: Path) -> None:
    new = write(tmp_path / "new", people=PEOPLE.replace(",52", ",x"))
    said = diff(old, new)
    assert said.code == 2
    assert f"NEW ({new}): people.csv:3:" in said.err


def test_a_symlink_out_of_the_folder_is_followed_in_no_revision(diff: Diff, repository: Repository) -> None:
    (repository.site / "more.yaml").symlink_to("/etc/hostname")
    repository.commit("v3")
    (repository.site / "more.yaml").unlink()
    said = diff("v3", repository.site)
    assert said.code == 2
    assert "more.yaml:1:1: a symlink out of the folder is not followed" in said.err


WRONG = [
    ("v9", "'v9' is neither a folder nor a revision"),
    ("v1:etc/sites", "v1 has no folder 'etc/sites'"),
    ("v1:../else", "is not in the repository"),
    (":etc/site", "no folder ':etc/site'"),
]


@pytest.mark.parametrize(("asked", "message"), WRONG)
def test_what_is_not_there_exits_2(diff: Diff, repository: Repository, asked: str, message: str) -> None:
    said = diff(asked, repository.site)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert said.err.startswith(f"doorward: OLD ({asked}): ")


def test_a_folder_in_no_repository(diff: Diff, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(old.parent))
    monkeypatch.chdir(old)
    said = diff("v1", old)
    assert (said.code, "is in no repository" in said.err) == (2, True)


def test_help_has_an_example(run: Any) -> None:
    assert "Example: doorward diff HEAD~1" in run("diff", "--help").out
