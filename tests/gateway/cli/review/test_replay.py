"""`doorward replay` on a journal that a real core wrote, about people of a real directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.reload.conftest import DOORS, OPEN, SITE, Folder

NIGHT = """\
schedules: {night: [{days: mon-sun, from: "20:00", to: "06:00"}]}
access: {staff: {who: staff, where: store, when: night}}
...
"""
BOTH = "access: {staff: {who: [staff, crew], where: store, when: always}}\n...\n"
DENY = OPEN.replace("...", "deny: {ann-out: {who: staff, where: store}}\n...")
READS = 5

Replay = Callable[..., Any]


@pytest.fixture
def replay(run: Any, folder: Folder) -> Replay:
    """Replay the folder's own journal against its folder, since that day."""

    def replay(*args: str | Path, since: str = "2026-11-23") -> Any:
        where = ("--journal", folder.state, "--secrets", folder.root / "secrets")
        return run("replay", folder.config, *where, "--since", since, *args)

    return replay


def test_the_same_rules_change_nothing(replay: Replay) -> None:
    said = replay()
    assert (said.code, said.out.splitlines()[0]) == (
        0,
        "5 reads, 5 unchanged, 0 changed (0 newly granted, 0 newly denied, 0 otherwise)",
    )


def test_a_comment_changes_nothing(replay: Replay, folder: Folder) -> None:
    folder.write("rules.yaml", "# the same\n\n" + OPEN)
    assert replay().code == 0


def test_another_schedule_denies_whom_it_leaves_out(replay: Replay, folder: Folder) -> None:
    folder.write("rules.yaml", NIGHT)
    said = replay("--json")
    assert said.code == 1
    plain = said.plain
    assert (plain["reads"], plain["unchanged"], plain["beyond"]) == (READS, 3, {})
    assert plain["changed"] == {"count": 2, "granted": 0, "denied": 2, "otherwise": 0}
    assert plain["rows"] == [
        {
            "door": "store",
            "direction": "in",
            "before": "granted",
            "rule_before": "staff",
            "after": "denied: outside_schedule",
            "rule": "staff",
            "file": "rules.yaml",
            "line": 2,
            "reads": 2,
            "people": 1,
        }
    ]


def test_a_wider_grant_lets_in_who_was_not(replay: Replay, folder: Folder) -> None:
    folder.write("rules.yaml", BOTH)
    said = replay("--each", "--csv")
    assert said.code == 1
    (row,) = said.rows
    assert (row["time"], row["person"], row["before"], row["after"], row["rule"]) == (
        "Mon 2026-11-23 10:01",
        "E-Ben",
        "denied: no_access_rights",
        "granted",
        "staff",
    )
    assert "1 newly granted" in said.err


def test_a_denial_says_which(replay: Replay, folder: Folder) -> None:
    folder.write("rules.yaml", DENY)
    (row,) = replay("--json").plain["rows"]
    assert (row["after"], row["rule"], row["line"], row["reads"]) == ("denied: denied_by_rule", "ann-out", 2, 2)


def test_on_screen_a_row_names_its_rule_or_the_one_that_was(replay: Replay, folder: Folder) -> None:
    folder.write("rules.yaml", DENY)
    row = " ".join(replay().out.replace("│", "").split())
    assert "store (in) granted denied: denied_by_rule ann-out (rules.yaml:2) 2 1" in row
    folder.write("rules.yaml", BOTH.replace("[staff, crew]", "crew"))
    row = " ".join(replay("--each").out.replace("│", "").split())
    assert f"Mon 2026-11-23 10:04 store (in) {folder.ann} granted denied: no_access_rights was by staff" in row


def test_passback_stops_the_second_time_alone(replay: Replay, folder: Folder) -> None:
    folder.write("site.yaml", SITE.format(root=folder.root).replace("stores: {}", "stores: {passback: hard}"))
    (row,) = replay("--each", "--json").plain["rows"]
    assert (row["time"], row["after"]) == ("Mon 2026-11-23 10:04", "denied: passback")


