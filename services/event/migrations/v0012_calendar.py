"""The addresses that users gave to their calendars; who has seats sees that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import CALLER, public

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("user", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("read_time", TIMESTAMP(timezone=True)),
        sa.PrimaryKeyConstraint("user", "id", name="calendar_feeds_pkey"),
        sa.UniqueConstraint("id", name="calendar_feeds_id_key"),
    )
    op.create_index("seats_buyer_idx", "seats", ["buyer"])
    op.execute(public("seats", f"buyer = {CALLER}", policy="buyer"))
