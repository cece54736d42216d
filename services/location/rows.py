"""Pieces of SQL that the aggregates share."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP

TIME = TIMESTAMP(timezone=True)
# The number of the transaction that writes; grows with each.
CHANGE = sa.cast(sa.cast(sa.func.pg_current_xact_id(), sa.Text), sa.BigInteger)


def unnest(**types: Any) -> Any:
    """Parallel arrays as a table, so that a statement keeps its text however many rows it has."""
    arrays = [sa.bindparam(name, type_=ARRAY(kind)) for name, kind in types.items()]
    columns = [sa.column(name, kind) for name, kind in types.items()]
    return sa.func.unnest(*arrays).table_valued(*columns, name="given").render_derived()
