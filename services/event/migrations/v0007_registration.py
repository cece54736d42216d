"""Registration forms, guests and duplicates, and what lists of participants are filtered by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import owned, public

revision = "0007"
down_revision = "0006"

PUBLIC = "state in ('published', 'cancelled', 'completed')"
# As near to what the service writes as SQL comes; the next change of a participant says it right.
BACKFILL = """
    update participants
       set name_key = lower(display_name),
           likeness = lower(display_name),
           channel = case when email = '' then 'sms' else 'email' end
"""


def upgrade() -> None:
    _participants()
    _merged()
    _registration_forms()
    for table in ("merged", "registration_forms"):
        for statement in owned(table):
            op.execute(statement)
    # A form is as public as its event is.
    form = "registration_forms"
    shown = f"e.organization = {form}.organization and e.id = {form}.event"
    op.execute(public(form, f"exists (select from events e where {shown} and e.{PUBLIC})"))


def _participants() -> None:
    for column in (
        sa.Column("name_key", sa.Text, nullable=False, server_default=""),
        sa.Column("likeness", sa.Text, nullable=False, server_default=""),
        sa.Column("time_zone", sa.Text, nullable=False, server_default=""),
        sa.Column("guests", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("question_answers", JSONB),
        sa.Column("channel", sa.Text, nullable=False, server_default="email"),
        sa.Column("sent_by", sa.Text),
    ):
        op.add_column("participants", column)
    op.create_check_constraint("participants_guests_check", "participants", "guests >= 0")
    # The policy holds for the owner too, and here there is no organization to be of.
    op.execute("alter table participants no force row level security")
    op.execute(BACKFILL)
    op.execute("alter table participants force row level security")
    op.create_index(
        "participants_name_idx", "participants", ["organization", "event", "name_key", "id"]
    )


def _merged() -> None:
    op.create_table(
        "merged",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("participant", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="merged_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "participant"],
            ["participants.organization", "participants.id"],
            name="merged_organization_participant_fkey",
            ondelete="cascade",
        ),
    )
    op.create_index("merged_participant_idx", "merged", ["organization", "participant"])


def _registration_forms() -> None:
    op.create_table(
        "registration_forms",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("event", sa.Uuid, nullable=False),
        sa.Column("questions", JSONB, nullable=False),
        sa.Column("max_guests", sa.Integer),
        sa.Column("update_time", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organization", "event", name="registration_forms_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "event"],
            ["events.organization", "events.id"],
            name="registration_forms_organization_event_fkey",
            ondelete="cascade",
        ),
    )
