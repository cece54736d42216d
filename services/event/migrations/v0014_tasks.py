"""What is done for events at its time, and who slept then."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

from services.kit.tables import owned

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    _tasks()
    _notices()
    for table in ("tasks", "notices"):
        for statement in owned(table):
            op.execute(statement)


def _tasks() -> None:
    time = TIMESTAMP(timezone=True)
    op.create_table(
        "tasks",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("anchor", sa.Text, nullable=False),
        sa.Column("offset_seconds", sa.BigInteger, nullable=False),
        sa.Column("states", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("answers", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("channels", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("ticket_type", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("quiet_start", sa.Integer, nullable=False),
        sa.Column("quiet_end", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_time", time, nullable=False),
        sa.Column("after", sa.Uuid),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Column("skipped", sa.Integer, nullable=False),
        sa.Column("finish_time", time),
        sa.Column("create_time", time, nullable=False),
        sa.Column("update_time", time, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="tasks_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "event"],
            ["events.organization", "events.id"],
            name="tasks_organization_event_fkey",
            ondelete="cascade",
        ),
    )
    op.create_index("tasks_event_idx", "tasks", ["organization", "event", "id"])


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("task", sa.Uuid, nullable=False),
        sa.Column("participant", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="notices_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "task"],
            ["tasks.organization", "tasks.id"],
            name="notices_organization_task_fkey",
            ondelete="cascade",
        ),
        sa.ForeignKeyConstraint(
            ["organization", "participant"],
            ["participants.organization", "participants.id"],
            name="notices_organization_participant_fkey",
            ondelete="cascade",
        ),
    )
    op.create_index("notices_task_idx", "notices", ["organization", "task"])
    op.create_index("notices_participant_idx", "notices", ["organization", "participant"])
