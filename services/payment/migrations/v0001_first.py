"""Claims, payments, attempts, refunds, notices, and the sandbox's own tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.tables import kit_tables, owned

revision = "0001"
down_revision = None

TIME = TIMESTAMP(timezone=True)
PROGRESS = "progress in ('pending', 'failed', 'cancelled', 'succeeded')"


def upgrade() -> None:
    kit_tables(op)
    claims()
    payments()
    attempts()
    refunds()
    notices()
    sandbox()
    for table in (
        "claims",
        "payments",
        "attempts",
        "refunds",
        "notices",
        "sandbox_charges",
        "sandbox_refunds",
        "sandbox_deliveries",
    ):
        for statement in owned(table):
            op.execute(statement)


def claims() -> None:
    op.create_table(
        "claims",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("booking", sa.Uuid, nullable=False),
        sa.Column("buyer", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("total_minor", sa.BigInteger, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("expire_time", TIME),
        sa.PrimaryKeyConstraint("organization", "booking", name="claims_pkey"),
        sa.CheckConstraint(
            "standing in ('held', 'confirmed', 'lapsed', 'cancelled')",
            name="claims_standing_check",
        ),
    )


def payments() -> None:
    op.create_table(
        "payments",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("booking", sa.Uuid, nullable=False),
        sa.Column("payer", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("attempt", sa.Uuid),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("capture_time", TIME),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="payments_pkey"),
        sa.CheckConstraint(
            "state in ('requires_method', 'processing', 'succeeded', 'failed', 'cancelled',"
            " 'refunding', 'refunded')",
            name="payments_state_check",
        ),
        sa.CheckConstraint("amount_minor > 0", name="payments_amount_check"),
        sa.CheckConstraint(
            "state not in ('succeeded', 'refunding', 'refunded') or capture_time is not null",
            name="payments_captured_check",
        ),
    )
    op.create_index(
        "payments_open_key",
        "payments",
        ["organization", "booking"],
        unique=True,
        postgresql_where=sa.text("state in ('requires_method', 'processing', 'failed')"),
    )
    op.create_index("payments_booking_idx", "payments", ["organization", "booking", "id"])
    op.create_index("payments_payer_idx", "payments", ["organization", "payer", "id"])


def attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("payment", sa.Uuid, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="attempts_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "payment"],
            ["payments.organization", "payments.id"],
            name="attempts_organization_payment_fkey",
        ),
        sa.CheckConstraint(PROGRESS, name="attempts_progress_check"),
    )
    op.create_index(
        "attempts_pending_key",
        "attempts",
        ["organization", "payment"],
        unique=True,
        postgresql_where=sa.text("progress = 'pending'"),
    )


def refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("payment", sa.Uuid, nullable=False),
        sa.Column("attempt", sa.Uuid, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="refunds_pkey"),
        sa.ForeignKeyConstraint(
            ["organization", "payment"],
            ["payments.organization", "payments.id"],
            name="refunds_organization_payment_fkey",
        ),
        sa.ForeignKeyConstraint(
            ["organization", "attempt"],
            ["attempts.organization", "attempts.id"],
            name="refunds_organization_attempt_fkey",
        ),
        sa.CheckConstraint(PROGRESS, name="refunds_progress_check"),
        sa.CheckConstraint("amount_minor > 0", name="refunds_amount_check"),
    )
    op.create_index(
        "refunds_attempt_key",
        "refunds",
        ["organization", "attempt"],
        unique=True,
        postgresql_where=sa.text("progress in ('pending', 'succeeded')"),
    )


def notices() -> None:
    op.create_table(
        "notices",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("effect", sa.Text, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="notices_pkey"),
        sa.UniqueConstraint("organization", "provider", "reference", name="notices_reference_key"),
    )


def sandbox() -> None:
    for table, more in (
        ("sandbox_charges", [sa.Column("method", sa.Text, nullable=False)]),
        ("sandbox_refunds", [sa.Column("charge", sa.Uuid, nullable=False)]),
    ):
        op.create_table(
            table,
            sa.Column("organization", sa.Uuid, nullable=False),
            sa.Column("key", sa.Uuid, nullable=False),
            *more,
            sa.Column("currency", sa.Text, nullable=False),
            sa.Column("amount_minor", sa.BigInteger, nullable=False),
            sa.Column("progress", sa.Text, nullable=False),
            sa.Column("failure", sa.Text, nullable=False),
            sa.PrimaryKeyConstraint("organization", "key", name=f"{table}_pkey"),
        )
    op.create_index("sandbox_refunds_charge_idx", "sandbox_refunds", ["organization", "charge"])
    op.create_table(
        "sandbox_deliveries",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("deliver_time", TIME),
        sa.PrimaryKeyConstraint("organization", "id", name="sandbox_deliveries_pkey"),
    )
