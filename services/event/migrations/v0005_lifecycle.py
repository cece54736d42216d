"""Events that are online, completed, templates; who has seats of them, and whose they are."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.tables import owned, public

revision = "0005"
down_revision = "0004"

PUBLIC = "state in ('published', 'cancelled', 'completed')"


def upgrade() -> None:
    for column in _columns():
        op.add_column("events", column)
    for name in ("latitude", "longitude"):
        op.alter_column("events", name, nullable=True)
    _checks()
    _show()
    _indexes()
    _owners()
    _seats()
    key = "participants_organization_event_fkey"
    here, there = ["organization", "event"], ["organization", "id"]
    op.drop_constraint(key, "participants")
    op.create_foreign_key(key, "participants", "events", here, there, ondelete="cascade")


def _columns() -> list[sa.Column[Any]]:
    words = [("mode", "on_site"), ("join_uri", ""), ("category", "")]
    lists = ("tags", "other_languages")
    return [
        sa.Column("complete_time", TIMESTAMP(timezone=True)),
        *(sa.Column(name, sa.Text, nullable=False, server_default=usual) for name, usual in words),
        *(sa.Column(name, ARRAY(sa.Text), nullable=False, server_default="{}") for name in lists),
        sa.Column("min_age", sa.Integer, nullable=False, server_default="0"),
        sa.Column("series", sa.Uuid),
    ]


def _checks() -> None:
    op.drop_constraint("events_published_check", "events")
    checks = {
        "published": "state in ('draft', 'template') or publish_time is not null",
        "location": "(latitude is null) = (longitude is null)",
        "mode": "latitude is not null or mode = 'online'",
    }
    for name, condition in checks.items():
        op.create_check_constraint(f"events_{name}_check", "events", condition)


def _show() -> None:
    """What was completed is as public as what is to come."""
    for table in ("events", "ticket_types"):
        op.execute(f"drop policy public on {table}")
    op.execute(public("events", PUBLIC))
    shown = "e.organization = ticket_types.organization and e.id = ticket_types.event"
    op.execute(
        public("ticket_types", f"exists (select from events e where {shown} and e.{PUBLIC})")
    )


def _indexes() -> None:
    indexes = {
        "events_public_idx": (["start_time", "id"], PUBLIC),
        "events_public_city_idx": (["city_key", "start_time", "id"], PUBLIC),
        "events_public_periodic_idx": (["start_time", "id"], f"{PUBLIC} and series is not null"),
    }
    for name, (columns, where) in indexes.items():
        op.drop_index(name, "events", if_exists=True)
        op.create_index(name, "events", columns, postgresql_where=sa.text(where))


def _owners() -> None:
    op.create_table(
        "owners",
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("event", name="owners_pkey"),
    )
    # The policies hold for who migrates as well.
    op.execute("alter table events no force row level security")
    op.execute("insert into owners (event, organization) select id, organization from events")
    op.execute("alter table events force row level security")


def _seats() -> None:
    op.create_table(
        "seats",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("booking", sa.Uuid, nullable=False),
        sa.Column("buyer", sa.Text, nullable=False),
        sa.Column("has", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("organization", "event", "booking", name="seats_pkey"),
    )
    for statement in owned("seats"):
        op.execute(statement)
