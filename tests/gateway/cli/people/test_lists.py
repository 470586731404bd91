"""`doorward people dormant` and `shared`, beside a real journal."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from gateway.cli.moment import now
from gateway.people.directory import Directory
from gateway.people.dormant import DAY
from gateway.people.persons import NewPerson
from rules.model.secret import Secret
from tests.gateway.people.journalled import Read, journal

from .conftest import PEPPER, PIN_PEPPER, Run, good, plain, refused

SECOND = 1_000_000


@pytest.fixture
def cards(tmp_path: Path) -> list[tuple[str, str]]:
    """(person, token) of two people; given 200 days ago."""
    began = now() - 200 * DAY
    with Directory.open(tmp_path / "people.db", Secret(PEPPER), Secret(PIN_PEPPER), now=lambda: began) as directory:
        idents = [directory.add("test", NewPerson(name, ref=ref)) for ref, name in (("E1", "Ann"), ("E2", "@Ben"))]
        return [(ident, directory.assign("test", ident, "h10302", None, n)) for n, ident in enumerate(idents)]


async def test_dormant(run: Run, cards: list[tuple[str, str]], tmp_path: Path) -> None:
    (ann, ann_card), (ben, ben_card) = cards
    await journal(tmp_path, [Read(now() - 150 * DAY, ben_card, ben, "lab"), Read(now() - DAY, ann_card, ann, "front")])
    found = plain(run("people", "dormant", "--json"))
    (row,) = found["rows"]
    assert (row["reference"], row["name"], row["card"], row["door"]) == ("E2", "@Ben", ben_card[:12], "lab")
    assert (row["days"], row["never_used"], found["days"], found["notes"]) == (150, False, 90, [])
    assert plain(run("people", "dormant", "--days", "151", "--json"))["rows"] == []
    (row,) = csv.DictReader(good(run("people", "dormant", "--csv")).splitlines())
    assert (row["name"], row["number"], row["never_used"]) == ("'@Ben", "h10302..01", "")
    text = good(run("people", "dormant"))
    assert "cards not used for 90 days: 1" in text


async def test_a_young_journal_says_so(run: Run, cards: list[tuple[str, str]], tmp_path: Path) -> None:
    await journal(tmp_path, [Read(now() - DAY, cards[0][1], cards[0][0], "front")])
    found = plain(run("people", "dormant", "--json"))
    assert [row["never_used"] for row in found["rows"]] == [True]
    assert "never means not since then" in found["notes"][0]
    assert "Note: the journal begins" in good(run("people", "dormant"))


async def test_an_empty_journal_says_so(run: Run, cards: list[tuple[str, str]], tmp_path: Path) -> None:
    await journal(tmp_path, [])
    assert plain(run("people", "dormant", "--json"))["notes"] == [
        "the journal is empty: nothing is known of the use of any card"
    ]


async def test_shared(run: Run, cards: list[tuple[str, str]], tmp_path: Path) -> None:
    (ann, card), (_, other) = cards
    at = now() - DAY
    await journal(tmp_path, [Read(at, card, ann, "front"), Read(at + 2 * SECOND, card, ann, "lab")])
    good(run("people", "assign", "E2", "--format", "h10302", "--number", "77"))
    several, two = plain(run("people", "shared", "--json"))["rows"]
    assert (several["finding"], several["reference"], len(several["cards"])) == ("several_cards", "E2", 2)
    assert any(other[:12] in text for text in several["cards"])
    assert (two["finding"], two["reference"], two["cards"]) == ("two_readers", "E1", [card[:12]])
    assert (two["doors"], two["times"], two["shortest_s"]) == (["front/front-in", "lab/lab-in"], 1, "2.0")
    assert "suspicions" in good(run("people", "shared"))
    assert len(plain(run("people", "shared", "--within", "1s", "--json"))["rows"]) == 1
    rows = list(csv.DictReader(good(run("people", "shared", "--csv")).splitlines()))
    assert [row["finding"] for row in rows] == ["several_cards", "two_readers"]
    assert run("people", "shared", "--within", "fast").exit_code == 2


@pytest.mark.parametrize("command", ["dormant", "shared"])
def test_without_a_journal(run: Run, cards: list[tuple[str, str]], command: str) -> None:
    assert refused(run("people", command)).code == "journal_missing"
