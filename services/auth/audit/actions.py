"""What the audit log does, one function per intent. `record` is for everybody in auth."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence

from services.auth.audit import domain, store
from services.auth.audit.domain import Action
from services.kit import errors
from services.kit.caller import caller
from services.kit.clock import now
from services.kit.db import Database, Tx
from services.kit.ids import new_id
from services.kit.names import USERS, Name
from services.kit.origin import Origin, here
from services.kit.pages import Page
from services.kit.tenant import tenant


def record(
    tx: Tx,
    action: Action,
    target: str,
    *,
    actor: str | None = None,
    user: uuid.UUID | None = None,
    organization: uuid.UUID | None = None,
    reason: str = "",
    origin: Origin | None = None,
    details: Mapping[str, str] | None = None,
) -> None:
    """Writes with the commit of `tx` that something was done to `target`, a resource name.

    The caller did it, from where the call came, in the organization that the call is about;
    unless given. `user` is needed only where the account is not that of the actor. `details`
    are words that the contract lists with the action, and never secrets.
    """
    actor = caller().name if actor is None else actor
    entry = domain.Entry(
        id=new_id(),
        organization=organization or tenant.get(),
        user=user or account_of(actor),
        actor=actor,
        action=action,
        target=target,
        reason=reason,
        create_time=now(),
        origin=here() if origin is None else origin,
        details=details or {},
    )
    store.add(tx, entry)


@contextlib.asynccontextmanager
async def watched(
    db: Database,
    action: Action,
    target: str,
    *,
    user: uuid.UUID | None = None,
    telling: tuple[type[errors.Refusal], ...] = domain.TELLING,
) -> AsyncIterator[None]:
    """Records, in a transaction of its own, that what is tried inside was refused.

    For where a caller may try, and is told no all the same: the transaction of the attempt
    takes everything along that was written in it. Refusals that are not `telling` pass by.
    """
    try:
        yield
    except telling as refusal:
        await db.run(_refused, action, target, user, refusal)
        raise


async def _refused(
    tx: Tx, action: Action, target: str, user: uuid.UUID | None, refusal: errors.Refusal
) -> None:
    record(tx, action, target, user=user, reason=type(refusal).reason)


def account_of(actor: str) -> uuid.UUID | None:
    """The account that an actor is, if it is one."""
    return USERS.parse(actor) if actor.startswith(f"{USERS.plural}/") else None


async def entry(tx: Tx, name: Name) -> domain.Entry:
    found = await store.entry(tx, name)
    if found is None:
        raise domain.not_found(name)
    return found


async def entries(
    tx: Tx, organization: uuid.UUID, wanted: domain.Wanted, page: Page
) -> tuple[Sequence[domain.Entry], str]:
    """A page of the entries that an organization may see, and the token of the next."""
    found = await store.entries(tx, organization, wanted, page.after, page.limit)
    return page.cut(found, store.key)


async def batch(
    tx: Tx, organization: uuid.UUID, wanted: domain.Wanted, after: domain.Entry | None, most: int
) -> list[domain.Entry]:
    """The next of all the entries that an organization may see."""
    key = None if after is None else store.key(after)
    return await store.entries(tx, organization, wanted, key, most)


async def forget_failures(db: Database) -> None:
    """Forgets the logins that failed long ago; how long, the database itself says."""
    while await db.run(store.forget_failures):
        pass
