"""The tables of a service that exists in tests only, `kit`: gadgets, and how many are left."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

from services.kit.tables import NAMING, vault_keys

metadata = sa.MetaData(naming_convention=NAMING)
vault_keys.to_metadata(metadata)

gadgets = sa.Table(
    "gadgets",
    metadata,
    sa.Column("organization", sa.Uuid, primary_key=True),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("left", sa.Integer, nullable=False, server_default=sa.text("5")),
    sa.Column("open", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("extra", JSONB),
    sa.Column("tags", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
    sa.Column("picture", sa.LargeBinary),
    sa.Column(
        "create_time", TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()
    ),
    sa.UniqueConstraint("organization", "label"),
    sa.CheckConstraint(sa.literal_column('"left" >= 0'), name="left"),
)
