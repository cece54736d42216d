"""More of ticket types and venues: pools, limits, steps of price, rooms and seats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name in ("rooms", "layout", "pools"):
        op.add_column("events", _json(name))
    op.add_column("events", _text("venue_zone"))
    op.alter_column("ticket_types", "capacity", nullable=True)
    for name in ("description", "pool"):
        op.add_column("ticket_types", _text(name))
    for name in ("tax", "per_person", "least_per_order", "most_per_order"):
        op.add_column("ticket_types", _number(name))
    for name in ("price_steps", "sections"):
        op.add_column("ticket_types", _json(name))
    hidden = sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("ticket_types", hidden)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB, nullable=False, server_default="[]")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")
