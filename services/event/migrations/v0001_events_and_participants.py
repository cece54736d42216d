"""Events with their ticket types, and participants with their steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import kit_tables, owned, public

revision = "0001"
down_revision = None

PUBLIC = "state in ('published', 'cancelled')"


def upgrade() -> None:
    kit_tables(op)
    _events()
    _ticket_types()
    _participants()
    _steps()
    for table in ("events", "ticket_types", "participants", "steps"):
        for statement in owned(table):
            op.execute(statement)
    op.execute(public("events", PUBLIC))
    # A ticket type is as public as its event is.
    shown = "e.organization = ticket_types.organization and e.id = ticket_types.event"
    op.execute(
        public("ticket_types", f"exists (select from events e where {shown} and e.{PUBLIC})")
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("venue", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("city", sa.Text, nullable=False),
        sa.Column("city_key", sa.Text, nullable=False),
        sa.Column("latitude", sa.Double, nullable=False),
        sa.Column("longitude", sa.Double, nullable=False),
        sa.Column("arrival_radius", sa.Integer, nullable=False),
        sa.Column("start_local", TIMESTAMP(), nullable=False),
        sa.Column("end_local", TIMESTAMP(), nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("start_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("end_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("tzdata", sa.Text, nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("publish_time", TIMESTAMP(timezone=True)),
        sa.Column("cancel_time", TIMESTAMP(timezone=True)),
        sa.Column("cancel_reason", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="events_pkey"),
        sa.CheckConstraint("end_time > start_time", name="events_span_check"),
        sa.CheckConstraint("latitude between -90 and 90", name="events_latitude_check"),
        sa.CheckConstraint("longitude between -180 and 180", name="events_longitude_check"),
        sa.CheckConstraint(
            "state = 'draft' or publish_time is not null", name="events_published_check"
        ),
    )
    op.create_index("events_start_idx", "events", ["organization", "start_time", "id"])
    op.create_index(
        "events_public_idx", "events", ["start_time", "id"], postgresql_where=sa.text(PUBLIC)
    )
    op.create_index(
        "events_public_city_idx",
        "events",
        ["city_key", "start_time", "id"],
        postgresql_where=sa.text(PUBLIC),
    )


def _ticket_types() -> None:
    op.create_table(
        "ticket_types",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("currency", sa.Text),
        sa.Column("price_minor", sa.BigInteger),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("sale_start_time", TIMESTAMP(timezone=True)),
        sa.Column("sale_end_time", TIMESTAMP(timezone=True)),
        sa.PrimaryKeyConstraint("organization", "event", "id", name="ticket_types_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "event"],
            ["events.organization", "events.id"],
            name="ticket_types_organization_event_fkey",
            ondelete="cascade",
        ),
        sa.CheckConstraint("capacity > 0", name="ticket_types_capacity_check"),
        sa.CheckConstraint("price_minor >= 0", name="ticket_types_price_check"),
        sa.CheckConstraint(
            "(currency is null) = (price_minor is null)", name="ticket_types_currency_check"
        ),
    )


def _participants() -> None:
    op.create_table(
        "participants",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_key", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("language_code", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("booking", sa.Uuid),
        sa.Column("journey", sa.Uuid),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("ticket_type", sa.Text),
        sa.Column("deliver_time", TIMESTAMP(timezone=True)),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="participants_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "event"],
            ["events.organization", "events.id"],
            name="participants_organization_event_fkey",
        ),
        sa.CheckConstraint(
            "email_key is not null or phone is not null", name="participants_address_check"
        ),
        sa.UniqueConstraint("organization", "event", "email_key", name="participants_email_key"),
        sa.UniqueConstraint("organization", "event", "phone", name="participants_phone_key"),
    )
    op.create_index("participants_event_idx", "participants", ["organization", "event", "id"])


def _steps() -> None:
    op.create_table(
        "steps",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("participant", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("reach_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("about", sa.Uuid),
        sa.Column("seen_time", TIMESTAMP(timezone=True)),
        sa.PrimaryKeyConstraint("organization", "participant", "position", name="steps_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "participant"],
            ["participants.organization", "participants.id"],
            name="steps_organization_participant_fkey",
            ondelete="cascade",
        ),
    )
