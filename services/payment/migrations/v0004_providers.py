"""Attempts and refunds know who moves their money: it need not be the same for one payment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.kit.migrate import unconfined

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for table in ("attempts", "refunds"):
        op.add_column(table, sa.Column("provider", sa.Text))
    with unconfined(op, "payments", "attempts", "refunds"):
        op.execute(
            "update attempts a set provider = p.provider from payments p"
            " where p.organization = a.organization and p.id = a.payment"
        )
        op.execute(
            "update refunds r set provider = p.provider from payments p"
            " where p.organization = r.organization and p.id = r.payment"
        )
    for table in ("attempts", "refunds"):
        op.alter_column(table, "provider", nullable=False)
