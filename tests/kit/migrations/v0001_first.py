"""The first tables of a service that exists in tests only."""

from __future__ import annotations

from alembic import op

from services.kit.tables import kit_tables, owned, public, with_vault
from tests.kit import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    kit_tables(op)
    with_vault(op)
    tables.metadata.create_all(op.get_bind())
    for statement in owned(tables.gadgets):
        op.execute(statement)
    op.execute(public(tables.gadgets, "open"))
