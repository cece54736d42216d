"""Accounts that were asked for. They go with the challenge that they wait for."""

from __future__ import annotations

import sqlalchemy as sa

from services.auth.codes.tables import challenges
from services.auth.tables import metadata

registrations = sa.Table(
    "registrations",
    metadata,
    sa.Column(
        "challenge",
        sa.Uuid,
        sa.ForeignKey(challenges.c.id, ondelete="cascade"),
        primary_key=True,
    ),
    # Who the account will be.
    sa.Column("user", sa.Uuid, nullable=False),
    sa.Column("display_name", sa.Text, nullable=False),
    # What `passwords.Hasher` makes of the password.
    sa.Column("password", sa.Text, nullable=False),
)

__all__ = ["metadata", "registrations"]
