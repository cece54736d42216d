"""The templates of organizations, and every version of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import owned

revision = "0010"
down_revision = "0009"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "message_templates",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="message_templates_pkey"),
    )
    op.create_table(
        "message_template_versions",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("template", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("variables", JSONB, nullable=False),
        sa.Column("translations", JSONB, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint(
            "organization", "template", "version", name="message_template_versions_pkey"
        ),
        sa.ForeignKeyConstraint(
            ["organization", "template"],
            ["message_templates.organization", "message_templates.id"],
            name="message_template_versions_organization_template_fkey",
            ondelete="cascade",
        ),
    )
    for table in ("message_templates", "message_template_versions"):
        for statement in owned(table):
            op.execute(statement)
