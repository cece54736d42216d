"""Circulars in Postgres. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.messaging.circulars.domain import Circular
from services.messaging.circulars.tables import circulars
from services.messaging.templates.store import kept_translation, read_translation

_c = circulars.c
_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_adding = insert(circulars).values({c.name: sa.bindparam(c.name, type_=c.type) for c in _c})
_ADD = sql(_adding.on_conflict_do_nothing(index_elements=["organization", "id"]))
_FIND = sql(
    sa.select(circulars).where(
        _c.organization == _ORGANIZATION,
        _c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
    )
)


async def add(tx: Tx, circular: Circular) -> None:
    """Keeps it, unless there is one of that name."""
    await tx.run(
        _ADD,
        organization=circular.name.organization,
        id=circular.name.id,
        translation=kept_translation(circular.translation),
        filled=dict(circular.filled),
    )


async def find(
    tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, Circular]:
    rows = await tx.all(_FIND, organization=organization, ids=list(ids))
    return {row.id: _read(row) for row in rows}


def _read(row: Any) -> Circular:
    return Circular(
        Name(row.organization, row.id), read_translation(row.translation), dict(row.filled)
    )
