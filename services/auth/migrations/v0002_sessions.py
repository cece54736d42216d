"""Where and with what a session is used, and the sessions whose access tokens are refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import with_revoked

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with_revoked(op)
    # Of the sessions that are there already nobody knows more.
    op.add_column("sessions", sa.Column("user_agent", sa.Text))
    op.add_column("sessions", sa.Column("address", sa.Text))
    op.add_column("sessions", sa.Column("use_time", TIMESTAMP(timezone=True)))
    op.add_column("sessions", sa.Column("version", sa.Integer))
    op.execute(
        "update sessions set user_agent = '', address = '', use_time = create_time, version = 1"
    )
    for name in ("user_agent", "address", "use_time", "version"):
        op.alter_column("sessions", name, nullable=False)
