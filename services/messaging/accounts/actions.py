"""What is done with accounts, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import ORGANIZATIONS, Name
from services.kit.pages import Page
from services.kit.vault import Vault
from services.messaging.accounts import domain, store, vapid
from services.messaging.accounts.domain import ACCOUNTS, Account, Plan, Provider
from services.messaging.accounts.store import Sealed
from services.messaging.messages.domain import Channel

# Asks WhatsApp for the templates of an account; its id is the account's.
SYNC = "sync-templates"
HOURLY = timedelta(hours=1)


async def create(
    tx: Tx, organization: uuid.UUID, plan: Plan, *, vault: Vault, now: datetime
) -> Account:
    if await store.count(tx, organization) >= domain.MOST:
        raise domain.TooManyChannelAccounts(ORGANIZATIONS.format(organization), domain.MOST)
    if plan.provider is Provider.WEB_PUSH:
        private, public = vapid.key_pair()
        plan = dataclasses.replace(
            plan,
            settings={**plan.settings, "public_key": public},
            credentials={"private_key": private},
        )
    account = Account(Name(organization, new_id()), plan, create_time=now, update_time=now)
    await store.add(tx, account, await _seal(tx, account, vault))
    _sync(tx, account, now)
    return account


async def get(tx: Tx, name: Name) -> Account:
    """An account without its credentials."""
    return _found(await store.find(tx, name), name)[0]


async def opened(tx: Tx, name: Name, vault: Vault) -> Account:
    """An account with its credentials."""
    return await _open(tx, _found(await store.find(tx, name), name), vault)


async def page(tx: Tx, organization: uuid.UUID, page: Page) -> tuple[Sequence[Account], str]:
    """A page of accounts without their credentials, and the token of the next."""
    return page.cut(await store.page(tx, organization, page), store.key)


async def usable(
    tx: Tx, organization: uuid.UUID, channel: Channel, vault: Vault
) -> Sequence[Account]:
    """What may be sent by on a channel, the first one first, with credentials."""
    found = await store.of_channel(tx, organization, channel)
    return [await _open(tx, one, vault) for one in found]


async def update(
    tx: Tx,
    name: Name,
    revision: Callable[[Account], Plan],
    *,
    check: Callable[[Plan], None],
    vault: Vault,
    seen: int | None,
    now: datetime,
) -> Account:
    before = await _open(tx, _found(await store.lock(tx, name), name), vault)
    _expect(before, seen)
    after = domain.change(before, revision(before), now)
    check(after.plan)
    if after.sender != before.sender:
        await store.unroute(tx, name)
    elif after.business != before.business:
        await store.unclaim_business(tx, before)
    _sync(tx, after, now)
    return await _save(tx, after, vault)


async def delete(tx: Tx, name: Name, *, seen: int | None) -> None:
    account, _ = _found(await store.lock(tx, name), name)
    _expect(account, seen)
    await store.unroute(tx, name)
    await store.drop(tx, name)


async def verified(tx: Tx, asked: Account, problem: str, *, vault: Vault, now: datetime) -> Account:
    """Writes down what a provider said of an account, unless that has changed meanwhile."""
    name = asked.name
    before = await _open(tx, _found(await store.lock(tx, name), name), vault)
    if before.version != asked.version:
        raise StaleEtag(ACCOUNTS.format(name))
    after = domain.verified(before, problem, now)
    _sync(tx, after, now)
    if after.sender and not problem:
        await store.claim_route(tx, after)
        routes = await store.routes(tx, after.plan.provider, [after.sender])
        if routes.get(after.sender) != name:
            raise domain.SenderTaken(after.sender)
    return await _save(tx, after, vault)


def _sync(tx: Tx, account: Account, now: datetime) -> None:
    """Has the templates of an account asked for."""
    if account.business:
        tx.schedule(SYNC, account.name.organization, account.name.id, now)


async def synced(
    tx: Tx, asked: Account, templates: Mapping[tuple[str, str], str] | None, now: datetime
) -> None:
    """Keeps what WhatsApp said of all templates, unless it said nothing; asks again later."""
    name = asked.name
    found = await store.lock(tx, name)
    if found is None or found[0].business != asked.business:
        return
    if templates is not None:
        await store.keep_templates(tx, name, templates, now)
        await store.claim_business(tx, asked)
    tx.schedule(SYNC, name.organization, name.id, now + HOURLY)


async def template_changed(tx: Tx, name: Name, template: tuple[str, str], status: str) -> None:
    """Keeps what WhatsApp says of one template."""
    found = await store.lock(tx, name)
    if found is not None:
        account, _ = found
        await store.keep_templates(tx, name, {**account.templates, template: status}, None)


async def _save(tx: Tx, account: Account, vault: Vault) -> Account:
    saved = dataclasses.replace(account, version=account.version + 1)
    await store.save(tx, saved, await _seal(tx, saved, vault))
    return saved


def _expect(account: Account, seen: int | None) -> None:
    if seen is not None and seen != account.version:
        raise StaleEtag(ACCOUNTS.format(account.name))


def _found(found: Sealed | None, name: Name) -> Sealed:
    if found is None:
        raise domain.ChannelAccountNotFound(ACCOUNTS.format(name))
    return found


async def _seal(tx: Tx, account: Account, vault: Vault) -> bytes:
    said = json.dumps(dict(account.plan.credentials)).encode()
    return await vault.seal(tx, account.name.organization, said, ACCOUNTS.format(account.name))


async def _open(tx: Tx, sealed: Sealed, vault: Vault) -> Account:
    account, hidden = sealed
    context = ACCOUNTS.format(account.name)
    said = await vault.open(tx, account.name.organization, hidden, context)
    plan = dataclasses.replace(account.plan, credentials=json.loads(said))
    return dataclasses.replace(account, plan=plan)
