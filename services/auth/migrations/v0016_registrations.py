"""Accounts that were asked for, until a code shows whose the address is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "registrations",
        sa.Column("challenge", sa.Uuid, nullable=False),
        sa.Column("user", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("challenge", name="registrations_pkey"),
        sa.ForeignKeyConstraint(
            ["challenge"],
            ["challenges.id"],
            name="registrations_challenge_fkey",
            ondelete="cascade",
        ),
    )
