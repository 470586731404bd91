"""The generated people in a directory as the daemon keeps it: SQLite on disk."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert

from gateway.people import tables
from gateway.people.directory import Directory
from gateway.people.load import join_attributes, join_groups
from rules.model.secret import Secret
from tests.bench.engine.crowd import Crowd

_PEPPERS = Secret("card-pepper-of-the-benchmark-site"), Secret("pin-pepper-of-the-benchmark-sites")


def opened(folder: Path) -> Directory:
    """The directory in a folder, made there if there is none."""
    return Directory.open(folder / "people.db", *_PEPPERS)


def store(folder: Path, crowd: Crowd) -> None:
    """Everybody, written at once."""
    persons = [
        {
            "id": p.id,
            "ref": p.id.removeprefix("p-"),
            "name": f"Person {p.id}",
            "groups": join_groups(p.groups),
            "attributes": join_attributes(p.attributes),
            "blocked": "desk" if p.blocked else None,
            "begins": p.begins,
            "ends": p.ends,
            "extended": p.extended,
            "pin": "argon2id" if p.has_pin else None,
            "source": "csv",
        }
        for p in crowd.persons
    ]
    cards = [
        {
            "token": c.token,
            "person": c.person,
            "format": "h10301",
            "tail": c.token[:2],
            "status": c.status.value,
            "begins": c.begins,
            "ends": c.ends,
            "source": "csv",
        }
        for c in crowd.cards
    ]
    with opened(folder) as directory, directory.store.writing() as conn:
        conn.execute(insert(tables.person), persons)
        conn.execute(insert(tables.credential), cards)
