"""Tickets have a holder, codes that can be issued anew, and offers; and events have names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0005"
down_revision = "0004"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    tickets()
    op.create_table(
        "gatherings",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("start_time", TIME, nullable=False),
        sa.Column("end_time", TIME, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organization", "event", name="gatherings_pkey"),
    )
    for statement in owned("gatherings"):
        op.execute(statement)


def tickets() -> None:
    for column in (
        sa.Column("event", sa.Uuid),
        sa.Column("holder", sa.Text),
        sa.Column("state", sa.Text, nullable=False, server_default="valid"),
        sa.Column("issue", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("transfer", sa.Uuid),
        sa.Column("transfer_recipient", sa.Text),
        sa.Column("transfer_expire_time", TIME),
        sa.Column("update_time", TIME),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
    ):
        op.add_column("tickets", column)
    for table in ("tickets", "bookings"):
        op.execute(f"alter table {table} no force row level security")
    op.execute(
        "update tickets t set event = b.event, holder = b.buyer, update_time = b.update_time"
        " from bookings b where b.organization = t.organization and b.id = t.booking"
    )
    for table in ("tickets", "bookings"):
        op.execute(f"alter table {table} force row level security")
    for name in ("event", "holder", "update_time"):
        op.alter_column("tickets", name, nullable=False)
    op.create_check_constraint("state", "tickets", "state in ('valid', 'returned')")
    op.create_check_constraint(
        "offered", "tickets", "(transfer is null) = (transfer_expire_time is null)"
    )
    op.create_index("tickets_event_idx", "tickets", ["organization", "event", "id"])
    op.create_index("tickets_holder_idx", "tickets", ["organization", "holder", "id"])
