"""Brings a segment's schema up to this version of the code. Upgrades only."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, select, table, text

from gateway.journal.schema import HEAD_REVISION
from rules.model.errors import DoorwardError

SCRIPTS = Path(__file__).parent / "migrations"


def revision(connection: Connection) -> str | None:
    """The schema's version as the file says it; None in an empty file."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(select(text("version_num")).select_from(table("alembic_version"))).scalar()
    return str(found) if found is not None else None


def upgrade(connection: Connection, where: str) -> None:
    """Migrate inside the connection's transaction; raises if the file was written by a newer version."""
    found = revision(connection)
    if found == HEAD_REVISION:
        return
    # Alembic is heavy, and needed on the rare day that the schema moves.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    settings = Config()
    settings.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    if found is not None and found not in known:
        raise DoorwardError(
            "was written by a newer Doorward; its schema cannot go back",
            code="journal_newer",
            where=where,
            got=f"revision {found}",
        )
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
