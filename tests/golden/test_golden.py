"""Stored bytes stay readable: each golden file decodes to its event, and the event encodes to those bytes again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rules.model.canonical import canonical_bytes
from rules.record import EVENT_TYPES, decode, envelope, event_of, signal_of
from tests.golden.make import FOLDER, golden, path, sample

FILES = sorted(FOLDER.glob("*.json"))


def test_there_is_one_for_every_type_and_version() -> None:
    missing = [name for name, cls in EVENT_TYPES.items() if not path(name, cls.V).exists()]
    assert missing == [], "python -m tests.golden.make"


def test_none_is_of_a_type_that_is_gone() -> None:
    """What was written once is in somebody's journal."""
    assert [f.name for f in FILES if f.name.split(".")[0] not in EVENT_TYPES] == []


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_it_reads_as_its_event_and_writes_as_itself(file: Path) -> None:
    stored = file.read_bytes()
    plain = decode(stored)
    name, version = file.stem.split(".v")
    assert (plain["type"], plain["v"]) == (name, int(version))
    event = event_of(plain)
    assert type(event) is EVENT_TYPES[name]
    found = signal_of(plain)
    assert found is not None
    signal, stamp = found
    if int(version) == event.V:
        assert envelope(event, stamp, signal) == stored
    assert plain["class"] == event.CLASS


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_its_bytes_are_canonical(file: Path) -> None:
    stored = file.read_bytes()
    assert canonical_bytes(json.loads(stored)) == stored


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_today_writes_what_was_written(name: str) -> None:
    """A field renamed, dropped or of another kind without a new `v` is found here."""
    assert golden(name) == path(name, EVENT_TYPES[name].V).read_bytes()


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_a_sample_fills_every_field(name: str) -> None:
    event = sample(name)
    assert all(getattr(event, field) is not None for field in event.__dataclass_fields__)
