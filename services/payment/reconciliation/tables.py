"""The table of comparisons. What they found is written once, and shown as it was."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.payment.tables import metadata

TIME = TIMESTAMP(timezone=True)

reconciliations = sa.Table(
    "reconciliations",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("start_time", TIME, nullable=False),
    sa.Column("end_time", TIME, nullable=False),
    sa.Column("create_time", TIME, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("compared", sa.Integer, nullable=False),
    sa.Column("found", sa.Integer, nullable=False),
    sa.Column("differences", JSONB, nullable=False),
    sa.Column("finish_time", TIME),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("state in ('running', 'done')", name="state"),
)

OWNED = (reconciliations,)
