"""Apps and browsers that show notifications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import owned, personal

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "push_devices",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="push_devices_pkey"),
        sa.UniqueConstraint("organization", "digest", name="push_devices_digest_key"),
    )
    op.create_index(
        "push_devices_person_idx", "push_devices", ["person", "organization", "create_time"]
    )
    for statement in [*owned("push_devices"), personal("push_devices", "person")]:
        op.execute(statement)
