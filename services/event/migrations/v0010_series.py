"""Series of events, and with which clocks the times of events were reckoned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.tables import owned

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("owners", sa.Column("tzdata", sa.Text, nullable=False, server_default=""))
    op.create_index("owners_tzdata_idx", "owners", ["tzdata"])
    op.add_column("events", sa.Column("original_local", TIMESTAMP()))
    op.create_index(
        "events_series_idx",
        "events",
        ["organization", "series", "original_local"],
        unique=True,
        postgresql_where=sa.text("series is not null"),
    )
    op.create_table(
        "series",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("pattern", sa.LargeBinary, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("extra", ARRAY(sa.Text), nullable=False),
        sa.Column("skipped", ARRAY(sa.Text), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("through", TIMESTAMP(), nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="series_pkey"),
    )
    for statement in owned("series"):
        op.execute(statement)
