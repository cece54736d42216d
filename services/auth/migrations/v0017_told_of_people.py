"""Finds what was told of somebody who is no more, so that it can be taken out of the outbox."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute(
        "create index outbox_people_idx on outbox (subject) where type in"
        " ('turnout.auth.v1.UserRegistered', 'turnout.auth.v1.UserChanged',"
        " 'turnout.auth.v1.MemberInvited')"
    )
