"""The CSV of people: what it means, every mistake at once, and all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.people.csv_people import parse
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.people.plan import ImportPlan, Kind, Limit, Terms
from rules.model.errors import ConfigError
from rules.people import CredentialStatus

from .conftest import tables

HEAD = "person,name,groups,company,role,format,facility,number"
SITE = f"""{HEAD}
E1,Amira Haddad,staff;lab,acme,chemist,h10301,12,4567
E2,"Okoro, Ben",staff,acme,,h10302,,987654
E2,,,,,csn32,,0x04a1b2c3
E3,Chen Li,visitors,,,,,
"""

DOUBLE = "is in line 2 already, and this line adds no card"
UNENDED = "the last line has no line end; --unended takes the file if it is complete"

Import = Callable[..., ImportPlan]
ANYTHING = Terms(most=Limit(100, percent=True))


@pytest.fixture
def load(directory: Directory, tmp_path: Path) -> Import:
    """Plan and do what this text says, or only plan it."""

    def run(text: str | bytes, *, dry_run: bool = False, **options: object) -> ImportPlan:
        path = tmp_path / "people.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if dry_run:
            return directory.plan(path, **options)  # type: ignore[arg-type]
        return directory.import_csv(path, actor="test", **options)  # type: ignore[arg-type]

    return run


def kinds(plan: ImportPlan) -> list[tuple[str, str, int]]:
    return [(step.kind.value, step.ref, step.line) for step in plan.steps]


def refusals(plan: ImportPlan) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.column, problem.message) for problem in plan.refused]


def test_a_first_import(directory: Directory, load: Import) -> None:
    plan = load(SITE)
    assert plan.applied
    assert kinds(plan) == [
        ("add", "E1", 2),
        ("card_given", "E1", 2),
        ("add", "E2", 3),
        ("card_given", "E2", 3),
        ("card_given", "E2", 4),
        ("add", "E3", 5),
    ]
    amira, ben = directory.record("E1"), directory.record("E2")
    assert (amira.name, amira.groups) == ("Amira Haddad", frozenset({"staff", "lab"}))
    assert amira.attributes == (("company", "acme"), ("role", "chemist"))
    assert [(c.format, c.tail) for c in amira.cards] == [("h10301", "67")]
    assert ben.name == "Okoro, Ben"
    assert ben.attributes == (("company", "acme"),)
    assert {(c.format, c.tail) for c in ben.cards} == {("h10302", "54"), ("csn32", "23")}
    assert directory.rev() == plan.rev == 1


def test_a_dry_run_changes_nothing(directory: Directory, load: Import) -> None:
    plan = load(SITE, dry_run=True)
    assert len(plan.steps) == 6
    assert not plan.applied
    assert directory.people().persons == {}
    assert directory.rev() == 0


def test_the_same_file_again_changes_nothing(directory: Directory, load: Import) -> None:
    load(SITE)
    before = tables(directory.people())
    assert load(SITE).steps == ()
    assert tables(directory.people()) == before


def test_changes_leavers_and_returns(directory: Directory, load: Import) -> None:
    load(SITE)
    desk = directory.add("desk", NewPerson("Dana", ref="D1"))
    plan = load(f"{HEAD}\nE1,Amira Haddad,staff,acme,chemist,h10301,12,4567\nE2,Okoro B,staff,acme,,h10302,,987654\n")
    assert kinds(plan) == [
        ("change", "E1", 2),
        ("change", "E2", 3),
        ("card_taken", "E2", 3),
        ("leave", "E3", 0),
    ]
    assert [step.detail for step in plan.of(Kind.CHANGE)] == ["groups -lab", "name Okoro, Ben -> Okoro B"]
    assert directory.record("E3").blocked == "leaver"
    assert not directory.people().persons[desk].blocked
    assert kinds(load(SITE)) == [
        ("change", "E1", 2),
        ("change", "E2", 3),
        ("card_moved", "E2", 4),
        ("return", "E3", 5),
    ]
    assert directory.record("E3").blocked is None


def test_a_block_by_the_desk_survives_an_import(directory: Directory, load: Import) -> None:
    load(SITE)
    directory.block("desk", "E1")
    assert load(SITE).steps == ()
    assert directory.record("E1").blocked == "desk"


def test_cards_of_the_desk_survive_an_import(directory: Directory, load: Import) -> None:
    load(SITE)
    directory.assign("desk", "E1", "h10301", 1, 1)
    assert load(SITE).steps == ()
    assert len(directory.record("E1").cards) == 2


def test_a_file_without_cards_takes_none_back(directory: Directory, load: Import) -> None:
    load(SITE)
    plan = load("person,name,groups,company,role\nE1,Amira Haddad,staff;lab,acme,chemist\n", terms=ANYTHING)
    assert {step.kind for step in plan.steps} == {Kind.LEAVE}
    assert len(directory.record("E1").cards) == 1


def test_a_card_moves_within_the_file(directory: Directory, load: Import) -> None:
    load(SITE)
    moved = SITE.replace("chemist,h10301,12,4567", "chemist,,,").replace("visitors,,,,,", "visitors,,,h10301,12,4567")
    assert kinds(load(moved)) == [("card_moved", "E3", 5)]
    assert directory.record("E1").cards == ()
    assert len(directory.record("E3").cards) == 1


def test_a_card_of_the_desk_is_not_taken_by_a_file(directory: Directory, load: Import) -> None:
    other = directory.add("desk", NewPerson("Dana"))
    directory.assign("desk", other, "h10301", 12, 4567)
    plan = load(SITE)
    assert refusals(plan) == [(2, "number", "is given to somebody else already")]
    assert not plan.applied
    assert list(directory.people().persons) == [other]


def test_a_lost_card_does_not_come_back_by_a_file(directory: Directory, load: Import, amira: str) -> None:
    card = directory.assign("desk", amira, "h10302", None, 987654)
    directory.set_card_status("desk", card, CredentialStatus.LOST)
    directory.unassign("desk", card)
    assert refusals(load(SITE)) == [(3, "number", "is a card marked lost")]


def test_every_mistake_at_once_with_line_and_column(directory: Directory, load: Import) -> None:
    plan = load(
        f"{HEAD},from,until,extended\n"
        "E1,Amira,Staff,acme,,h10301,12,4567,,,\n"
        ",Ben,staff,,,,,,,,\n"
        "E3,Chen,staff,,,h10301,256,1,,,\n"
        "E4,Dana,staff,,,h10301,12,4567,,,\n"
        "E5,Eli,staff,,,wiegand,1,2,,,\n"
        "E6,Fay,staff,,,h10301,1,12x4,,,maybe\n"
        "E7,Gus,staff,,,h10301,1,,31.12.2026,2026-13-01,\n"
        "E8,Hal,staff,,\n"
        "E9,,staff,,,,,,2026-02-02,2026-02-01,\n"
        "E1,Amir,staff,,,h10301,1,99999999,,,\n"
    )
    assert refusals(plan) == [
        (2, "groups", "not a group id (got 'Staff')"),
        (3, "person", "is empty"),
        (4, "facility", "must be 0 to 255 in h10301"),
        (5, "number", "is the card of line 2"),
        (6, "format", "no such card format"),
        (7, "number", "is not a number"),
        (7, "extended", "is yes or no"),
        (8, "number", "is empty"),
        (8, "from", "is YYYY-MM-DD or YYYY-MM-DDTHH:MM with an optional offset"),
        (8, "until", "is YYYY-MM-DD or YYYY-MM-DDTHH:MM with an optional offset"),
        (9, "", "has 5 of 11 columns"),
        (10, "name", "a name has 1 to 200 printable characters"),
        (11, "name", "differs from line 2, which is the same person"),
        (11, "groups", "differs from line 2, which is the same person"),
        (11, "number", "must be 0 to 65535 in h10301"),
    ]
    assert directory.people().persons == {}
    assert "99999999" not in str(plan)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [(1, c, "this column is missing") for c in ("groups", "name", "person")]),
        (b"person,name\n", [(1, "groups", "this column is missing")]),
        (b"person,name,groups,name\n", [(1, "name", "this column is there twice")]),
        (b"person,name,groups,Role Name\n", [(1, "role name", "not a column name (a-z, 0-9, - and _)")]),
        (b"id,person,name,groups\n", [(1, "id", "did you mean person?")]),
        (b"person,name,groups,number\n", [(1, "format", "this column is missing")]),
        (b"person,name,groups\nE1,A\xff,staff\n", [(2, "", "is not UTF-8")]),
        (b'person,name,groups\nE1,"A,staff\n', [(2, "", "unexpected end of data")]),
        (b"person,name,groups\nE1,A\x07,staff\n", [(2, "name", "holds a control character")]),
        (b"person,name,groups\nE1,A,staff\nE2,B\n", [(3, "", "has 2 of 3 columns")]),
        (b"person,name,groups\nE1,A,staff\nE1,A,staff\n", [(3, "person", DOUBLE)]),
        (b"person,name,groups\nE1,A,staff\nE2,B,staff", [(3, "", UNENDED)]),
        (b"person,name,grops\n", [(1, "groups", "this column is missing"), (1, "grops", "did you mean groups?")]),
        (b"person,name,groups,untill\n", [(1, "untill", "did you mean until?")]),
    ],
)
def test_mistakes_of_form(load: Import, data: bytes, expected: list[tuple[int, str, str]]) -> None:
    plan = load(data)
    assert refusals(plan) == expected
    assert not plan.applied


def test_line_numbers_count_lines_within_cells(load: Import) -> None:
    text = 'person,name,groups\n\nE1,A,staff\n"E2","B",Staff\n'
    assert refusals(load(text)) == [(4, "groups", "not a group id (got 'Staff')")]
    assert refusals(load('person,name,groups\nE1,"A\nB",staff\nE2,B,Staff\n')) == [
        (2, "name", "holds a control character"),
        (4, "groups", "not a group id (got 'Staff')"),
    ]


def test_a_spreadsheet_byte_order_mark_and_line_ends(directory: Directory, load: Import) -> None:
    assert load("\ufeffPerson, Name ,GROUPS\r\nE1,Zoë,staff\r\n".encode()).applied
    assert directory.record("E1").name == "Zoë"


def test_dates_are_days_of_the_site(directory: Directory, load: Import) -> None:
    load(
        "person,name,groups,from,until\n"
        "E1,A,staff,2026-03-29,2026-10-25\n"
        "E2,B,staff,2026-03-01T08:30,2026-03-29T08:30+09:00\n",
        zone="Europe/London",
    )
    london = ZoneInfo("Europe/London")
    one = directory.record("E1")
    assert one.begins == us(datetime(2026, 3, 29, tzinfo=london))
    assert one.ends == us(datetime(2026, 10, 26, tzinfo=london))
    assert directory.record("E2").begins == us(datetime(2026, 3, 1, 8, 30, tzinfo=london))
    assert directory.record("E2").ends == us(datetime(2026, 3, 28, 23, 30, tzinfo=UTC))


def us(moment: datetime) -> int:
    return round(moment.timestamp()) * 1_000_000


def test_what_cannot_be_read_at_all(directory: Directory, tmp_path: Path, load: Import) -> None:
    with pytest.raises(ConfigError) as caught:
        directory.import_csv(tmp_path / "none.csv", actor="test")
    assert caught.value.code == "csv_unreadable"
    with pytest.raises(ConfigError) as caught:
        load(SITE, zone="Mars/Olympus")
    assert caught.value.code == "bad_timezone"


@given(st.binary(max_size=200))
def test_any_bytes_are_people_or_mistakes(data: bytes) -> None:
    sheet = parse(data, b"x" * 32, "UTC")
    assert sheet.problems or sheet.entries or data.startswith((b"person", b"\xef\xbb\xbfperson"))


@given(st.text(alphabet='E12,;"\n\r h0x\0é', max_size=120))
def test_any_rows_are_people_or_mistakes(rows: str) -> None:
    parse(f"{HEAD}\n{rows}".encode(), b"x" * 32, "UTC")
