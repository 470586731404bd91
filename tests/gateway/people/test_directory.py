"""The directory: edits, what they refuse, the change log, and the database under it."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from gateway.people import changes, persons
from gateway.people.directory import Directory
from gateway.people.persons import PERSON_ID, NewPerson
from gateway.people.tables import metadata
from rules.credential import token
from rules.model.errors import ConfigError, DoorwardError, Refused, Unreachable
from rules.model.secret import Secret
from rules.people import CredentialStatus, Person

from .conftest import NOW, PEPPER, PIN_PEPPER, tables


def code(caught: pytest.ExceptionInfo[DoorwardError]) -> str:
    return caught.value.code


def test_a_new_directory_is_empty_and_private(directory: Directory, file: Path) -> None:
    assert directory.people().persons == {}
    assert directory.rev() == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_people_are_what_was_written(directory: Directory) -> None:
    new = NewPerson(
        "Ben Okoro",
        ref="E2",
        groups=frozenset({"staff", "lab"}),
        attributes=(("company", "acme"), ("role", "chemist")),
        begins=10,
        ends=20,
        extended=True,
    )
    ident = directory.add("test", new)
    card = directory.assign("test", "E2", "h10301", 123, 4567)
    people = directory.people()
    assert PERSON_ID.fullmatch(ident)
    assert people.persons == {
        ident: Person(ident, frozenset({"staff", "lab"}), new.attributes, False, 10, 20, False, True)
    }
    assert card == token(PEPPER.reveal.encode(), "h10301", 123, 4567)
    assert tables(people)[1] == {card: (ident, CredentialStatus.ACTIVE, None, None)}
    assert people.rev == directory.rev() == 2


def test_no_number_is_stored(directory: Directory, amira: str, file: Path) -> None:
    directory.assign("test", amira, "h10302", None, 987_654_321)
    data = file.read_bytes()
    assert b"987654321" not in data
    assert (987_654_321).to_bytes(4, "big") not in data


def test_a_card_is_not_given_twice(directory: Directory, amira: str) -> None:
    directory.assign("test", amira, "h10301", 1, 2)
    other = directory.add("test", NewPerson("Ben"))
    before = tables(directory.people())
    for who in (other, amira):
        with pytest.raises(Refused) as caught:
            directory.assign("test", who, "h10301", 1, 2)
        assert (code(caught), caught.value.got) == ("card_taken", amira)
    assert tables(directory.people()) == before


def test_a_card_taken_back_may_be_given_again_unless_lost(directory: Directory, amira: str) -> None:
    card = directory.assign("test", amira, "h10301", 1, 2)
    directory.unassign("test", card[:8])
    assert directory.people().credentials[card].person is None
    other = directory.add("test", NewPerson("Ben"))
    directory.assign("test", other, "h10301", 1, 2)
    assert directory.people().credentials[card].person == other
    directory.set_card_status("test", card, CredentialStatus.LOST)
    directory.unassign("test", card)
    with pytest.raises(Refused) as caught:
        directory.assign("test", amira, "h10301", 1, 2)
    assert code(caught) == "card_not_active"


def test_block_and_unblock(directory: Directory, amira: str) -> None:
    assert directory.block("test", "E1") == amira
    assert directory.people().persons[amira].blocked
    rev = directory.rev()
    directory.block("test", amira)
    assert directory.rev() == rev  # nothing changed
    directory.unblock("test", amira)
    assert not directory.people().persons[amira].blocked


def test_a_removed_person_is_gone_but_for_the_id_in_the_log(directory: Directory, amira: str, file: Path) -> None:
    card = directory.assign("test", amira, "h10301", 1, 2)
    assert b"Amira Haddad" in file.read_bytes()
    directory.remove("test", amira)
    people = directory.people()
    assert people.persons == {}
    assert people.credentials[card].person is None
    assert b"Amira" not in file.read_bytes()
    assert [c.what for c in directory.changes_of(amira)][-1] == "person_removed"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (NewPerson(" "), "bad_name"),
        (NewPerson("a\nb"), "bad_name"),
        (NewPerson("a\x9b31m"), "bad_name"),
        (NewPerson("a\u202eb"), "bad_name"),
        (NewPerson("a", attributes=(("company", "x\x1b[2J"),)), "bad_attribute"),
        (NewPerson("a", ref="p-0123456789abcdef"), "bad_reference"),
        (NewPerson("a", ref=" x"), "bad_reference"),
        (NewPerson("a", ref="E1"), "reference_taken"),
        (NewPerson("a", groups=frozenset({"Staff"})), "bad_group"),
        (NewPerson("a", attributes=(("Company", "x"),)), "bad_attribute"),
        (NewPerson("a", begins=2, ends=2), "bad_validity"),
    ],
)
def test_what_no_directory_holds(directory: Directory, amira: str, new: NewPerson, expected: str) -> None:
    with pytest.raises(Refused) as caught:
        directory.add("test", new)
    assert code(caught) == expected
    assert list(directory.people().persons) == [amira]


@pytest.mark.parametrize("card", ["", "abc", "zzzzzzzz", "%" * 8, "0" * 64, "0123456789"])
def test_unknown_cards_are_refused(directory: Directory, card: str) -> None:
    with pytest.raises(Refused) as caught:
        directory.unassign("test", card)
    assert code(caught) == "unknown_card"


def test_unknown_people_are_refused_without_their_reference(directory: Directory) -> None:
    with pytest.raises(Refused) as caught:
        directory.block("test", "HR-4711")
    assert code(caught) == "unknown_person"
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize("actor", ["", "a\nb", "x" * 81])
def test_a_change_needs_an_actor(directory: Directory, actor: str) -> None:
    with pytest.raises(Refused) as caught:
        directory.add(actor, NewPerson("Ben"))
    assert code(caught) == "bad_actor"


def test_the_change_log(directory: Directory, amira: str) -> None:
    card = directory.assign("cli:ops", amira, "h10301", 1, 2)
    directory.block("bus:lee", amira)
    log = directory.changes_since(0)
    assert [(c.rev, c.n, c.utc, c.actor, c.person, c.token, c.what) for c in log] == [
        (1, 1, NOW, "test", amira, None, "person_added"),
        (2, 1, NOW, "cli:ops", amira, card, "card_assigned"),
        (3, 1, NOW, "bus:lee", amira, None, "person_blocked"),
    ]
    assert directory.changes_since(2) == log[2:]
    assert changes.first_break(log) is None


def test_an_edited_log_is_noticed(directory: Directory, amira: str) -> None:
    directory.block("test", amira)
    directory.unblock("test", amira)
    log = directory.changes_since(0)
    assert changes.first_break([log[0], replace(log[1], actor="nobody"), log[2]]) is not None
    assert changes.first_break([log[0], log[2]]) == log[2]
    assert changes.first_break(log[1:], log[0].digest) is None


def test_a_failed_edit_changes_nothing(directory: Directory, amira: str) -> None:
    before = tables(directory.people())
    with pytest.raises(Refused), directory.editing("test") as log:
        persons.find(log.conn, persons.block(log, amira) + "x")
    assert tables(directory.people()) == before


def test_another_pepper_is_noticed_at_once(directory: Directory, file: Path) -> None:
    for pair in ((PIN_PEPPER, PIN_PEPPER), (PEPPER, PEPPER)):
        with pytest.raises(ConfigError) as caught:
            Directory.open(file, *pair)
        assert code(caught) == "wrong_pepper"
    with pytest.raises(ConfigError) as caught:
        Directory.open(file, Secret("short"), PIN_PEPPER)
    assert code(caught) == "short_pepper"


def test_nothing_is_created_where_reading_was_asked(tmp_path: Path) -> None:
    for path in (tmp_path / "people.db", tmp_path / "missing" / "people.db"):
        with pytest.raises(ConfigError) as caught:
            Directory.open(path, PEPPER, PIN_PEPPER, create=path.parent != tmp_path)
        assert code(caught) == "no_directory"
        assert not path.exists()


def test_a_database_that_is_none_is_refused_without_its_password() -> None:
    for url in ("nosuch://ben:CANARY@127.0.0.1/people", "://CANARY"):
        with pytest.raises(ConfigError) as caught:
            Directory.open(url, PEPPER, PIN_PEPPER)
        assert code(caught) == "bad_database"
        assert "CANARY" not in str(caught.value)


def test_a_newer_schema_is_refused(directory: Directory, file: Path) -> None:
    directory.close()
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError) as caught:
        Directory.open(file, PEPPER, PIN_PEPPER)
    assert code(caught) == "schema_newer"


def test_the_migrated_schema_is_the_one_the_code_uses(directory: Directory) -> None:
    with directory.store.reading() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_garbage_is_not_a_directory(file: Path) -> None:
    file.write_bytes(b"not a database at all" * 100)
    with pytest.raises(Unreachable) as caught:
        Directory.open(file, PEPPER, PIN_PEPPER)
    assert code(caught) == "people_database"


def test_two_processes_open_a_new_directory_at_once(file: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from gateway.people.directory import Directory;"
        "from gateway.people.persons import NewPerson; from rules.model.secret import Secret;"
        "d = Directory.open(Path(sys.argv[1]), Secret(sys.argv[2]), Secret(sys.argv[3]));"
        "[d.add('test', NewPerson('Somebody')) for _ in range(20)]; d.close()"
    )
    command = [sys.executable, "-c", program, str(file), PEPPER.reveal, PIN_PEPPER.reveal]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, b"")
    with Directory.open(file, PEPPER, PIN_PEPPER) as directory:
        assert len(directory.people().persons) == 60
        assert directory.rev() == 60
        assert changes.first_break(directory.changes_since(0)) is None


def test_who_bears_a_reference(directory: Directory) -> None:
    ann = directory.add("test", NewPerson("Ann", ref="E1001"))
    directory.add("test", NewPerson("Bob", ref="E1002"))
    assert directory.ids_of(["E1001", "E9999"]) == {"E1001": ann}
    assert directory.ids_of([]) == {}
