"""Events, who attends them, journeys and their positions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import kit_tables, owned

revision = "0001"
down_revision = None

TIME = TIMESTAMP(timezone=True)
BATCH = "(select string_to_array(current_setting('turnout.organizations', true), ',')::uuid[])"


def upgrade() -> None:
    kit_tables(op)
    _events()
    _attendances()
    _journeys()
    _segments()
    for table in ("events", "attendances", "journeys", "segments"):
        for statement in owned(table):
            op.execute(statement)
    # One group commit is about the journeys of several organizations, and names them.
    mine = f"organization = any ({BATCH}::uuid[])"
    for table in ("events", "journeys", "segments"):
        op.execute(f'create policy batch on "{table}" using ({mine}) with check ({mine})')


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("latitude", sa.Double, nullable=False),
        sa.Column("longitude", sa.Double, nullable=False),
        sa.Column("radius_meters", sa.Integer, nullable=False),
        sa.Column("start_time", TIME, nullable=False),
        sa.Column("end_time", TIME, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("organization", "id", name="events_pkey"),
        sa.CheckConstraint("radius_meters > 0", name="events_radius_check"),
    )


def _attendances() -> None:
    op.create_table(
        "attendances",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("booking", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("attendee", sa.Text, nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("organization", "booking", name="attendances_pkey"),
    )
    op.create_index(
        "attendances_attendee_idx", "attendances", ["organization", "event", "attendee"]
    )


def _journeys() -> None:
    op.create_table(
        "journeys",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("traveler", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("rate", sa.Double, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("expire_time", TIME, nullable=False),
        sa.Column("arrive_time", TIME),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("change", sa.BigInteger, nullable=False),
        sa.Column("kept_through", sa.BigInteger, nullable=False),
        sa.Column("position_count", sa.BigInteger, nullable=False),
        sa.Column("way", sa.LargeBinary),
        sa.Column("sequence", sa.BigInteger),
        sa.Column("capture_time", TIME),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("accuracy", sa.Float),
        sa.Column("speed", sa.Float),
        sa.Column("bearing", sa.Float),
        sa.Column("distance_meters", sa.Double),
        sa.Column("p50_time", TIME),
        sa.Column("p90_time", TIME),
        sa.PrimaryKeyConstraint("organization", "id", name="journeys_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "event"],
            ["events.organization", "events.id"],
            name="journeys_organization_event_fkey",
        ),
        sa.CheckConstraint(
            "state in ('ready', 'under_way', 'arrived', 'expired', 'withdrawn')",
            name="journeys_state_check",
        ),
        sa.CheckConstraint(
            "0 <= position_count and position_count <= kept_through", name="journeys_kept_check"
        ),
        sa.CheckConstraint(
            "(state = 'arrived') <= (arrive_time is not null)", name="journeys_arrived_check"
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' or (latitude is null and way is null and position_count = 0)",
            name="journeys_withdrawn_check",
        ),
        postgresql_with={"fillfactor": 60},
    )
    op.create_index(
        "journeys_one_idx",
        "journeys",
        ["organization", "event", "traveler"],
        unique=True,
        postgresql_where=sa.text("state not in ('expired', 'withdrawn')"),
    )
    op.create_index("journeys_event_idx", "journeys", ["organization", "event", "id"])
    op.create_index("journeys_traveler_idx", "journeys", ["organization", "traveler", "id"])


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("journey", sa.Uuid, nullable=False),
        sa.Column("first_sequence", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_time", TIME, nullable=False),
        sa.Column("last_time", TIME, nullable=False),
        sa.Column("south", sa.Double, nullable=False),
        sa.Column("west", sa.Double, nullable=False),
        sa.Column("north", sa.Double, nullable=False),
        sa.Column("east", sa.Double, nullable=False),
        sa.Column("columns", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("organization", "journey", "first_sequence", name="segments_pkey"),
        sa.CheckConstraint("first_sequence > 0 and count > 0", name="segments_numbers_check"),
    )
