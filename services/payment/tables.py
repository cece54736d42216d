"""The tables of payment. Each is owned: keyed by the organization, and confined to it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from services.kit.tables import NAMING, vault_keys

metadata = sa.MetaData(naming_convention=NAMING)
vault_keys.to_metadata(metadata)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable)


# What is to be paid for, as booking tells it.
claims = sa.Table(
    "claims",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("booking", sa.Uuid, primary_key=True),
    sa.Column("buyer", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("total_minor", sa.BigInteger, nullable=False),
    sa.Column("standing", sa.Text, nullable=False),
    _time("expire_time", nullable=True),
    # What it is for.
    sa.Column("event", sa.Uuid),
    # What was booked: for each type its id, how many seats, and the price of one. Null: not told.
    sa.Column("items", JSONB(none_as_null=True)),
    sa.CheckConstraint("standing in ('held', 'confirmed', 'lapsed', 'cancelled')", name="standing"),
)

payments = sa.Table(
    "payments",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("booking", sa.Uuid, nullable=False),
    sa.Column("payer", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("attempt", sa.Uuid),
    sa.Column("failure", sa.Text, nullable=False),
    _time("capture_time", nullable=True),
    _time("create_time"),
    _time("update_time"),
    sa.Column("version", sa.Integer, nullable=False),
    # What is on its way back, and what went back.
    sa.Column("refunding_minor", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("refunded_minor", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("event", sa.Uuid),
    # What its event promised to give back when it was opened: pairs of days and shares. Null:
    # everything.
    sa.Column("terms", JSONB(none_as_null=True)),
    # What banks have or kept because the owner of a card does not accept it.
    sa.Column("disputed_minor", sa.BigInteger, nullable=False, server_default="0"),
    sa.CheckConstraint("disputed_minor >= 0", name="disputed"),
    # What has to go back once they do not have it any more.
    sa.Column("owing_minor", sa.BigInteger, nullable=False, server_default="0"),
    sa.CheckConstraint("owing_minor >= 0", name="owing"),
    # What the platform keeps of it.
    sa.Column("fee_minor", sa.BigInteger, nullable=False, server_default="0"),
    # The account with the provider, where there may be several.
    sa.Column("account", sa.Uuid),
    # What who pays has to do, sealed.
    sa.Column("action", sa.LargeBinary, nullable=False, server_default=sa.text("''::bytea")),
    sa.CheckConstraint(
        "refunding_minor >= 0 and refunded_minor >= 0"
        " and refunding_minor + refunded_minor <= amount_minor",
        name="refunded",
    ),
    sa.CheckConstraint(
        "state in ('requires_method', 'processing', 'requires_action', 'authorized', 'succeeded',"
        " 'failed', 'cancelled', 'refunding', 'refunded')",
        name="state",
    ),
    sa.CheckConstraint("amount_minor > 0", name="amount"),
    sa.CheckConstraint(
        "state not in ('succeeded', 'refunding', 'refunded') or capture_time is not null",
        name="captured",
    ),
    # Nobody pays twice for one booking.
    sa.Index(
        "payments_open_key",
        "organization",
        "booking",
        unique=True,
        postgresql_where=sa.literal_column(
            "state in ('requires_method', 'processing', 'requires_action', 'authorized', 'failed')"
        ),
    ),
    sa.Index("payments_booking_idx", "organization", "booking", "id"),
    sa.Index("payments_payer_idx", "organization", "payer", "id"),
    sa.Index(
        "payments_event_idx",
        "organization",
        "event",
        "id",
        postgresql_where=sa.literal_column("event is not null"),
    ),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("payment", sa.Uuid, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("failure", sa.Text, nullable=False),
    _time("create_time"),
    sa.Column("account", sa.Uuid),
    sa.Column("return_uri", sa.Text, nullable=False, server_default=""),
    # How much is to be taken of what is reserved, in the currency of the payment.
    sa.Column("capture_minor", sa.BigInteger),
    sa.ForeignKeyConstraint(["organization", "payment"], [payments.c.organization, payments.c.id]),
    sa.CheckConstraint(
        "progress in ('pending', 'challenged', 'authorized', 'failed', 'cancelled', 'succeeded')",
        name="progress",
    ),
    sa.Index("attempts_reference_idx", "organization", "provider", "reference"),
    # Two charges of one payment are never under way together.
    sa.Index(
        "attempts_pending_key",
        "organization",
        "payment",
        unique=True,
        postgresql_where=sa.literal_column("progress in ('pending', 'challenged', 'authorized')"),
    ),
)

refunds = sa.Table(
    "refunds",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("payment", sa.Uuid, nullable=False),
    sa.Column("attempt", sa.Uuid, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("failure", sa.Text, nullable=False),
    _time("create_time"),
    _time("update_time"),
    sa.Column("reason", sa.Text, nullable=False, server_default="requested"),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("creator", sa.Text, nullable=False, server_default=""),
    sa.Column("provider", sa.Text, nullable=False),
    # It returns what an attempt brought beside the one that counts.
    sa.Column("surplus", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.ForeignKeyConstraint(["organization", "payment"], [payments.c.organization, payments.c.id]),
    sa.ForeignKeyConstraint(["organization", "attempt"], [attempts.c.organization, attempts.c.id]),
    sa.CheckConstraint(
        "progress in ('pending', 'failed', 'cancelled', 'succeeded')", name="progress"
    ),
    sa.CheckConstraint("amount_minor > 0", name="amount"),
    # What an attempt brought in vain goes back once; of the others `payments` keeps count.
    sa.Index(
        "refunds_surplus_key",
        "organization",
        "attempt",
        unique=True,
        postgresql_where=sa.literal_column("surplus and progress in ('pending', 'succeeded')"),
    ),
    sa.Index("refunds_payment_idx", "organization", "payment", "id"),
)

# What providers said, as it came. `effect` is empty until it was acted on; `body` is emptied later.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("effect", sa.Text, nullable=False),
    _time("create_time"),
    sa.UniqueConstraint("organization", "provider", "reference", name="notices_reference_key"),
    sa.Index(
        "notices_said_idx",
        "create_time",
        postgresql_where=sa.literal_column("(effect <> '' and body <> ''::bytea)"),
    ),
)

OWNED = (claims, payments, attempts, refunds, notices)
