"""People are found in all organizations, so that they can be forgotten."""

from __future__ import annotations

from alembic import op

from services.kit.tables import personal

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(personal("journeys", "traveler"))
    op.create_index("journeys_person_idx", "journeys", ["traveler"])
