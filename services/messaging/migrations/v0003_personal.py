"""People are found in all organizations, so that they can be forgotten."""

from __future__ import annotations

from alembic import op

from services.kit.tables import personal

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(personal("messages", "recipient"))
    op.create_index("messages_person_idx", "messages", ["recipient"])
