"""What auth keeps of invitations. Each function is one statement."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.auth.invitations.domain import Invitation, Invitee, State
from services.auth.organizations.domain import Role
from services.auth.tables import invitations
from services.kit.db import Tx, sql
from services.kit.names import Name
from services.kit.pages import Page

_of = invitations.c.organization == sa.bindparam("organization")
_this = sa.select(invitations).where(_of, invitations.c.id == sa.bindparam("id"))
_READ = sql(_this)
_LOCK = sql(_this.with_for_update())
_last_time = sa.bindparam("last_time", type_=invitations.c.create_time.type)
_LIST = sql(
    sa.select(invitations)
    .where(
        _of,
        sa.or_(
            _last_time.is_(None),
            sa.tuple_(invitations.c.create_time, invitations.c.id)
            > sa.tuple_(_last_time, sa.bindparam("last_id", type_=sa.Uuid)),
        ),
    )
    .order_by(invitations.c.create_time, invitations.c.id)
    .limit(sa.bindparam("most"))
)
_open = sa.and_(
    _of,
    invitations.c.state == State.PENDING.value,
    invitations.c.expire_time > sa.bindparam("at"),
)
_TWIN = sql(
    sa.select(invitations)
    .where(
        _open,
        invitations.c.email == sa.bindparam("email"),
        invitations.c.phone == sa.bindparam("phone"),
    )
    .limit(1)
)
_COUNT = sql(sa.select(sa.func.count().label("open")).where(_open))
_ADD = sql(sa.insert(invitations))
_CHANGED = ("email", "phone", "state", "user", "send_time", "expire_time", "version")
_at = (
    invitations.c.organization == sa.bindparam("of"),
    invitations.c.id == sa.bindparam("which"),
)
_KEEP = sql(
    sa.update(invitations)
    .where(*_at)
    .values({c: sa.bindparam(f"new_{c}", type_=invitations.c[c].type) for c in _CHANGED})
)
_REMOVE = sql(sa.delete(invitations).where(*_at))


async def invitation(tx: Tx, name: Name) -> Invitation | None:
    row = await tx.maybe(_READ, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def lock(tx: Tx, name: Name) -> Invitation | None:
    """Reads it, and keeps every other change of it waiting."""
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def invitations_of(tx: Tx, organization: uuid.UUID, page: Page) -> list[Invitation]:
    """Oldest first."""
    key = page.keys("last_time", "last_id")
    rows = await tx.all(_LIST, organization=organization, most=page.limit, **key)
    return [_read(row) for row in rows]


def key(invitation: Invitation) -> tuple[datetime, uuid.UUID]:
    return invitation.create_time, invitation.name.id


async def twin(
    tx: Tx, organization: uuid.UUID, invitee: Invitee, now: datetime
) -> Invitation | None:
    """One that waits for an answer from the same person."""
    row = await tx.maybe(
        _TWIN, organization=organization, email=invitee.email, phone=invitee.phone, at=now
    )
    return None if row is None else _read(row)


async def count_open(tx: Tx, organization: uuid.UUID, now: datetime) -> int:
    """How many wait for an answer."""
    return int((await tx.one(_COUNT, organization=organization, at=now)).open)


async def add(tx: Tx, invitation: Invitation) -> None:
    await tx.run(
        _ADD,
        organization=invitation.name.organization,
        id=invitation.name.id,
        role=invitation.role.value,
        language=invitation.invitee.language,
        inviter=invitation.inviter,
        create_time=invitation.create_time,
        **_changed(invitation),
    )


async def keep(tx: Tx, invitation: Invitation) -> None:
    new = {f"new_{key}": value for key, value in _changed(invitation).items()}
    await tx.run(_KEEP, of=invitation.name.organization, which=invitation.name.id, **new)


async def remove(tx: Tx, name: Name) -> None:
    await tx.run(_REMOVE, of=name.organization, which=name.id)


def _changed(invitation: Invitation) -> dict[str, Any]:
    return {
        "email": invitation.invitee.email,
        "phone": invitation.invitee.phone,
        "state": invitation.state.value,
        "user": invitation.user,
        "send_time": invitation.send_time,
        "expire_time": invitation.expire_time,
        "version": invitation.version,
    }


def _read(row: Any) -> Invitation:
    return Invitation(
        name=Name(row.organization, row.id),
        invitee=Invitee(row.email, row.phone, row.language),
        role=Role(row.role),
        inviter=row.inviter,
        create_time=row.create_time,
        send_time=row.send_time,
        expire_time=row.expire_time,
        state=State(row.state),
        user=row.user,
        version=row.version,
    )