def test_a_period_ends_before_its_end(replay: Replay, folder: Folder) -> None:
    folder.write("rules.yaml", NIGHT)
    for ends, reads, changed in (
        (("2026-11-23 10:00", "2026-11-23 10:04"), 4, 1),
        (("2026-11-23 10:01", "2026-11-23 10:05"), 4, 1),
        (("2026-11-24", "2026-11-25"), 0, 0),
    ):
        said = replay("--until", ends[1], "--json", since=ends[0])
        assert (said.plain["reads"], said.plain["changed"]["count"], said.code) == (reads, changed, min(changed, 1))


# -- what cannot be judged -------------------------------------------------------------------------------------------


def test_cards_that_are_gone_are_counted_apart_and_unknown_ones_are_not(replay: Replay, folder: Folder) -> None:
    with folder.directory() as people:
        people.unassign("test", people.record("E-Ben").cards[0].token)
        people.block("test", folder.ann)
    said = replay()
    assert said.code == 0
    assert "5 reads, 2 unchanged, 0 changed" in said.out
    assert "1 read with a card that is not that person's by now (card_reassigned) cannot be judged" in said.out
    assert "2 reads of which the directory says something else by now (directory) cannot be judged" in said.out


def test_a_reader_that_is_gone_is_counted_apart(replay: Replay, folder: Folder) -> None:
    folder.write("site.yaml", SITE.format(root=folder.root).replace("store-reader", "new-reader"))
    folder.write("doors.yaml", DOORS.replace("store-reader", "new-reader"))
    said = replay("--json")
    assert (said.code, said.plain["beyond"]) == (0, {"reader_unknown": READS})


# -- how it is asked -------------------------------------------------------------------------------------------------


def test_names_are_shown_on_demand_alone(replay: Replay, folder: Folder) -> None:
    folder.write("rules.yaml", NIGHT)
    quiet, open_ = replay("--each"), replay("--each", "--names")
    assert ("Ann" in quiet.out, "Ann" in open_.out) == (False, True)
    assert folder.ann in quiet.out


def test_it_answers_for_one_door(replay: Replay, folder: Folder) -> None:
    assert replay("--door", "store", "--json").plain["reads"] == READS
    said = replay("--door", "stor")
    assert (said.code, said.out) == (2, "")
    assert "no door 'stor' (did you mean 'store'?)" in said.err


def test_the_journal_is_left_as_it_is(replay: Replay, folder: Folder) -> None:
    file = folder.state / "journal.db"
    before = file.read_bytes()
    assert replay().code == 0
    assert file.read_bytes() == before
    assert replay("--journal", file).code == 0


def test_a_period_longer_than_the_record_says_so(replay: Replay) -> None:
    assert "the journal begins Mon 2026-11-23 10:00" in replay(since="2w").out


WRONG = [
    (("--until", "2026-11-22"), "--since is not before --until"),
    (("--until", "noonish"), "expected a moment such as"),
    (("--until", "2026-02-30"), "there is no such day"),
    (("--json", "--csv"), "give --json or --csv, not both"),
    (("--journal", "/nowhere"), "holds no journal"),
    (("--state", "/nowhere"), "people.db"),
]


@pytest.mark.parametrize(("args", "message"), WRONG)
def test_what_is_wrong_exits_2(replay: Replay, args: tuple[str, ...], message: str) -> None:
    said = replay(*args)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_without_a_directory_it_is_told_what_is_missing(run: Any, folder: Folder, tmp_path: Path) -> None:
    alone = tmp_path / "journal.db"
    alone.write_bytes((folder.state / "journal.db").read_bytes())
    said = run("replay", folder.config, "--journal", alone, "--since", "7d", "--secrets", folder.root / "secrets")
    assert (said.code, "name its folder with --state" in said.err) == (2, True)


def test_help_has_an_example(run: Any) -> None:
    assert "Example: doorward replay" in run("replay", "--help").out
