"""What location keeps of shares. One statement per function."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.location.journeys.domain import Precision
from services.location.rows import TIME
from services.location.shares.domain import Share
from services.location.tables import shares

_HERE = shares.c.organization == sa.bindparam("organization")
_THIS = (_HERE, shares.c.id == sa.bindparam("id"))
_ADD = sql(insert(shares).values({c.key: sa.bindparam(c.key, type_=c.type) for c in shares.c}))
_FIND = sql(sa.select(shares).where(*_THIS))
_LOCK = sql(sa.select(shares).where(*_THIS).with_for_update())
_REVOKE = sql(
    sa.update(shares)
    .where(*_THIS)
    .values(
        revoke_time=sa.bindparam("revoke_time", type_=TIME),
        version=sa.bindparam("version", type_=sa.Integer),
    )
)
_PAGE = sql(
    sa.select(shares)
    .where(
        _HERE,
        shares.c.id > sa.bindparam("after", type_=sa.Uuid),
        sa.or_(
            sa.bindparam("creator", type_=sa.Text).is_(None),
            shares.c.creator == sa.bindparam("creator", type_=sa.Text),
        ),
    )
    .order_by(shares.c.id)
    .limit(sa.bindparam("most"))
)


async def add(tx: Tx, share: Share) -> None:
    await tx.run(
        _ADD,
        organization=share.name.organization,
        id=share.name.id,
        event=share.event.id,
        journey=share.journey and share.journey.id,
        precision=share.precision.value,
        expire_time=share.expire_time,
        creator=share.creator,
        create_time=share.create_time,
        revoke_time=share.revoke_time,
        version=share.version,
    )


async def find(tx: Tx, name: Name) -> Share | None:
    row = await tx.maybe(_FIND, organization=name.organization, id=name.id)
    return None if row is None else _share(row)


async def lock(tx: Tx, name: Name) -> Share | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _share(row)


async def revoke(tx: Tx, share: Share) -> None:
    """Writes down that a share ended before its time."""
    await tx.run(
        _REVOKE,
        organization=share.name.organization,
        id=share.name.id,
        revoke_time=share.revoke_time,
        version=share.version,
    )


async def page(
    tx: Tx, organization: uuid.UUID, *, creator: str | None, after: uuid.UUID, most: int
) -> list[Share]:
    """Shares, oldest first: of one creator or all."""
    rows = await tx.all(_PAGE, organization=organization, creator=creator, after=after, most=most)
    return [_share(row) for row in rows]


def _share(row: Any) -> Share:
    return Share(
        Name(row.organization, row.id),
        Name(row.organization, row.event),
        None if row.journey is None else Name(row.organization, row.journey),
        Precision(row.precision),
        row.expire_time,
        row.creator,
        row.create_time,
        row.revoke_time,
        row.version,
    )
