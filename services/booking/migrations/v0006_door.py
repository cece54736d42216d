"""The door: how tickets were used, every scan, and how the organizer wants it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0006"
down_revision = "0005"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    for column in (
        sa.Column("entry_scan", sa.Uuid),
        sa.Column("entry_time", TIME),
        sa.Column("entry_gate", sa.Text),
        sa.Column("undo_time", TIME),
    ):
        op.add_column("tickets", column)
    op.create_index(
        "tickets_used_idx",
        "tickets",
        ["organization", "event", "ticket_type"],
        postgresql_where=sa.text("entry_time is not null"),
    )
    scans()
    op.create_table(
        "doors",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("check_in_on_arrival", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "event", name="doors_pkey"),
    )
    for table in ("scans", "doors"):
        for statement in owned(table):
            op.execute(statement)


def scans() -> None:
    op.create_table(
        "scans",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("ticket", sa.Uuid),
        sa.Column("scan_time", TIME, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("creator", sa.Text, nullable=False),
        sa.Column("gate", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("winner", sa.Uuid),
        sa.PrimaryKeyConstraint("organization", "id", name="scans_pkey"),
        sa.CheckConstraint(
            "outcome in ('admitted', 'conflict', 'refused')", name="scans_outcome_check"
        ),
    )
    op.create_index(
        "scans_admitted_key",
        "scans",
        ["organization", "ticket"],
        unique=True,
        postgresql_where=sa.text("outcome = 'admitted'"),
    )
    op.create_index("scans_event_idx", "scans", ["organization", "event", "id"])
    op.create_index("scans_ticket_idx", "scans", ["organization", "ticket"])
