"""What providers told, in Postgres. Each function is one statement, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, given, sql
from services.kit.names import Name
from services.messaging.webhooks.domain import Post
from services.messaging.webhooks.tables import channel_contacts, channel_posts

_p, _c = channel_posts.c, channel_contacts.c
_here = sa.bindparam("organization", type_=sa.Uuid)
_FIELDS = ("id", "organization", "account", "provider", "digest", "body")
_posted = given(**{name: _p[name].type for name in _FIELDS})
_time = sa.bindparam("time", type_=_p.create_time.type)
_ADD = sql(
    insert(channel_posts)
    .from_select(
        [*_FIELDS, "effect", "create_time"],
        sa.select(*(_posted.c[name] for name in _FIELDS), sa.literal(""), _time),
    )
    .on_conflict_do_nothing(constraint="channel_posts_digest_key")
    .returning(_p.organization, _p.id)
)
_LOCK = sql(
    sa.select(channel_posts)
    .where(_p.organization == _here, _p.id == sa.bindparam("id"))
    .with_for_update()
)
_SETTLE = sql(
    sa.update(channel_posts)
    .where(_p.organization == sa.bindparam("of"), _p.id == sa.bindparam("post"))
    .values(effect=sa.bindparam("what"), body=b"")
)
_FORGET = sql(
    sa.delete(channel_posts).where(
        _p.organization == _here, _p.create_time < sa.bindparam("before"), _p.effect != ""
    )
)
_LEFT = sql(sa.select(_p.id).where(_p.organization == _here).limit(1))
_this = (_c.organization == _here, _c.account == sa.bindparam("account", type_=sa.Uuid))
_CONTACT = sql(sa.select(channel_contacts).where(*_this, _c.address == sa.bindparam("address")))
_knowing = insert(channel_contacts).values(
    {
        "organization": _here,
        "account": sa.bindparam("account"),
        "address": sa.bindparam("address"),
        "phone": sa.bindparam("phone"),
        "hear_time": sa.bindparam("hear_time", type_=_c.hear_time.type),
    }
)
_KNOW = sql(
    _knowing.on_conflict_do_update(
        index_elements=["organization", "account", "address"],
        set_={
            "phone": sa.case(
                (_knowing.excluded.phone != "", _knowing.excluded.phone), else_=_c.phone
            ),
            "hear_time": sa.func.greatest(_c.hear_time, _knowing.excluded.hear_time),
        },
    )
)


async def add(tx: Tx, posts: Sequence[tuple[uuid.UUID, Post]], now: datetime) -> list[Name]:
    """Keeps what came, under these ids; gives the names of what had not come before."""
    rows = await tx.all(
        _ADD,
        time=now,
        id=[id for id, _ in posts],
        organization=[post.organization for _, post in posts],
        account=[post.account for _, post in posts],
        provider=[post.provider for _, post in posts],
        digest=[post.digest for _, post in posts],
        body=[post.body for _, post in posts],
    )
    return [Name(row.organization, row.id) for row in rows]


async def lock(tx: Tx, name: Name) -> Post | None:
    """What came, if it was not acted on."""
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    if row is None or row.effect:
        return None
    return Post(row.organization, row.account, row.provider, bytes(row.body))


async def settle(tx: Tx, name: Name, effect: str) -> None:
    """Writes down what came of it, and forgets what it said."""
    await tx.run(_SETTLE, of=name.organization, post=name.id, what=effect)


async def forget(tx: Tx, organization: uuid.UUID, before: datetime) -> bool:
    """Forgets what came before that; says whether there is something left."""
    await tx.run(_FORGET, organization=organization, before=before)
    return await tx.maybe(_LEFT, organization=organization) is not None


async def know(
    tx: Tx, account: Name, address: str, *, phone: str = "", heard: datetime | None = None
) -> None:
    """Remembers a phone number, and when somebody last wrote; nothing is taken back by that."""
    await tx.run(
        _KNOW,
        organization=account.organization,
        account=account.id,
        address=address,
        phone=phone,
        hear_time=heard,
    )


async def contact(tx: Tx, account: Name, address: str) -> Any:
    return await tx.maybe(
        _CONTACT, organization=account.organization, account=account.id, address=address
    )


async def last_heard(tx: Tx, account: Name, address: str) -> datetime | None:
    """When somebody last wrote to an account."""
    row = await contact(tx, account, address)
    return None if row is None else row.hear_time
