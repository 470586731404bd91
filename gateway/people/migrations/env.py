"""Runs the migrations on the connection the directory hands over, inside its open transaction."""

from __future__ import annotations

from alembic import context

from gateway.people.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
