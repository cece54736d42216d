"""What is kept of events. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.payment.domain import Tier
from services.payment.gatherings.domain import Gathering, Kind
from services.payment.gatherings.tables import gatherings

_keep = insert(gatherings).values(
    {c.name: sa.bindparam(c.name, type_=c.type) for c in gatherings.c}
)
_KEEP = sql(
    _keep.on_conflict_do_update(
        index_elements=[gatherings.c.organization, gatherings.c.id],
        set_={c.name: _keep.excluded[c.name] for c in gatherings.c if not c.primary_key},
    )
)
_READ = sql(
    sa.select(gatherings).where(
        gatherings.c.organization == sa.bindparam("organization"),
        gatherings.c.id == sa.bindparam("id", type_=sa.Uuid),
    )
)


async def keep(tx: Tx, value: Gathering) -> None:
    """Writes down what is announced of an event, in place of what was before."""
    await tx.run(
        _KEEP,
        organization=value.name.organization,
        id=value.name.id,
        display_name=value.display_name,
        start_time=value.start_time,
        terms=None if value.terms is None else [[t.days, t.share] for t in value.terms],
        kinds={id: [kind.display_name, kind.tax] for id, kind in value.kinds.items()},
    )


async def read(tx: Tx, organization: uuid.UUID, id: uuid.UUID | None) -> Gathering | None:
    """What was announced of an event, if it was heard of."""
    row = await tx.maybe(_READ, organization=organization, id=id)
    if row is None:
        return None
    return Gathering(
        name=Name(row.organization, row.id),
        display_name=row.display_name,
        start_time=row.start_time,
        terms=None if row.terms is None else tuple(Tier(*each) for each in row.terms),
        kinds={id: Kind(*kind) for id, kind in row.kinds.items()},
    )
