"""What is said of a candidate before anybody lets it in."""

from __future__ import annotations

import pytest

from config.configuration import Configuration
from gateway.reload.candidate import Candidate, Rejection, Running, judge
from gateway.reload.outline import outline
from gateway.reload.review import on_comms_loss
from gateway.reload.show import LONGEST_PROBLEM, MOST_PROBLEMS, cut, described, refusal_of
from rules.compile import compile_site
from rules.people import People
from tests.gateway.reload.conftest import DOORS, NIGHT, OPEN, SHUT_EXIT, Folder

NOBODY = People.of(1, (), ())
NOW = 1_795_420_800_000_000


@pytest.fixture
def config(folder: Folder) -> Configuration:
    return folder.make().configuration()


def judged(old: Configuration, new: Configuration) -> Candidate | Rejection:
    running = Running(old, compile_site(old.policy, NOBODY, old.rules_hash), NOW)
    return judge(new, running, NOBODY)


def test_the_outline_names_what_changed_and_not_what_moved(config: Configuration, folder: Folder) -> None:
    folder.write("rules.yaml", "# a comment moves every line below it\n" + OPEN)
    assert list(outline(config.policy, folder.configuration().policy)) == []
    folder.write("rules.yaml", NIGHT)
    folder.write("doors.yaml", DOORS.replace("secure}", "secure}\n    release_time: 9s"))
    assert list(outline(config.policy, folder.configuration().policy)) == [
        "doors: changed store",
        "access: new night; gone staff",
    ]


def test_an_error_of_the_linter_keeps_it_out(config: Configuration, folder: Folder) -> None:
    folder.write("doors.yaml", SHUT_EXIT)
    found = judged(config, folder.configuration())
    assert isinstance(found, Rejection)
    assert found.code == "review_failed"
    assert any("egress-blocked" in line and "doors.yaml:" in line for line in found.problems)


def test_an_edit_says_what_it_changes(config: Configuration, folder: Folder) -> None:
    folder.write("rules.yaml", NIGHT)
    found = judged(config, folder.configuration())
    assert isinstance(found, Candidate)
    assert "access: new night; gone staff" in found.review.text
    body = described(found, config.rules_hash)
    assert (body["running"], body["proposed"]) == (config.rules_hash, found.rules_hash)


def test_modules_say_what_they_do_alone(config: Configuration) -> None:
    assert on_comms_loss(config) == {"io": "lock"}


def test_a_long_list_is_cut_and_counted() -> None:
    found = Rejection("a" * 64, "config_invalid", tuple("x" * 500 for _ in range(50)))
    signal = refusal_of(found)
    assert (len(signal.problems), signal.count) == (MOST_PROBLEMS, 50)
    assert {len(line) for line in signal.problems} == {LONGEST_PROBLEM}
    assert described(found, "b")["count"] == 50
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"
