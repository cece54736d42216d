"""Accounts that close for a while, and that go for good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import CALLER, TENANT

revision = "0003"
down_revision = "0002"

# Where no organization is meant, people may leave wherever they are a member.
LEAVING = f"""{TENANT} is null and 'users/' || "user" = {CALLER}"""


def upgrade() -> None:
    op.add_column("users", sa.Column("deactivate_time", TIMESTAMP(timezone=True)))
    op.execute(f"create policy leaving on members for delete using ({LEAVING})")
