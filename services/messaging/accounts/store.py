"""Accounts in Postgres. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.accounts import domain
from services.messaging.accounts.domain import Account, Plan, Provider
from services.messaging.accounts.tables import channel_accounts, channel_routes
from services.messaging.messages.domain import Channel

_c, _r = channel_accounts.c, channel_routes.c
_here = sa.bindparam("organization", type_=sa.Uuid)
_this = (_c.organization == _here, _c.id == sa.bindparam("id", type_=sa.Uuid))
_FIXED = ("organization", "id", "create_time", "templates", "template_time")

_FIND = sql(sa.select(channel_accounts).where(*_this))
_LOCK = sql(sa.select(channel_accounts).where(*_this).with_for_update())
_ADD = sql(sa.insert(channel_accounts))
_SAVE = sql(
    sa.update(channel_accounts)
    .where(*_this)
    .values({c.name: sa.bindparam(c.name, type_=c.type) for c in _c if c.name not in _FIXED})
)
_DROP = sql(sa.delete(channel_accounts).where(*_this))
_ALONE = sql(
    sa.select(
        sa.func.pg_advisory_xact_lock(
            sa.func.hashtextextended(sa.bindparam("what", type_=sa.Text), 0)
        ).label("mine")
    )
)
_COUNT = sql(sa.select(sa.func.count().label("number")).where(_c.organization == _here))
_last = sa.bindparam("last", type_=sa.Uuid)
_PAGE = sql(
    sa.select(channel_accounts)
    .where(_c.organization == _here, sa.or_(_last.is_(None), _c.id > _last))
    .order_by(_c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_OF_CHANNEL = sql(
    sa.select(channel_accounts)
    .where(
        _c.organization == _here,
        _c.channel == sa.bindparam("channel"),
        _c.disabled.is_(False),
    )
    .order_by(_c.priority, _c.id)
)
_USED_FIRST = sql(
    sa.select(channel_accounts)
    .where(_c.organization == _here, _c.disabled.is_(False))
    .order_by(_c.priority.desc(), _c.id.desc())
)
_KEEP_TEMPLATES = sql(
    sa.update(channel_accounts)
    .where(_c.organization == sa.bindparam("of"), _c.id == sa.bindparam("which"))
    .values(
        templates=sa.bindparam("kept", type_=_c.templates.type),
        template_time=sa.func.coalesce(
            sa.bindparam("asked", type_=_c.template_time.type), _c.template_time
        ),
    )
)
_WEB_PUSH = sql(
    sa.select(_c.settings)
    .where(
        _c.organization == _here,
        _c.provider == Provider.WEB_PUSH.value,
        _c.disabled.is_(False),
    )
    .order_by(_c.priority, _c.id)
    .limit(1)
)
_CLAIM = sql(
    insert(channel_routes)
    .values({c.name: sa.bindparam(c.name, type_=c.type) for c in _r})
    .on_conflict_do_nothing()
)
_ROUTES = sql(
    sa.select(channel_routes).where(
        _r.provider == sa.bindparam("provider"),
        _r.sender == sa.any_(sa.bindparam("senders", type_=ARRAY(sa.Text))),
    )
)
_UNCLAIM = sql(
    sa.delete(channel_routes).where(
        _r.account == sa.bindparam("which", type_=sa.Uuid), _r.sender == sa.bindparam("what")
    )
)
_UNROUTE = sql(sa.delete(channel_routes).where(_r.account == sa.bindparam("which", type_=sa.Uuid)))

# An account, and its credentials as they are sealed.
Sealed = tuple[Account, bytes]


async def find(tx: Tx, name: Name) -> Sealed | None:
    row = await tx.maybe(_FIND, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def lock(tx: Tx, name: Name) -> Sealed | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def count(tx: Tx, organization: uuid.UUID) -> int:
    """How many accounts an organization has; nobody adds one until the commit."""
    await tx.run(_ALONE, what=f"channel accounts of {organization}")
    return int((await tx.one(_COUNT, organization=organization)).number)


async def add(tx: Tx, account: Account, sealed: bytes) -> None:
    await tx.run(_ADD, **_values(account, sealed), template_time=None)


async def save(tx: Tx, account: Account, sealed: bytes) -> None:
    values = _values(account, sealed)
    await tx.run(_SAVE, **{name: value for name, value in values.items() if name != "create_time"})


async def drop(tx: Tx, name: Name) -> None:
    await tx.run(_DROP, organization=name.organization, id=name.id)


async def page(tx: Tx, organization: uuid.UUID, page: Page) -> list[Account]:
    """Oldest first, without credentials."""
    rows = await tx.all(_PAGE, organization=organization, most=page.limit, **page.keys("last"))
    return [_read(row)[0] for row in rows]


def key(account: Account) -> tuple[uuid.UUID]:
    """What is listed by."""
    return (account.name.id,)


async def of_channel(tx: Tx, organization: uuid.UUID, channel: Channel) -> list[Sealed]:
    """What may be sent by, the first one first."""
    rows = await tx.all(_OF_CHANNEL, organization=organization, channel=channel.value)
    return [_read(row) for row in rows]


async def used_first(tx: Tx, organization: uuid.UUID) -> dict[Channel, Account]:
    """What is sent by on each channel as long as it works, without credentials."""
    rows = await tx.all(_USED_FIRST, organization=organization)
    return {account.channel: account for account, _ in map(_read, rows)}


async def web_push_key(tx: Tx, organization: uuid.UUID) -> str:
    """What browsers subscribe with; empty where an organization notifies none."""
    row = await tx.maybe(_WEB_PUSH, organization=organization)
    return "" if row is None else str(row.settings.get("public_key", ""))


async def keep_templates(
    tx: Tx, name: Name, templates: Mapping[tuple[str, str], str], now: datetime | None
) -> None:
    """Writes down what WhatsApp says of templates; `now` when it was asked for all of them."""
    await tx.run(
        _KEEP_TEMPLATES,
        of=name.organization,
        which=name.id,
        kept=[[*key, said] for key, said in templates.items()],
        asked=now,
    )


async def claim_business(tx: Tx, account: Account) -> None:
    """Has what is told of templates go to an account, unless it goes to another one."""
    await tx.run(
        _CLAIM,
        provider=account.plan.provider.value,
        sender=domain.business_sender(account.business),
        organization=account.name.organization,
        account=account.name.id,
    )


async def unclaim_business(tx: Tx, account: Account) -> None:
    sender = domain.business_sender(account.business)
    await tx.run(_UNCLAIM, which=account.name.id, what=sender)


async def claim_route(tx: Tx, account: Account) -> None:
    """Has what is told of a number go to an account, unless it goes to another one."""
    await tx.run(
        _CLAIM,
        provider=account.plan.provider.value,
        sender=account.sender,
        organization=account.name.organization,
        account=account.name.id,
    )


async def routes(tx: Tx, provider: Provider, senders: Sequence[str]) -> dict[str, Name]:
    """Which accounts hear for numbers."""
    rows = await tx.all(_ROUTES, provider=provider.value, senders=list(senders))
    return {row.sender: Name(row.organization, row.account) for row in rows}


async def unroute(tx: Tx, name: Name) -> None:
    await tx.run(_UNROUTE, which=name.id)


def _values(account: Account, sealed: bytes) -> dict[str, Any]:
    plan = account.plan
    return {
        "organization": account.name.organization,
        "id": account.name.id,
        "display_name": plan.display_name,
        "channel": account.channel.value,
        "provider": plan.provider.value,
        "settings": dict(plan.settings),
        "credentials": sealed,
        "priority": plan.priority,
        "disabled": plan.disabled,
        "max_messages_per_second": plan.max_messages_per_second,
        "verify_time": account.verify_time,
        "verify_problem": account.verify_problem,
        "create_time": account.create_time,
        "update_time": account.update_time,
        "version": account.version,
    }


def _read(row: Any) -> Sealed:
    plan = Plan(
        display_name=row.display_name,
        provider=Provider(row.provider),
        settings=row.settings,
        credentials={},
        priority=row.priority,
        disabled=row.disabled,
        max_messages_per_second=row.max_messages_per_second,
    )
    account = Account(
        name=Name(row.organization, row.id),
        plan=plan,
        create_time=row.create_time,
        update_time=row.update_time,
        verify_time=row.verify_time,
        verify_problem=row.verify_problem,
        version=row.version,
        templates={(name, language): said for name, language, said in row.templates},
        template_time=row.template_time,
    )
    return account, bytes(row.credentials)
