"""Pools, seats with names, codes, and what offers and bookings say of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import CALLER, owned, public

revision = "0007"
down_revision = "0006"

TIME = TIMESTAMP(timezone=True)
ZERO, ONE, TEN = sa.text("0"), sa.text("1"), sa.text("10")


def upgrade() -> None:
    offers()
    bookings()
    pools()
    seats()
    promos()
    for table in ("pools", "seats", "promos"):
        for statement in owned(table):
            op.execute(statement)
    mine()


def _add(table: str, *columns: sa.Column[object]) -> None:
    for column in columns:
        op.add_column(table, column)


def _filled(name: str, type_: object, default: object) -> sa.Column[object]:
    return sa.Column(name, type_, nullable=False, server_default=default)  # type: ignore[arg-type]


def offers() -> None:
    _add(
        "offers",
        _filled("pool", sa.Text, ""),
        _filled("per_person", sa.Integer, ZERO),
        _filled("least", sa.Integer, ONE),
        _filled("most", sa.Integer, TEN),
        _filled("hidden", sa.Boolean, sa.false()),
        _filled("steps", JSONB, "[]"),
        _filled("sections", JSONB, "[]"),
    )


def bookings() -> None:
    _add(
        "bookings",
        sa.Column("promo", sa.Uuid),
        _filled("promo_code", sa.Text, ""),
        _filled("discount_minor", sa.BigInteger, ZERO),
        _filled("attendees", JSONB, "[]"),
        _filled("extended", sa.Boolean, sa.false()),
    )
    _add("tickets", _filled("seat", sa.Text, ""))
    # Items learn what one seat costs: what it costs now is the best that is known.
    for table in ("bookings", "offers"):
        op.execute(f"alter table {table} no force row level security")
    op.execute(
        "update bookings b set items = ("
        " select coalesce(jsonb_agg(i.value || to_jsonb(coalesce(o.price_minor, 0)) || '[[]]'"
        " order by i.ordinality), '[]')"
        " from jsonb_array_elements(b.items) with ordinality i"
        " left join offers o on o.organization = b.organization and o.event = b.event"
        " and o.ticket_type = i.value ->> 0)"
    )
    for table in ("bookings", "offers"):
        op.execute(f"alter table {table} force row level security")


def mine() -> None:
    """Everybody may see the bookings that are their own, and the tickets in them."""
    op.drop_index("bookings_buyer_idx", "bookings")
    op.create_index("bookings_buyer_idx", "bookings", ["buyer", "organization", "id"])
    op.execute(public("bookings", f"buyer = {CALLER}", policy="mine"))
    booked = "b.organization = tickets.organization and b.id = tickets.booking"
    mine = f"exists (select 1 from bookings b where {booked} and b.buyer = {CALLER})"  # noqa: S608
    op.execute(public("tickets", mine, policy="mine"))


def pools() -> None:
    op.create_table(
        "pools",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("pool", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("ceiling", sa.Integer, nullable=False),
        _filled("held", sa.Integer, ZERO),
        _filled("sold", sa.Integer, ZERO),
        sa.PrimaryKeyConstraint("organization", "event", "pool", name="pools_pkey"),
        sa.CheckConstraint("held >= 0 and sold >= 0", name="pools_counts_check"),
        sa.CheckConstraint(
            "ceiling = greatest(capacity, held + sold)", name="pools_never_oversold_check"
        ),
    )


def seats() -> None:
    op.create_table(
        "seats",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("seat", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("accessible", sa.Boolean, nullable=False),
        sa.Column("gap", sa.Boolean, nullable=False),
        _filled("listed", sa.Boolean, sa.true()),
        sa.Column("booking", sa.Uuid),
        sa.PrimaryKeyConstraint(
            "organization", "event", "section", "row", "seat", name="seats_pkey"
        ),
    )
    op.create_index(
        "seats_booking_idx",
        "seats",
        ["organization", "event", "booking"],
        postgresql_where=sa.text("booking is not null"),
    )


def promos() -> None:
    op.create_table(
        "promos",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("percent", sa.Integer, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("most_uses", sa.Integer, nullable=False),
        sa.Column("per_person", sa.Integer, nullable=False),
        _filled("uses", sa.Integer, ZERO),
        sa.Column("ticket_types", JSONB, nullable=False),
        sa.Column("unlocks", sa.Boolean, nullable=False),
        sa.Column("start_time", TIME),
        sa.Column("end_time", TIME),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="promos_pkey"),
        sa.UniqueConstraint(
            "organization", "event", "code", name="promos_organization_event_code_key"
        ),
        sa.CheckConstraint(
            "uses >= 0 and (most_uses = 0 or uses <= most_uses)", name="promos_uses_check"
        ),
        sa.CheckConstraint(
            "percent between 0 and 100 and amount_minor >= 0", name="promos_off_check"
        ),
    )
