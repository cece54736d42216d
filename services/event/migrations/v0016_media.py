"""What is known of the files of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import owned, public

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("cover", sa.Boolean, nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expire_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("renditions", JSONB, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="media_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "event"],
            ["events.organization", "events.id"],
            name="media_organization_event_fkey",
            ondelete="cascade",
        ),
    )
    op.create_index("media_event_idx", "media", ["organization", "event", "id"])
    for statement in owned("media"):
        op.execute(statement)
    # A file is as public as its event is, once there is something to see.
    shown = (
        "renditions <> '[]' and exists (select from events e where"
        " e.organization = media.organization and e.id = media.event"
        " and e.state in ('published', 'cancelled', 'completed'))"
    )
    op.execute(public("media", shown))
