"""The first schema of the directory of people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    _person()
    _credential()
    _change()
    op.create_table(
        "pepper",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("mark", sa.String(64), nullable=False),
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(18), primary_key=True),
        sa.Column("ref", sa.String(64), unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("groups", sa.Text, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("blocked", sa.String(8)),
        sa.Column("begins", sa.BigInteger),
        sa.Column("ends", sa.BigInteger),
        sa.Column("extended", sa.Boolean, nullable=False),
        sa.Column("pin", sa.Text),
        sa.Column("duress", sa.Text),
        sa.Column("source", sa.String(8), nullable=False),
    )


def _credential() -> None:
    op.create_table(
        "credential",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(18), sa.ForeignKey("person.id")),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("tail", sa.String(2), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("begins", sa.BigInteger),
        sa.Column("ends", sa.BigInteger),
        sa.Column("source", sa.String(8), nullable=False),
    )
    op.create_index("ix_credential_person", "credential", ["person"])


def _change() -> None:
    op.create_table(
        "change",
        sa.Column("rev", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("utc", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("person", sa.String(18)),
        sa.Column("token", sa.String(64)),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_index("ix_change_person", "change", ["person"])
