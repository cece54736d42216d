"""What is kept of accounts. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Statement, Tx, sql
from services.kit.etags import StaleEtag
from services.kit.names import Name
from services.payment.merchants import domain
from services.payment.merchants.domain import (
    MERCHANTS,
    Capture,
    Merchant,
    MerchantAccountNotFound,
    Mode,
    Plan,
    State,
)
from services.payment.merchants.tables import connected_accounts, merchant_accounts
from services.payment.tables import payments

_all = merchant_accounts.c
_here = sa.bindparam("organization", type_=sa.Uuid)
_that = (_all.organization == _here, _all.id == sa.bindparam("id", type_=sa.Uuid))
_NAMED = sa.select(merchant_accounts).where(*_that)
_FIND, _LOCK = sql(_NAMED), sql(_NAMED.with_for_update())
_OF = sa.select(merchant_accounts).where(_all.organization == _here).order_by(_all.id)
_ALL, _LOCK_ALL = sql(_OF), sql(_OF.with_for_update())
_ENABLED = sql(_OF.where(_all.state == State.ENABLED.value))
_PAGE = sql(
    _OF.where(_all.id > sa.bindparam("after", type_=sa.Uuid)).limit(
        sa.bindparam("size", type_=sa.Integer)
    )
)
_ADD = sql(sa.insert(merchant_accounts))
_CHANGING = (
    "display_name",
    "publishable_key",
    "capture",
    "statement_suffix",
    "state",
    "api_key_hint",
    "secret_hints",
    "connection",
    "update_time",
    "version",
)


def _saving(*names: str) -> Statement:
    return sql(
        sa.update(merchant_accounts)
        .where(
            _all.organization == sa.bindparam("of", type_=sa.Uuid),
            _all.id == sa.bindparam("account", type_=sa.Uuid),
        )
        .values({name: sa.bindparam(f"new_{name}", type_=_all[name].type) for name in names})
    )


_SAVE, _SEAL = _saving(*_CHANGING), _saving("sealed")
_DROP = sql(sa.delete(merchant_accounts).where(*_that))
_USED = sql(
    sa.select(
        sa.exists()
        .where(payments.c.organization == _here, payments.c.account == sa.bindparam("id"))
        .label("used")
    )
)
_r = connected_accounts.c
_ROUTE = sql(
    insert(connected_accounts)
    .values({c.name: sa.bindparam(c.name, type_=c.type) for c in _r})
    .on_conflict_do_nothing()
)
_UNROUTE = sql(
    sa.delete(connected_accounts).where(_r.account == sa.bindparam("which", type_=sa.Uuid))
)
_WHOSE = sql(
    sa.select(_r.organization, _r.account).where(
        _r.provider == sa.bindparam("provider"), _r.reference == sa.bindparam("reference")
    )
)
_PROVIDERS = sql(sa.select(_all.provider).where(_all.organization == _here).distinct())


async def find(tx: Tx, name: Name) -> Merchant:
    return _found(await tx.maybe(_FIND, organization=name.organization, id=name.id), name)


async def lock(tx: Tx, name: Name) -> tuple[Merchant, bytes]:
    """An account and what of it is sealed; nobody else changes it until the commit."""
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return _found(row, name), bytes(row.sealed)


async def lock_all(tx: Tx, organization: uuid.UUID) -> list[Merchant]:
    """All of an organization; what else is done with them waits until the commit."""
    return [_merchant(row) for row in await tx.all(_LOCK_ALL, organization=organization)]


async def enabled(tx: Tx, organization: uuid.UUID) -> Merchant | None:
    """The one that new payments go through."""
    row = await tx.maybe(_ENABLED, organization=organization)
    return _merchant(row) if row else None


async def sealed(tx: Tx, organization: uuid.UUID) -> list[tuple[Merchant, bytes]]:
    """All of an organization, with what of each is sealed."""
    rows = await tx.all(_ALL, organization=organization)
    return [(_merchant(row), bytes(row.sealed)) for row in rows]


async def page(tx: Tx, organization: uuid.UUID, *, after: uuid.UUID, size: int) -> list[Merchant]:
    rows = await tx.all(_PAGE, organization=organization, after=after, size=size)
    return [_merchant(row) for row in rows]


async def add(tx: Tx, value: Merchant, sealed: bytes) -> None:
    await tx.run(
        _ADD,
        organization=value.name.organization,
        id=value.name.id,
        provider=value.provider,
        mode=value.mode.value,
        sealed=sealed,
        create_time=value.create_time,
        **_changing(value),
    )


async def save(tx: Tx, value: Merchant, *, seen: int | None = None) -> Merchant:
    """Writes the next version of an account that was locked."""
    check(value, seen)
    saved = dataclasses.replace(value, version=value.version + 1)
    changes = {f"new_{name}": each for name, each in _changing(saved).items()}
    await tx.run(_SAVE, of=value.name.organization, account=value.name.id, **changes)
    return saved


async def seal(tx: Tx, name: Name, sealed: bytes) -> None:
    await tx.run(_SEAL, of=name.organization, account=name.id, new_sealed=sealed)


async def drop(tx: Tx, name: Name) -> None:
    await tx.run(_UNROUTE, which=name.id)
    await tx.run(_DROP, organization=name.organization, id=name.id)


async def route(tx: Tx, value: Merchant, reference: str) -> None:
    """Has what a provider says of an account go to it."""
    await tx.run(
        _ROUTE,
        provider=value.provider,
        reference=reference,
        organization=value.name.organization,
        account=value.name.id,
    )


async def whose(tx: Tx, provider: str, reference: str) -> Name | None:
    """The account that a provider calls so."""
    row = await tx.maybe(_WHOSE, provider=provider, reference=reference)
    return Name(row.organization, row.account) if row else None


async def used(tx: Tx, name: Name) -> bool:
    """Whether a payment was begun through an account."""
    row = await tx.one(_USED, organization=name.organization, id=name.id)
    return bool(row.used)


async def providers(tx: Tx, organization: uuid.UUID) -> set[str]:
    """Those with whom an organization has accounts."""
    rows = await tx.all(_PROVIDERS, organization=organization)
    return {row.provider for row in rows}


def check(value: Merchant, seen: int | None) -> None:
    if seen is not None and seen != value.version:
        raise StaleEtag(MERCHANTS.format(value.name))


def _found(row: Any, name: Name) -> Merchant:
    if row is None:
        raise MerchantAccountNotFound(MERCHANTS.format(name))
    return _merchant(row)


def _merchant(row: Any) -> Merchant:
    return Merchant(
        name=Name(row.organization, row.id),
        provider=row.provider,
        plan=Plan(
            row.display_name, row.publishable_key, Capture(row.capture), row.statement_suffix
        ),
        mode=Mode(row.mode),
        api_key_hint=row.api_key_hint,
        secret_hints=domain.read(row.secret_hints),
        connection=domain.connection(row.connection),
        create_time=row.create_time,
        update_time=row.update_time,
        state=State(row.state),
        version=row.version,
    )


def _changing(value: Merchant) -> dict[str, Any]:
    return {
        "display_name": value.plan.display_name,
        "publishable_key": value.plan.publishable_key,
        "capture": value.plan.capture.value,
        "statement_suffix": value.plan.statement_suffix,
        "state": value.state.value,
        "api_key_hint": value.api_key_hint,
        "secret_hints": domain.written(value.secret_hints),
        "connection": domain.kept(value.connection),
        "update_time": value.update_time,
        "version": value.version,
    }
