"""Codes, letters, and which addresses and numbers were shown to be somebody's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0009"
down_revision = "0008"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("users", sa.Column("email_verify_time", TIME))
    op.add_column("users", sa.Column("phone", sa.Text, nullable=False, server_default=""))
    op.add_column("users", sa.Column("phone_verify_time", TIME))
    op.create_table(
        "challenges",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user", sa.Uuid),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("expire_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="challenges_pkey"),
        sa.ForeignKeyConstraint(
            ["user"], ["users.id"], name="challenges_user_fkey", ondelete="cascade"
        ),
    )
    op.create_index("challenges_user_idx", "challenges", ["user"])
    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="letters_pkey"),
    )
