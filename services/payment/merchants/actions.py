"""What is done with accounts, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from datetime import datetime

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import ORGANIZATIONS, Name
from services.kit.vault import Vault
from services.payment.merchants import domain, store
from services.payment.merchants.domain import (
    MERCHANTS,
    Credentials,
    Merchant,
    MerchantAccountInUse,
    Plan,
    Platform,
    State,
    Status,
    TooManyMerchantAccounts,
)

# Asks a provider how an account stands; its id is the account's.
LOOK = "look"


async def create(
    tx: Tx,
    organization: uuid.UUID,
    provider: str,
    plan: Plan,
    credentials: Credentials,
    *,
    vault: Vault,
    now: datetime,
) -> Merchant:
    if len(await store.lock_all(tx, organization)) >= domain.MOST:
        raise TooManyMerchantAccounts(ORGANIZATIONS.format(organization), domain.MOST)
    name = Name(organization, new_id())
    value = domain.open(name, provider, plan, credentials, now)
    await store.add(tx, value, await _sealed(tx, name, credentials, vault))
    return value


async def connect(
    tx: Tx,
    organization: uuid.UUID,
    plan: Plan,
    *,
    platform: Platform,
    region: str,
    email: str,
    vault: Vault,
    now: datetime,
) -> Merchant:
    """Keeps an account that the provider is asked for when somebody wants to fill in its forms."""
    if len(await store.lock_all(tx, organization)) >= domain.MOST:
        raise TooManyMerchantAccounts(ORGANIZATIONS.format(organization), domain.MOST)
    name = Name(organization, new_id())
    value = domain.connect(name, platform, plan, region=region, email=email, now=now)
    await store.add(tx, value, await _sealed(tx, name, Credentials(""), vault))
    return value


async def hear(tx: Tx, name: Name, status: Status, now: datetime) -> Merchant:
    """Writes down how a connected account stands with its provider."""
    before, _ = await store.lock(tx, name)
    await store.route(tx, before, status.reference)
    return await store.save(tx, domain.heard(before, status, now))


async def notice(
    tx: Tx, organization: uuid.UUID, provider: str, reference: str, now: datetime
) -> str:
    """Has a provider asked how an account stands that it says has changed."""
    name = await store.whose(tx, provider, reference)
    if name is None or name.organization != organization:
        return "unknown"
    tx.schedule(LOOK, organization, name.id, now)
    return "asked again"


async def update(
    tx: Tx, name: Name, revision: Callable[[Merchant], Plan], now: datetime, *, seen: int | None
) -> Merchant:
    before, _ = await store.lock(tx, name)
    return await store.save(tx, domain.revise(before, revision(before), now), seen=seen)


async def delete(tx: Tx, name: Name, *, seen: int | None) -> None:
    before, _ = await store.lock(tx, name)
    store.check(before, seen)
    if before.state is State.ENABLED or await store.used(tx, name):
        raise MerchantAccountInUse(MERCHANTS.format(name))
    await store.drop(tx, name)


async def enable(tx: Tx, name: Name, now: datetime) -> Merchant:
    """Has new payments go through an account, and no other."""
    domain.check_ready((await store.lock(tx, name))[0])
    for other in await store.lock_all(tx, name.organization):
        if other.name != name and other.state is State.ENABLED:
            await store.save(tx, _turned(other, State.DISABLED, now))
    return await _turn(tx, name, State.ENABLED, now)


async def disable(tx: Tx, name: Name, now: datetime) -> Merchant:
    return await _turn(tx, name, State.DISABLED, now)


async def rotate(
    tx: Tx, name: Name, *, api_key: str, secret: str, vault: Vault, now: datetime
) -> Merchant:
    before, sealed = await store.lock(tx, name)
    known = await _opened(tx, name, sealed, vault)
    after, credentials = domain.rotate(before, known, api_key=api_key, secret=secret, now=now)
    await store.seal(tx, name, await _sealed(tx, name, credentials, vault))
    return await store.save(tx, after)


async def opened(
    tx: Tx, organization: uuid.UUID, vault: Vault
) -> list[tuple[Merchant, Credentials]]:
    """The accounts of an organization with what opens them, the oldest first."""
    rows = await store.sealed(tx, organization)
    return [(one, await _opened(tx, one.name, sealed, vault)) for one, sealed in rows]


async def _turn(tx: Tx, name: Name, state: State, now: datetime) -> Merchant:
    before, _ = await store.lock(tx, name)
    return before if before.state is state else await store.save(tx, _turned(before, state, now))


def _turned(value: Merchant, state: State, now: datetime) -> Merchant:
    return dataclasses.replace(value, state=state, update_time=now)


async def _sealed(tx: Tx, name: Name, credentials: Credentials, vault: Vault) -> bytes:
    packed = domain.packed(credentials)
    return await vault.seal(tx, name.organization, packed, MERCHANTS.format(name))


async def _opened(tx: Tx, name: Name, sealed: bytes, vault: Vault) -> Credentials:
    found = await vault.open(tx, name.organization, sealed, MERCHANTS.format(name))
    return domain.unpacked(found)
