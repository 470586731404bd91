"""Tokens have 128 bits: a directory of longer ones is migrated, and what stands in older records still finds them."""

from __future__ import annotations

import hmac
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, select

from gateway.people import changes, store, tables
from gateway.people.directory import Directory
from rules.credential import token

from .conftest import NOW, PEPPER, PIN_PEPPER

LONG = hmac.digest(PEPPER.reveal.encode(), b"h10301:1:2", "sha256").hex()
ANN = "p-00000000000000aa"


@pytest.fixture
def old(file: Path) -> Path:
    """A directory of the first schema: one person, one card of 256 bits, a chained log."""
    file.touch()
    engine = create_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(store._MIGRATIONS))
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
        conn.exec_driver_sql(
            "INSERT INTO person (id, name, groups, attributes, extended, source)"
            f" VALUES ('{ANN}', 'Ann', 'staff', '{{}}', 0, 'desk')"
        )
        conn.exec_driver_sql(
            "INSERT INTO credential (token, person, format, tail, status, source)"
            f" VALUES ('{LONG}', '{ANN}', 'h10301', '02', 'active', 'desk')"
        )
        log = changes.Log(conn, "test", NOW)
        log.note("person_added", ANN, groups="staff", source="desk")
        log.note("card_assigned", ANN, LONG, format="h10301", tail="02")
        log.write()
    engine.dispose()
    return file


def test_kept_tokens_are_those_that_cards_have_now(old: Path) -> None:
    with Directory.open(old, PEPPER, PIN_PEPPER) as directory:
        people = directory.people()
        assert list(people.credentials) == [LONG[:32]] == [token(PEPPER.reveal.encode(), "h10301", 1, 2)]
        assert people.credentials[LONG[:32]].person == ANN


def test_the_log_still_stands(old: Path) -> None:
    with Directory.open(old, PEPPER, PIN_PEPPER, now=lambda: NOW) as directory:
        directory.block("test", ANN)
        log = directory.changes_since(0)
        assert [line.token for line in log] == [None, LONG, None]
        assert changes.first_break(log) is None


def test_a_token_of_an_older_record_names_the_card(old: Path) -> None:
    with Directory.open(old, PEPPER, PIN_PEPPER) as directory:
        assert directory.unassign("test", LONG) == LONG[:32]


def test_the_index_and_the_reference_to_the_person_survive(old: Path) -> None:
    with Directory.open(old, PEPPER, PIN_PEPPER):
        pass
    with closing(sqlite3.connect(old)) as raw:
        indexes = raw.execute("SELECT name FROM pragma_index_list('credential') WHERE origin = 'c' ORDER BY name")
        assert indexes.fetchall() == [("ix_credential_duress",), ("ix_credential_person",)]
        assert raw.execute('SELECT "table", "from" FROM pragma_foreign_key_list(\'credential\')').fetchall() == [
            ("person", "person")
        ]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_directory_is_migrated_once(old: Path) -> None:
    for _ in range(2):
        with Directory.open(old, PEPPER, PIN_PEPPER) as directory, directory.store.reading() as conn:
            assert conn.execute(select(tables.credential.c.token)).scalars().all() == [LONG[:32]]
