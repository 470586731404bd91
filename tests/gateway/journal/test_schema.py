"""The schema moves up only, and its migrations lead to what the code expects."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from gateway.journal import connect, migrate, schema
from gateway.journal.batch import Batch
from gateway.journal.chain import Chain, beginning
from gateway.journal.opening import STORE, open_journal
from gateway.journal.segment import Segment, SegmentFailed
from rules.model.errors import DoorwardError
from tests.gateway.journal.sample import record


def test_an_empty_file_is_migrated_to_the_schema_of_the_code(tmp_path: Path):
    (tmp_path / STORE).touch()
    open_journal(tmp_path, "gw", None, renew=False).release()
    with connect.reader(tmp_path / STORE) as connection:
        assert migrate.revision(connection) == schema.HEAD_REVISION
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_the_code_knows_the_newest_revision():
    settings = Config()
    settings.set_main_option("script_location", str(migrate.SCRIPTS))
    scripts = ScriptDirectory.from_config(settings)
    assert scripts.get_current_head() == schema.HEAD_REVISION
    assert not any(hasattr(script.module, "downgrade") for script in scripts.walk_revisions())


def test_a_newer_journal_is_refused_and_left_alone(tmp_path: Path):
    open_journal(tmp_path, "gw", None, renew=False).release()
    with closing(sqlite3.connect(tmp_path / STORE, isolation_level=None)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DoorwardError) as refused:
        open_journal(tmp_path, "gw", None, renew=False)
    assert refused.value.code == "journal_newer"


def test_a_connection_that_is_not_durable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    weak = tuple(pragma.replace("FULL", "NORMAL") for pragma in connect.PRAGMAS)
    monkeypatch.setattr(connect, "PRAGMAS", weak)
    with pytest.raises(SegmentFailed) as refused:
        Segment(tmp_path / STORE, "gw").create()
    assert refused.value.code == "journal_not_durable"


def test_another_event_under_the_same_number_is_no_success(tmp_path: Path):
    opened = open_journal(tmp_path, "gw", None, renew=False)
    mine, other = (record(Chain("gw", beginning(name, 1)), 3) for name in ("gw", "forged"))
    opened.store.write(Batch(other))
    with pytest.raises(SegmentFailed) as conflict:
        opened.store.rewrite(Batch(mine))
    assert conflict.value.code == "journal_conflict"
    opened.store.rewrite(Batch(other))
    opened.release()


def test_the_rare_streams_numbers_are_found_by_index(tmp_path: Path):
    open_journal(tmp_path, "gw", None, renew=False).release()
    with closing(connect.reading(tmp_path / STORE)) as raw:
        plan = raw.execute(
            "EXPLAIN QUERY PLAN SELECT stream, max(n) FROM event WHERE epoch = 1 AND stream != 'event' GROUP BY stream"
        ).fetchall()
    assert "event_by_stream" in str(plan)
