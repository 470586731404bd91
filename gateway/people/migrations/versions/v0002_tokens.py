"""Tokens of 128 bits: those kept so far are cut to their first half. The chained log keeps what its digests cover."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("UPDATE credential SET token = substr(token, 1, 32)")
    with op.batch_alter_table("credential") as credential:
        credential.alter_column("token", existing_type=sa.String(64), type_=sa.String(32), existing_nullable=False)
