"""Alembic's entry: runs the migrations on the connection that the journal opened, in one transaction."""

from __future__ import annotations

from alembic import context

from gateway.journal.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
