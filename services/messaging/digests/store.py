"""What goes together. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.kit.db import Tx, sql
from services.messaging.messages.domain import Channel, Kind, Priority
from services.messaging.tables import messages

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_ids = sa.bindparam("ids", type_=ARRAY(sa.Uuid))
_m = messages.c
_time = _m.create_time.type
_WHOSE = sql(
    sa.select(_m.recipient).where(_m.organization == _ORGANIZATION, _m.id == sa.any_(_ids))
)
_COMPANY = sql(
    sa.select(_m.id, _m.recipient, _m.address)
    .where(
        _m.organization == _ORGANIZATION,
        _m.channel == sa.bindparam("channel", type_=sa.Text),
        _m.recipient == sa.any_(sa.bindparam("recipients", type_=ARRAY(sa.Text))),
        sa.or_(_m.wait_time.is_(None), _m.wait_time < sa.bindparam("held", type_=_time)),
        # Nobody may have it yet, and it can wait.
        _m.state == sa.literal_column("'queued'"),
        ~_m.open_attempt,
        _m.attempts == 0,
        _m.priority > sa.literal_column(str(int(Priority.HIGH))),
        _m.expire_time.is_(None),
        _m.digest.is_(None),
        _m.kind != sa.literal_column(f"'{Kind.DIGEST.value}'"),
    )
    .order_by(_m.id)
    .with_for_update(skip_locked=True)
)
_JOIN = sql(
    sa.update(messages)
    .where(_m.organization == _ORGANIZATION, _m.id == sa.any_(_ids))
    .values(
        digest=sa.bindparam("into", type_=sa.Uuid),
        wait_time=None,
        version=_m.version + 1,
    )
)
_PARTS = sql(
    sa.select(_m.id, _m.digest).where(_m.organization == _ORGANIZATION, _m.digest == sa.any_(_ids))
)
_RELEASE = sql(
    sa.update(messages)
    .where(
        _m.organization == _ORGANIZATION,
        _m.digest == sa.bindparam("of", type_=sa.Uuid),
        _m.state.in_([sa.literal_column("'queued'"), sa.literal_column("'sending'")]),
    )
    .values(digest=None, state=sa.literal_column("'queued'"), version=_m.version + 1)
)


async def company(
    tx: Tx, organization: uuid.UUID, channel: Channel, ids: Iterable[uuid.UUID], held: datetime
) -> list[list[uuid.UUID]]:
    """What could go with those messages, and those that could go with others: what is for the same
    person together, the oldest first; locked. What waits until `held` is held back."""
    whose = await tx.all(_WHOSE, organization=organization, ids=list(ids))
    wanted = {"channel": channel.value, "recipients": sorted({row.recipient for row in whose})}
    rows = await tx.all(_COMPANY, organization=organization, held=held, **wanted)
    found: dict[tuple[str, str], list[uuid.UUID]] = {}
    for row in rows:
        found.setdefault((row.recipient, row.address), []).append(row.id)
    return list(found.values())


async def join(tx: Tx, organization: uuid.UUID, ids: Iterable[uuid.UUID], into: uuid.UUID) -> None:
    """Has messages go with another one. Whoever read them before cannot send them any more."""
    await tx.run(_JOIN, organization=organization, ids=list(ids), into=into)


async def parts(
    tx: Tx, organization: uuid.UUID, digests: Iterable[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """What went with each of those, by its id."""
    rows = await tx.all(_PARTS, organization=organization, ids=list(digests))
    return {row.id: row.digest for row in rows}


async def release(tx: Tx, organization: uuid.UUID, digest: uuid.UUID) -> None:
    """Lets what would have gone together go by itself."""
    await tx.run(_RELEASE, organization=organization, of=digest)
