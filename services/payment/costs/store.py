"""What is kept of costs. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.payment.costs.domain import Kept, Taken
from services.payment.costs.tables import charge_costs

_READ = sql(
    sa.select(charge_costs).where(
        charge_costs.c.organization == sa.bindparam("organization", type_=sa.Uuid),
        charge_costs.c.id == sa.bindparam("id", type_=sa.Uuid),
    )
)
_CHANGING = ("processing_minor", "application_minor", "returned_minor", "version")
_keep = insert(charge_costs).values(
    {c.name: sa.bindparam(c.name, type_=c.type) for c in charge_costs.c}
)
_KEEP = sql(
    _keep.on_conflict_do_update(
        index_elements=[charge_costs.c.organization, charge_costs.c.id],
        set_={name: _keep.excluded[name] for name in _CHANGING},
    )
)


async def read(tx: Tx, name: Name) -> Kept | None:
    """What was booked of the costs of an attempt, whose payment is locked."""
    row = await tx.maybe(_READ, organization=name.organization, id=name.id)
    return _kept(row) if row else None


async def keep(tx: Tx, value: Kept) -> None:
    taken = value.taken
    await tx.run(
        _KEEP,
        organization=value.name.organization,
        id=value.name.id,
        payment=value.payment.id,
        currency=taken.currency,
        processing_minor=taken.processing,
        application_minor=taken.application,
        returned_minor=taken.returned,
        version=value.version,
    )


def _kept(row: Any) -> Kept:
    return Kept(
        name=Name(row.organization, row.id),
        payment=Name(row.organization, row.payment),
        taken=Taken(row.currency, row.processing_minor, row.application_minor, row.returned_minor),
        version=row.version,
    )
