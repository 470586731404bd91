"""Duress PINs beside those that are credentials by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("credential", sa.Column("duress", sa.String(32)))
    op.create_index("ix_credential_duress", "credential", ["duress"], unique=True)
