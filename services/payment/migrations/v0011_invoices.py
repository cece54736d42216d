"""What was paid and given back, on paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import owned

revision = "0011"
down_revision = "0010"

KEPT = """
create function invoices_kept() returns trigger language plpgsql as $$
begin
    raise exception 'invoices are never changed' using errcode = 'restrict_violation';
end $$
"""


def upgrade() -> None:
    op.add_column("claims", sa.Column("items", JSONB(none_as_null=True)))
    op.create_table(
        "invoices",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("source", sa.Uuid, nullable=False),
        sa.Column("payment", sa.Uuid, nullable=False),
        sa.Column("booking", sa.Uuid, nullable=False),
        sa.Column("payer", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("total_minor", sa.BigInteger, nullable=False),
        sa.Column("lines", JSONB, nullable=False),
        sa.Column("seller", JSONB, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("corrects", sa.Uuid),
        sa.Column("create_time", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="invoices_pkey"),
        sa.CheckConstraint(
            "kind in ('invoice', 'credit_note', 'reversal')", name="invoices_kind_check"
        ),
        sa.CheckConstraint(
            "(corrects is null) = (kind = 'invoice')", name="invoices_corrects_check"
        ),
        sa.UniqueConstraint("organization", "year", "number", name="invoices_number_key"),
        sa.UniqueConstraint("organization", "kind", "source", name="invoices_source_key"),
    )
    op.create_index("invoices_payment_idx", "invoices", ["organization", "payment", "id"])
    op.create_index("invoices_payer_idx", "invoices", ["organization", "payer", "id"])
    op.create_table(
        "invoice_counters",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "year", name="invoice_counters_pkey"),
    )
    op.create_table(
        "invoice_settings",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("seller", JSONB, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", name="invoice_settings_pkey"),
    )
    op.execute(KEPT)
    for table in ("invoices", "invoice_counters", "invoice_settings"):
        for statement in owned(table):
            op.execute(statement)
    op.execute(
        "create trigger kept before update or delete on invoices"
        " for each row execute function invoices_kept()"
    )
    op.execute("revoke update, delete on invoices from turnout_payment")
