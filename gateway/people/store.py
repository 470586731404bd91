"""The directory's database: opened, migrated upwards, read and written in transactions.

SQLite keeps its rollback journal here, not WAL: several processes write (daemon and command line), which SQLite
before 3.51.3 does not survive in WAL mode in rare races, and a directory on a disk that turned read-only must
still be readable.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from gateway.people import changes, peppers, tables
from rules.model.errors import ConfigError, Unreachable

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_LIMIT = 5  # seconds a transaction waits for another process
_WRITERS = 0x646F6F72  # our advisory lock in PostgreSQL


class Store:
    """An open database. Every method may be called from any thread; failures raise Unreachable."""

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine = engine
        self.where = where
        self._driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error  # of rows fetched past SQLAlchemy

    @classmethod
    def open(cls, where: Path | str, *, create: bool) -> Store:
        """A SQLite file or a database URL, migrated to the present schema."""
        if isinstance(where, str) and "://" in where:
            engine = _server(where)
            store = cls(engine, engine.url.render_as_string(hide_password=True))
        else:
            store = cls(_sqlite(Path(where), create), str(where))
        store.migrate()
        return store

    def close(self) -> None:
        self.engine.dispose()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the directory."""
        with self._guarded(), self.engine.connect() as conn:
            if not self.is_sqlite:
                conn = conn.execution_options(isolation_level="REPEATABLE READ")
            with conn.begin():
                yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The only writer among all processes, until the block ends; an exception undoes everything."""
        with self._guarded(), self.engine.connect() as conn:
            conn = conn.execution_options(begin="BEGIN IMMEDIATE")
            with conn.begin():
                if not self.is_sqlite:
                    conn.execute(text(f"SELECT pg_advisory_xact_lock({_WRITERS})"))
                yield conn

    def watching(self) -> Connection:
        """A connection for `mark`, which holds no lock between calls."""
        with self._guarded():
            return self.engine.connect().execution_options(begin="")

    def mark(self, watching: Connection) -> int:
        """A number that is another after every commit of others: SQLite's data_version, else the revision."""
        with self._guarded(), watching.begin():
            if not self.is_sqlite:
                return changes.head(watching)
            version: int = watching.exec_driver_sql("PRAGMA data_version").scalar_one()
            return version

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, self._driver_error) as error:
            cause = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
            raise Unreachable(
                "the directory of people did not answer", code="people_database", where=self.where, got=cause
            ) from error

    def migrate(self) -> None:
        """Up to the newest schema; raises ConfigError for a schema newer than this program."""
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        scripts = ScriptDirectory.from_config(config)
        with self.reading() as conn:
            present = MigrationContext.configure(conn).get_current_revision()
        if present == scripts.get_current_head():
            return
        if present is not None and present not in {s.revision for s in scripts.walk_revisions()}:
            raise ConfigError("written by a newer Doorward", code="schema_newer", where=self.where, got=present)
        with self.writing() as conn:
            config.attributes["connection"] = conn
            command.upgrade(config, "head")

    def claim(self, keys: dict[str, bytes]) -> None:
        """Bind the database to its peppers, or raise ConfigError `wrong_pepper` when it belongs to others."""
        marks = {name: peppers.mark(key, name) for name, key in keys.items()}
        with self.reading() as conn:
            complete = not self._missing(conn, marks)
        if complete:
            return
        with self.writing() as conn:
            for name in self._missing(conn, marks):
                conn.execute(tables.pepper.insert().values(name=name, mark=marks[name]))

    def _missing(self, conn: Connection, marks: dict[str, str]) -> list[str]:
        known = {row.name: row.mark for row in conn.execute(select(tables.pepper))}
        for name, mark in marks.items():
            if known.get(name, mark) != mark:
                raise ConfigError(f"this directory was made with another {name}", code="wrong_pepper", where=self.where)
        return [name for name in marks if name not in known]


def _server(url: str) -> Engine:
    try:
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    except (ImportError, ArgumentError):
        # neither is quoted: a URL may hold a password
        raise ConfigError("no such database, or its Python driver is missing", code="bad_database") from None


def _sqlite(path: Path, create: bool) -> Engine:
    if not path.exists():
        if not create or not path.parent.is_dir():
            raise ConfigError("no directory of people here", code="no_directory", where=str(path))
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    engine = create_engine(
        f"sqlite:///{path}", hide_parameters=True, connect_args={"timeout": _BUSY_LIMIT, "isolation_level": None}
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    # cache_spill: a large import must not lock readers out before it commits
    for pragma in ("synchronous=EXTRA", "foreign_keys=ON", "cache_spill=OFF", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(conn: Connection) -> None:
    # the driver begins nothing by itself; "" leaves each statement alone
    if statement := conn.get_execution_options().get("begin", "BEGIN"):
        conn.exec_driver_sql(statement)
