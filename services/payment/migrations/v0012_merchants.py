"""Accounts of organizations with providers, and what who pays has to do first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import owned

revision = "0012"
down_revision = "0011"

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "merchant_accounts",
        sa.Column("organization", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("publishable_key", sa.Text, nullable=False),
        sa.Column("capture", sa.Text, nullable=False),
        sa.Column("statement_suffix", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("api_key_hint", sa.Text, nullable=False),
        sa.Column("secret_hints", JSONB, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("mode in ('test', 'live')", name="merchant_accounts_mode_check"),
        sa.CheckConstraint(
            "capture in ('automatic', 'manual')", name="merchant_accounts_capture_check"
        ),
        sa.CheckConstraint(
            "state in ('disabled', 'enabled')", name="merchant_accounts_state_check"
        ),
    )
    op.create_index(
        "merchant_accounts_enabled_key",
        "merchant_accounts",
        ["organization"],
        unique=True,
        postgresql_where=sa.text("state = 'enabled'"),
    )
    for statement in owned("merchant_accounts"):
        op.execute(statement)
    empty = sa.text("''::bytea")
    op.add_column("payments", sa.Column("account", sa.Uuid))
    op.add_column(
        "payments", sa.Column("action", sa.LargeBinary, nullable=False, server_default=empty)
    )
    op.add_column("attempts", sa.Column("account", sa.Uuid))
    op.add_column("attempts", sa.Column("return_uri", sa.Text, nullable=False, server_default=""))
    op.add_column("attempts", sa.Column("capture_minor", sa.BigInteger))
    _more_states()


def _more_states() -> None:
    op.drop_constraint("payments_state_check", "payments")
    op.create_check_constraint(
        "payments_state_check",
        "payments",
        "state in ('requires_method', 'processing', 'requires_action', 'authorized', 'succeeded',"
        " 'failed', 'cancelled', 'refunding', 'refunded')",
    )
    op.drop_index("payments_open_key", "payments")
    op.create_index(
        "payments_open_key",
        "payments",
        ["organization", "booking"],
        unique=True,
        postgresql_where=sa.text(
            "state in ('requires_method', 'processing', 'requires_action', 'authorized', 'failed')"
        ),
    )
    op.drop_constraint("attempts_progress_check", "attempts")
    op.create_check_constraint(
        "attempts_progress_check",
        "attempts",
        "progress in ('pending', 'challenged', 'authorized', 'failed', 'cancelled', 'succeeded')",
    )
    op.drop_index("attempts_pending_key", "attempts")
    op.create_index(
        "attempts_pending_key",
        "attempts",
        ["organization", "payment"],
        unique=True,
        postgresql_where=sa.text("progress in ('pending', 'challenged', 'authorized')"),
    )
