"""What auth does for signing on elsewhere, one function per intent. Each in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from services.auth import passwords
from services.auth.accounts import actions as accounts
from services.auth.accounts import domain as people
from services.auth.accounts.domain import Opened, UserDeactivated
from services.auth.audit.actions import record
from services.auth.audit.domain import Action
from services.auth.organizations import actions as organizations
from services.auth.sso import domain, store
from services.auth.sso.domain import PROVIDERS, Claim, Provider
from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import USERS, Name
from services.kit.origin import Origin
from services.kit.pages import Page


async def create(tx: Tx, provider: Provider) -> Provider:
    await organizations.locked(tx, provider.name.organization)
    await store.add(tx, provider)
    name = PROVIDERS.format(provider.name)
    record(tx, Action.IDENTITY_PROVIDER_CREATE, name, details={"issuer": provider.issuer})
    return provider


async def provider(tx: Tx, name: Name) -> Provider:
    found = await store.provider(tx, name)
    if found is None:
        raise domain.IdentityProviderNotFound(PROVIDERS.format(name))
    return found


async def providers(tx: Tx, organization: uuid.UUID, page: Page) -> tuple[Sequence[Provider], str]:
    """A page of the providers of an organization, and the token of the next."""
    return page.cut(await store.providers_of(tx, organization, page), store.key)


async def revise(
    tx: Tx, name: Name, change: Callable[[Provider], Provider], expected: int | None
) -> Provider:
    before = await store.lock_provider(tx, name)
    if before is None:
        raise domain.IdentityProviderNotFound(PROVIDERS.format(name))
    if expected is not None and expected != before.version:
        raise StaleEtag(PROVIDERS.format(name))
    after = change(before)
    if after == before:
        return before
    after = replace(after, version=before.version + 1)
    await store.keep(tx, after)
    record(tx, Action.IDENTITY_PROVIDER_UPDATE, PROVIDERS.format(name))
    return after


async def delete(tx: Tx, name: Name, expected: int | None) -> None:
    await provider(tx, name)
    if not await store.remove(tx, name, expected):
        raise StaleEtag(PROVIDERS.format(name))
    record(tx, Action.IDENTITY_PROVIDER_DELETE, PROVIDERS.format(name))


async def sign_on(
    tx: Tx,
    name: Name,
    claim: Claim,
    *,
    caller: uuid.UUID | None,
    now: datetime,
    origin: Origin,
) -> Opened:
    """Opens a session for who signed on; links the account of the caller, or makes a new one."""
    found = await provider(tx, name)
    user = await store.linked(tx, name, claim.subject)
    if user is None or (caller is not None and caller != user):
        user = await _link(tx, found, claim, caller=caller, linked=user, now=now)
    if await organizations.role_of(tx, name.organization, USERS.format(user)) is None:
        raise domain.SignOnRefused("the account is no member of the organization")
    account = await store.account(tx, user)
    if account is None or account[1]:
        raise UserDeactivated()
    return await accounts.open_session(tx, user, Action.LOGIN, now, origin)


async def _link(
    tx: Tx,
    found: Provider,
    claim: Claim,
    *,
    caller: uuid.UUID | None,
    linked: uuid.UUID | None,
    now: datetime,
) -> uuid.UUID:
    """Whose the identity is from now on: the caller's, or somebody's who is new."""
    organization = found.name.organization
    if caller is not None:
        account = await store.account(tx, caller)
        role = await organizations.role_of(tx, organization, USERS.format(caller))
        email = account[0] if account else ""
        domain.may_link(claim, email, member=role is not None, linked=linked)
        user = caller
    else:
        role = domain.may_be_new(found, claim)
        await organizations.locked(tx, organization)
        made = people.register(new_id(), claim.email, claim.display_name, now)
        user = (await accounts.register(tx, made, password=passwords.NONE)).id
        await organizations.seat(tx, Name(organization, user), role, now)
    await store.link(tx, found.name, claim.subject, user=user, now=now)
    name = USERS.format(user)
    details = {"provider": PROVIDERS.format(found.name)}
    record(tx, Action.IDENTITY_LINK, name, actor=name, details=details)
    return user
