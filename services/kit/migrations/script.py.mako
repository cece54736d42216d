"""${message}

Runs with a lock_timeout of 5 s (`services.kit.migrate`), in one transaction. Expand first,
backfill, and contract only when no running code needs what goes.
"""

from __future__ import annotations

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    op.execute("select 1")
