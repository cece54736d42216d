"""Who has a seat by a ticket that was passed on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.kit.tables import owned

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("attendances", sa.Column("seats", sa.Integer))
    op.create_table(
        "transfers",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("ticket", sa.Uuid, nullable=False),
        sa.Column("booking", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("returned", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("organization", "ticket", name="transfers_pkey"),
    )
    op.create_index("transfers_holder_idx", "transfers", ["organization", "event", "holder"])
    op.create_index("transfers_booking_idx", "transfers", ["organization", "booking"])
    for statement in owned("transfers"):
        op.execute(statement)
