"""The ledger of seats; items as a part of their booking; one wake-up per event that has holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import owned

revision = "0004"
down_revision = "0003"

# Every owned table hides its rows from who is in no organization, which a migration is.
SEEN = "alter table {} no force row level security"
HIDDEN = "alter table {} force row level security"


def upgrade() -> None:
    movements()
    for table in ("bookings", "items"):
        op.execute(SEEN.format(table))
    items()
    ledger()
    wake_ups()
    op.drop_table("items")
    op.execute(HIDDEN.format("bookings"))
    # Nobody, not even the service, changes what happened.
    op.execute(
        "create function refuse_change() returns trigger language plpgsql as"
        " $$ begin raise exception 'a ledger is not changed'; end $$"
    )
    op.execute(
        "create trigger append_only before update or delete on movements"
        " for each row execute function refuse_change()"
    )


def movements() -> None:
    op.create_table(
        "movements",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("booking", sa.Uuid, nullable=False),
        sa.Column("ticket_type", sa.Text, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("sold", sa.Integer, nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization", "event", "position", name="movements_pkey"),
        sa.CheckConstraint("held <> 0 or sold <> 0", name="movements_moves_check"),
    )
    for statement in owned("movements"):
        op.execute(statement)


def items() -> None:
    op.add_column("bookings", sa.Column("items", JSONB))
    op.execute(
        "update bookings b set items = ("
        " select coalesce(jsonb_agg(jsonb_build_array(i.ticket_type, i.quantity)"
        " order by i.position), '[]') from items i"
        " where i.organization = b.organization and i.booking = b.id)"
    )
    op.alter_column("bookings", "items", nullable=False)


def ledger() -> None:
    """What is taken at this moment is where the ledger begins."""
    op.execute("alter table movements no force row level security")
    op.execute(
        "insert into movements"
        " (organization, event, booking, ticket_type, held, sold, create_time)"
        " select b.organization, b.event, b.id, i.ticket_type,"
        " i.quantity * (b.state = 'held')::int, i.quantity * (b.state = 'confirmed')::int,"
        " b.update_time from bookings b join items i"
        " on i.organization = b.organization and i.booking = b.id"
        " where b.state in ('held', 'confirmed') order by b.id, i.position"
    )
    op.execute("alter table movements force row level security")


def wake_ups() -> None:
    """Holds lapse by event from here on."""
    op.create_index(
        "bookings_held_idx",
        "bookings",
        ["organization", "event", "expire_time"],
        postgresql_where=sa.text("state = 'held'"),
    )
    op.execute("delete from due where kind = 'lapse'")
    op.execute(
        "insert into due (kind, id, organization, due_time)"
        " select 'lapse', event, organization, min(expire_time) from bookings"
        " where state = 'held' group by organization, event"
    )
