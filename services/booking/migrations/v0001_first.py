"""Offers, bookings, their items and tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import kit_tables, owned

revision = "0001"
down_revision = None

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    kit_tables(op)
    offers()
    bookings()
    items()
    tickets()
    for table in ("offers", "bookings", "items", "tickets"):
        for statement in owned(table):
            op.execute(statement)


def offers() -> None:
    op.create_table(
        "offers",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("ticket_type", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("price_minor", sa.BigInteger, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("ceiling", sa.Integer, nullable=False),
        sa.Column("held", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("sold", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("sale_start_time", TIME),
        sa.Column("sale_end_time", TIME),
        sa.Column("listed", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("organization", "event", "ticket_type", name="offers_pkey"),
        sa.CheckConstraint("held >= 0 and sold >= 0", name="offers_counts_check"),
        sa.CheckConstraint(
            "ceiling = greatest(capacity, held + sold)", name="offers_never_oversold_check"
        ),
        sa.CheckConstraint("capacity >= 0 and price_minor >= 0", name="offers_announced_check"),
    )


def bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("buyer", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("total_minor", sa.BigInteger, nullable=False),
        sa.Column("payment", sa.Uuid),
        sa.Column("expire_time", TIME),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="bookings_pkey"),
        sa.CheckConstraint(
            "state in ('held', 'confirmed', 'lapsed', 'cancelled')", name="bookings_state_check"
        ),
        sa.CheckConstraint(
            "state <> 'held' or expire_time is not null", name="bookings_holds_end_check"
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' or total_minor = 0 or payment is not null",
            name="bookings_paid_or_free_check",
        ),
        sa.CheckConstraint("total_minor >= 0", name="bookings_total_check"),
    )
    op.create_index("bookings_event_idx", "bookings", ["organization", "event", "id"])
    op.create_index("bookings_buyer_idx", "bookings", ["organization", "buyer", "id"])


def items() -> None:
    op.create_table(
        "items",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("booking", sa.Uuid, nullable=False),
        sa.Column("ticket_type", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "booking", "ticket_type", name="items_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "booking"],
            ["bookings.organization", "bookings.id"],
            name="items_organization_booking_fkey",
        ),
        sa.CheckConstraint("quantity > 0", name="items_quantity_check"),
    )


def tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("booking", sa.Uuid, nullable=False),
        sa.Column("ticket_type", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="tickets_pkey"),
        sa.UniqueConstraint("code", name="tickets_code_key"),
        sa.ForeignKeyConstraint(
            ["organization", "booking"],
            ["bookings.organization", "bookings.id"],
            name="tickets_organization_booking_fkey",
        ),
    )
    op.create_index("tickets_booking_idx", "tickets", ["organization", "booking"])
