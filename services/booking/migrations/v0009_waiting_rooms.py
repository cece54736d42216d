"""Waiting rooms and the places in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned

revision = "0009"
down_revision = "0008"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    for column in (
        sa.Column("guarded", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("room_load", sa.Integer, nullable=False, server_default=sa.text("0")),
    ):
        op.add_column("offers", column)
    op.execute(sa.schema.CreateSequence(sa.Sequence("waiting_room_numbers")))
    op.create_table(
        "rooms",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("rate", sa.Integer, nullable=False),
        sa.Column("shuffles", sa.Boolean, nullable=False),
        sa.Column("open_time", TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("admit_time", TIME),
        sa.Column("drawn", sa.Boolean, nullable=False),
        sa.Column("guarded", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("organization", "event", name="rooms_pkey"),
        sa.CheckConstraint("mode in ('off', 'on', 'automatic')", name="rooms_mode_check"),
        sa.CheckConstraint("rate > 0", name="rooms_rate_check"),
    )
    places()
    for table in ("rooms", "places"):
        for statement in owned(table):
            op.execute(statement)


def places() -> None:
    op.create_table(
        "places",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("admit_time", TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="places_pkey"),
        sa.UniqueConstraint("organization", "event", "person", name="places_person_key"),
    )
    op.create_index(
        "places_waiting_idx",
        "places",
        ["organization", "event", "number"],
        postgresql_where=sa.text("admit_time is null"),
    )
