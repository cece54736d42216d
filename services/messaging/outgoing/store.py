"""Who is written to, and how. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.kit.db import Tx, sql
from services.messaging.cascades.domain import Plan
from services.messaging.cascades.store import read_plan
from services.messaging.messages.domain import Kind
from services.messaging.people.domain import Person
from services.messaging.people.store import read_person
from services.messaging.tables import cascade_plans, participants

_p, _c = participants.c, cascade_plans.c
_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_KNOWN = sql(
    sa.select(*(column for column in _p if column.name != "link"), _c.kind, _c.steps, _c.version)
    .select_from(
        participants.outerjoin(
            cascade_plans,
            sa.and_(
                _c.organization == _p.organization,
                _c.kind == sa.bindparam("kind", type_=sa.Text),
            ),
        )
    )
    .where(
        _p.organization == _ORGANIZATION,
        _p.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
    )
)


async def known(
    tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID], kind: Kind
) -> tuple[dict[uuid.UUID, Person], Plan]:
    """Who was invited, without their links, and by which channels such messages go."""
    rows = await tx.all(_KNOWN, organization=organization, ids=list(ids), kind=kind.value)
    changed = rows and rows[0].steps is not None
    plan = read_plan(rows[0]) if changed else Plan(organization, kind)
    return {row.id: read_person(row) for row in rows}, plan
