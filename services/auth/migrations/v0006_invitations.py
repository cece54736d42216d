"""People who were asked to become members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0006"
down_revision = "0005"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("inviter", sa.Text, nullable=False),
        sa.Column("user", sa.Uuid),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("send_time", TIME, nullable=False),
        sa.Column("expire_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="invitations_pkey"),
        sa.ForeignKeyConstraint(
            ["organization"],
            ["organizations.organization"],
            name="invitations_organization_fkey",
            ondelete="cascade",
        ),
    )
    for statement in owned("invitations"):
        op.execute(statement)
