"""Refunds in parts, and the books."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

from services.kit.migrate import unconfined
from services.kit.tables import owned

revision = "0003"
down_revision = "0002"

TIME = TIMESTAMP(timezone=True)
LEDGER = ("ledger_transactions", "ledger_entries")

BALANCED = """
create function ledger_balanced() returns trigger language plpgsql as $$
begin
    if exists (
        select from ledger_entries
        where organization = new.organization and transaction = new.transaction
        group by currency
        having sum(amount_minor) <> 0
    ) then
        raise exception 'the entries of transaction % do not sum to zero', new.transaction
            using errcode = 'check_violation', constraint = 'ledger_entries_balanced';
    end if;
    return null;
end $$
"""
BALANCED_AT_COMMIT = """
create constraint trigger ledger_balanced after insert on ledger_entries
deferrable initially deferred for each row execute function ledger_balanced()
"""
KEPT = """
create function ledger_kept() returns trigger language plpgsql as $$
begin
    raise exception 'the books are only added to' using errcode = 'restrict_violation';
end $$
"""


def upgrade() -> None:
    refunds()
    events()
    ledger()


def refunds() -> None:
    for column in ("refunding_minor", "refunded_minor"):
        op.add_column(
            "payments", sa.Column(column, sa.BigInteger, nullable=False, server_default="0")
        )
    op.add_column("refunds", sa.Column("update_time", TIME))
    for column, value in (("reason", "requested"), ("note", ""), ("creator", "")):
        op.add_column("refunds", sa.Column(column, sa.Text, nullable=False, server_default=value))
    op.add_column(
        "refunds", sa.Column("surplus", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("refunds", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    with unconfined(op, "payments", "refunds"):
        op.execute("update refunds set update_time = create_time")
        op.execute(
            "update refunds r set surplus = true from payments p where p.organization ="
            " r.organization and p.id = r.payment and p.attempt is distinct from r.attempt"
        )
        op.execute("update payments set refunding_minor = amount_minor where state = 'refunding'")
        op.execute("update payments set refunded_minor = amount_minor where state = 'refunded'")
    op.alter_column("refunds", "update_time", nullable=False)
    op.create_check_constraint(
        "payments_refunded_check",
        "payments",
        "refunding_minor >= 0 and refunded_minor >= 0"
        " and refunding_minor + refunded_minor <= amount_minor",
    )
    op.drop_index("refunds_attempt_key", "refunds")
    op.create_index(
        "refunds_surplus_key",
        "refunds",
        ["organization", "attempt"],
        unique=True,
        postgresql_where=sa.text("surplus and progress in ('pending', 'succeeded')"),
    )
    op.create_index("refunds_payment_idx", "refunds", ["organization", "payment", "id"])


def events() -> None:
    op.add_column("claims", sa.Column("event", sa.Uuid))
    op.add_column("payments", sa.Column("event", sa.Uuid))


def ledger() -> None:
    op.create_table(
        "ledger_transactions",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source", sa.Uuid, nullable=False),
        sa.Column("payment", sa.Uuid, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("organization", "id", name="ledger_transactions_pkey"),
        sa.UniqueConstraint(
            "organization", "kind", "source", name="ledger_transactions_source_key"
        ),
    )
    op.create_index(
        "ledger_transactions_payment_idx", "ledger_transactions", ["organization", "payment"]
    )
    op.create_table(
        "ledger_entries",
        sa.Column("organization", sa.Uuid, nullable=False),
        sa.Column("transaction", sa.Uuid, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.PrimaryKeyConstraint(
            "organization", "transaction", "account", "currency", name="ledger_entries_pkey"
        ),
        sa.ForeignKeyConstraint(
            ["organization", "transaction"],
            ["ledger_transactions.organization", "ledger_transactions.id"],
            name="ledger_entries_transaction_fkey",
        ),
        sa.CheckConstraint("amount_minor <> 0", name="ledger_entries_amount_check"),
    )
    op.create_index(
        "ledger_entries_time_idx",
        "ledger_entries",
        ["organization", "create_time", "transaction", "account"],
    )
    op.create_index(
        "ledger_entries_account_idx", "ledger_entries", ["organization", "account", "create_time"]
    )
    for statement in (BALANCED, BALANCED_AT_COMMIT, KEPT):
        op.execute(statement)
    for table in LEDGER:
        for statement in owned(table):
            op.execute(statement)
        op.execute(
            f"create trigger kept before update or delete on {table}"
            " for each row execute function ledger_kept()"
        )
        op.execute(f"revoke update, delete on {table} from turnout_payment")
    backfill()


def backfill() -> None:
    """Books what moved before there were books. Of which event it was, nobody kept."""
    with unconfined(op, "payments", "refunds", *LEDGER):
        op.execute(
            "insert into ledger_transactions select organization, gen_random_uuid(), 'capture',"
            " attempt, id, capture_time from payments where capture_time is not null"
        )
        op.execute(
            "insert into ledger_transactions select organization, gen_random_uuid(),"
            " case when surplus then 'surplus_refund' else 'refund' end, id, payment, update_time"
            " from refunds where progress = 'succeeded'"
        )
        op.execute(
            "insert into ledger_transactions select organization, gen_random_uuid(), 'surplus',"
            " attempt, payment, create_time from refunds where surplus"
            " on conflict do nothing"
        )
        op.execute(
            "insert into ledger_entries"
            " select t.organization, t.id, line.account, p.currency,"
            " line.sign * coalesce(r.amount_minor, p.amount_minor), t.create_time"
            " from ledger_transactions t"
            " join payments p on p.organization = t.organization and p.id = t.payment"
            " left join refunds r on r.organization = t.organization and r.id = t.source,"
            " lateral (select case when t.kind in ('capture', 'surplus') then 1 else -1 end)"
            " w(way),"
            " lateral (values ('provider-' || p.provider, way), (case when t.kind in"
            " ('surplus', 'surplus_refund') then 'owed' else 'unassigned' end, -way))"
            " line(account, sign)"
        )
