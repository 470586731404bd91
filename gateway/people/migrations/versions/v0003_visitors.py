"""Visitors and contractors with their hosts, and suspensions of many people at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("person", sa.Column("kind", sa.String(12)))
    op.add_column("person", sa.Column("host", sa.String(18)))
    op.create_index("ix_person_host", "person", ["host"])
    op.create_table(
        "suspension",
        sa.Column("id", sa.String(18), primary_key=True),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("utc", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
    )
    op.create_table(
        "suspended",
        sa.Column("person", sa.String(18), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("suspension", sa.String(18), sa.ForeignKey("suspension.id"), primary_key=True),
    )
