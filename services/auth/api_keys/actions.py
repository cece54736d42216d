"""What auth does for API keys, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.auth.api_keys import domain, store, wire
from services.auth.audit.actions import record
from services.auth.audit.domain import Action
from services.auth.organizations import actions as organizations
from services.auth.organizations.wire import ROLES
from services.kit.access import grants
from services.kit.api_keys import KEPT, mark
from services.kit.caller import Caller, Kind
from services.kit.db import Tx
from services.kit.names import Name
from services.kit.pages import Page
from services.kit.revocations import revoke as refuse

FORGET = "forget-api-key"
END_OVERLAP = "end-api-key-overlap"


async def create(
    tx: Tx, name: Name, wish: wire.Wish, digest: bytes, *, caller: Caller, now: datetime
) -> domain.ApiKey:
    # Whoever makes keys here waits, so that there are never too many.
    await organizations.locked(tx, name.organization)
    domain.within(wish.permissions, await _held(tx, name.organization, caller))
    if await store.count(tx, name.organization, now) >= domain.MOST:
        raise domain.TooManyApiKeys(str(domain.MOST))
    made = domain.ApiKey(
        name=name,
        display_name=wish.display_name,
        permissions=wish.permissions,
        creator=caller.name,
        digest=digest,
        create_time=now,
        expire_time=domain.lifetime(wish.expire_time, now),
    )
    await store.add(tx, made)
    _forget_after(tx, made, made.expire_time)
    details = {"permissions": ", ".join(made.permissions)}
    record(tx, Action.API_KEY_CREATE, domain.API_KEYS.format(name), details=details)
    return made


async def api_key(tx: Tx, name: Name) -> domain.ApiKey:
    return _there(name, await store.api_key(tx, name))


async def api_keys(
    tx: Tx, organization: uuid.UUID, page: Page
) -> tuple[Sequence[domain.ApiKey], str]:
    """A page of the keys of an organization, and the token of the next."""
    return page.cut(await store.api_keys_of(tx, organization, page), store.key)


async def rotate(
    tx: Tx, name: Name, digest: bytes, overlap: timedelta, *, caller: Caller, now: datetime
) -> domain.ApiKey:
    before = _there(name, await store.lock(tx, name))
    domain.within(before.permissions, await _held(tx, name.organization, caller))
    after = domain.rotate(before, digest, overlap, now)
    await store.keep(tx, after)
    await _end(tx, after, set(before.secrets) - set(after.secrets), now)
    if after.previous_end_time is not None:
        tx.schedule(END_OVERLAP, name.organization, name.id, after.previous_end_time)
    record(tx, Action.API_KEY_ROTATE, domain.API_KEYS.format(name))
    return after


async def end_overlap(tx: Tx, name: Name, now: datetime) -> None:
    """Ends the secret before the rotation; it is believed for a while where it was seen."""
    before = await store.lock(tx, name)
    after = domain.end_overlap(before, now) if before else None
    if before is not None and after is not None and after != before:
        await store.keep(tx, after)
        await _end(tx, after, set(before.secrets) - set(after.secrets), now)


async def revoke(tx: Tx, name: Name, now: datetime) -> domain.ApiKey:
    return await _revoke(tx, _there(name, await store.lock(tx, name)), now)


async def revoke_all(tx: Tx, organization: uuid.UUID, now: datetime) -> None:
    """Ends every key of an organization."""
    for key in await store.lock_all(tx, organization, now):
        await _revoke(tx, key, now)


async def find(tx: Tx, digest: bytes, now: datetime) -> tuple[domain.ApiKey, datetime]:
    """The key that a secret is of, and until when it is good. Raises ApiKeyUnknown."""
    found = await store.find(tx, digest)
    end = found.end_of(digest) if found else None
    if found is None or end is None or now >= end:
        raise domain.ApiKeyUnknown()
    return found, end


async def use(tx: Tx, name: Name, now: datetime) -> None:
    """Writes down that a key is used."""
    await store.use(tx, name, now)


async def forget(tx: Tx, name: Name) -> None:
    """Removes a key whose end is long ago."""
    await store.remove(tx, name)


async def _revoke(tx: Tx, before: domain.ApiKey, now: datetime) -> domain.ApiKey:
    after = domain.revoke(before, now)
    if after != before:
        await store.keep(tx, after)
        await _end(tx, after, after.secrets, now)
        _forget_after(tx, after, now)
        record(tx, Action.API_KEY_REVOKE, domain.API_KEYS.format(after.name))
    return after


async def _end(tx: Tx, key: domain.ApiKey, secrets: Iterable[bytes], now: datetime) -> None:
    """Has secrets refused here and by everybody who hears, for as long as they are believed."""
    ended, until = sorted(secrets), now + KEPT
    for secret in ended:
        await refuse(tx, mark(secret), until)
    if ended:
        name = domain.API_KEYS.format(key.name)
        tx.publish(wire.revoked(key, ended, until), subject=name)


async def _held(tx: Tx, organization: uuid.UUID, caller: Caller) -> frozenset[str]:
    """What the caller may do in an organization, by the contract."""
    if caller.kind is Kind.KEY:
        return frozenset(wire.words(caller.permissions))
    role = await organizations.role_of(tx, organization, caller.name)
    return frozenset(wire.words(grants()[ROLES[role]])) if role else frozenset()


def _forget_after(tx: Tx, key: domain.ApiKey, end: datetime) -> None:
    tx.schedule(FORGET, key.name.organization, key.name.id, end + domain.KEPT)


def _there(name: Name, found: domain.ApiKey | None) -> domain.ApiKey:
    if found is None:
        raise domain.ApiKeyNotFound(domain.API_KEYS.format(name))
    return found
