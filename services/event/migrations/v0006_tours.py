"""How far the telling of a change has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.kit.tables import owned

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "tours",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("leg", sa.Text, nullable=False),
        sa.Column("after", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("organization", "event", "leg", name="tours_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "event"],
            ["events.organization", "events.id"],
            name="tours_organization_event_fkey",
            ondelete="cascade",
        ),
    )
    for statement in owned("tours"):
        op.execute(statement)
