"""What auth keeps of identity providers, and of who is who there. One statement each."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.auth.organizations.domain import Role
from services.auth.sso.domain import Provider
from services.auth.tables import identities, identity_providers, users
from services.kit.db import Tx, sql
from services.kit.names import Name
from services.kit.pages import Page

_of = identity_providers.c.organization == sa.bindparam("organization")
_READ = sql(sa.select(identity_providers).where(_of, identity_providers.c.id == sa.bindparam("id")))
_last_time = sa.bindparam("last_time", type_=identity_providers.c.create_time.type)
_LOCK = sql(
    sa.select(identity_providers)
    .where(_of, identity_providers.c.id == sa.bindparam("id"))
    .with_for_update()
)
_REVISED = (
    "display_name",
    "client_id",
    "client_secret",
    "domains",
    "provision_role",
    "redirect_uris",
    "version",
)
_KEEP = sql(
    sa.update(identity_providers)
    .where(
        identity_providers.c.organization == sa.bindparam("of"),
        identity_providers.c.id == sa.bindparam("which"),
    )
    .values({name: sa.bindparam(f"new_{name}") for name in _REVISED})
)
_LIST = sql(
    sa.select(identity_providers)
    .where(
        _of,
        sa.or_(
            _last_time.is_(None),
            sa.tuple_(identity_providers.c.create_time, identity_providers.c.id)
            > sa.tuple_(_last_time, sa.bindparam("last_id", type_=sa.Uuid)),
        ),
    )
    .order_by(identity_providers.c.create_time, identity_providers.c.id)
    .limit(sa.bindparam("most"))
)
_ADD = sql(sa.insert(identity_providers))
_REMOVE = sql(
    sa.delete(identity_providers).where(
        identity_providers.c.organization == sa.bindparam("of"),
        identity_providers.c.id == sa.bindparam("which"),
        identity_providers.c.version
        == sa.func.coalesce(
            sa.bindparam("expected", type_=sa.Integer), identity_providers.c.version
        ),
    )
)
_LINKED = sql(
    sa.select(identities.c.user).where(
        identities.c.organization == sa.bindparam("organization"),
        identities.c.provider == sa.bindparam("provider"),
        identities.c.subject == sa.bindparam("subject"),
    )
)
_LINK = sql(sa.insert(identities))
_UNLINK = sql(
    sa.select(sa.func.unlink_identities(sa.bindparam("user", type_=sa.Uuid)).label("gone"))
)
_ACCOUNT = sql(
    sa.select(users.c.email, users.c.deactivate_time)
    .where(users.c.id == sa.bindparam("user"))
    .with_for_update(read=True)
)


async def provider(tx: Tx, name: Name) -> Provider | None:
    row = await tx.maybe(_READ, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def lock_provider(tx: Tx, name: Name) -> Provider | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _read(row)


async def keep(tx: Tx, provider: Provider) -> None:
    await tx.run(
        _KEEP,
        of=provider.name.organization,
        which=provider.name.id,
        new_display_name=provider.display_name,
        new_client_id=provider.client_id,
        new_client_secret=provider.client_secret,
        new_domains=list(provider.domains),
        new_redirect_uris=list(provider.redirect_uris),
        new_provision_role=provider.provision_role.value if provider.provision_role else "",
        new_version=provider.version,
    )


async def providers_of(tx: Tx, organization: uuid.UUID, page: Page) -> list[Provider]:
    """Oldest first."""
    at = page.keys("last_time", "last_id")
    rows = await tx.all(_LIST, organization=organization, most=page.limit, **at)
    return [_read(row) for row in rows]


def key(provider: Provider) -> tuple[datetime, uuid.UUID]:
    return provider.create_time, provider.name.id


async def add(tx: Tx, provider: Provider) -> None:
    await tx.run(
        _ADD,
        organization=provider.name.organization,
        id=provider.name.id,
        display_name=provider.display_name,
        issuer=provider.issuer,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        domains=list(provider.domains),
        provision_role=provider.provision_role.value if provider.provision_role else "",
        redirect_uris=list(provider.redirect_uris),
        create_time=provider.create_time,
        version=provider.version,
    )


async def remove(tx: Tx, name: Name, expected: int | None) -> bool:
    """False if it is another version than the expected one."""
    return await tx.run(_REMOVE, of=name.organization, which=name.id, expected=expected) == 1


async def linked(tx: Tx, provider: Name, subject: str) -> uuid.UUID | None:
    """Whose an identity is."""
    row = await tx.maybe(
        _LINKED, organization=provider.organization, provider=provider.id, subject=subject
    )
    return None if row is None else row.user


async def link(tx: Tx, provider: Name, subject: str, *, user: uuid.UUID, now: datetime) -> None:
    await tx.run(
        _LINK,
        organization=provider.organization,
        provider=provider.id,
        subject=subject,
        user=user,
        create_time=now,
    )


async def unlink_all(tx: Tx, user: uuid.UUID) -> int:
    """Has the owner unlink an account whose address nobody proved to have; says from how many."""
    return int((await tx.one(_UNLINK, user=user)).gone)


async def account(tx: Tx, user: uuid.UUID) -> tuple[str, bool] | None:
    """The address of an account, and whether it is closed; it does not change meanwhile."""
    row = await tx.maybe(_ACCOUNT, user=user)
    return None if row is None else (row.email, row.deactivate_time is not None)


def _read(row: Any) -> Provider:
    return Provider(
        name=Name(row.organization, row.id),
        display_name=row.display_name,
        issuer=row.issuer,
        client_id=row.client_id,
        client_secret=row.client_secret,
        domains=tuple(row.domains),
        provision_role=Role(row.provision_role) if row.provision_role else None,
        redirect_uris=tuple(row.redirect_uris),
        create_time=row.create_time,
        version=row.version,
    )
