"""The templates of organizations, and every version of them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.messaging.tables import metadata

message_templates = sa.Table(
    "message_templates",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
)

message_template_versions = sa.Table(
    "message_template_versions",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("template", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("variables", JSONB, nullable=False),
    sa.Column("translations", JSONB, nullable=False),
    sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(
        ["organization", "template"],
        ["message_templates.organization", "message_templates.id"],
        ondelete="cascade",
    ),
)
