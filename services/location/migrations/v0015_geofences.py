"""Places on the way to events that matter, and who went in and out of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import batched, owned

revision = "0015"
down_revision = "0014"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("journeys", sa.Column("presences", sa.LargeBinary))
    _geofences()
    _transitions()
    for table in ("geofences", "transitions"):
        for statement in (*owned(table), batched(table)):
            op.execute(statement)


def _geofences() -> None:
    op.create_table(
        "geofences",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("radius_meters", sa.Double),
        sa.Column("geo_json", sa.Text),
        sa.Column("dwell_seconds", sa.Double, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("shape_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="geofences_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "event"],
            ["events.organization", "events.id"],
            name="geofences_organization_event_fkey",
        ),
        sa.CheckConstraint(
            "(geo_json is null) = (radius_meters is not null)", name="geofences_shape_check"
        ),
    )
    op.create_index("geofences_event_idx", "geofences", ["organization", "event", "id"])


def _transitions() -> None:
    op.create_table(
        "transitions",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("journey", sa.Uuid, nullable=False),
        sa.Column("geofence", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("transition_time", TIME, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("retract_time", TIME),
        sa.PrimaryKeyConstraint("organization", "id", name="transitions_pkey"),
        sa.CheckConstraint("kind in ('enter', 'dwell', 'exit')", name="transitions_kind_check"),
    )
    for what, columns in {
        "event": ["organization", "event", "transition_time", "id"],
        "journey": ["organization", "journey", "transition_time", "id"],
        "geofence": ["organization", "geofence"],
    }.items():
        op.create_index(f"transitions_{what}_idx", "transitions", columns)
