"""What auth does with administrators, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from services.auth.accounts import actions as accounts
from services.auth.accounts import domain as people
from services.auth.accounts.domain import BadCredentials, Credentials, Opened
from services.auth.administrators import domain, store
from services.auth.audit.actions import record
from services.auth.audit.domain import Action
from services.auth.factors.actions import Factors
from services.auth.factors.domain import Proof
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import USERS
from services.kit.origin import Origin
from services.kit.pages import Page


async def register(
    tx: Tx,
    email: str,
    display_name: str,
    *,
    password: str,
    creator: uuid.UUID | None,
    bootstrap: bytes | None,
    now: datetime,
) -> domain.Administrator:
    """Makes an account that is an administrator; `password` is the hash of one.

    Without a `creator`, `bootstrap` is the digest of the secret, which is used up by it.
    """
    await store.lock(tx)
    if creator is None:
        fresh = bootstrap is not None and await store.use_up(tx, bootstrap, now)
        if not fresh or await store.count(tx):
            raise domain.BadBootstrap()
    elif await store.administrator(tx, creator) is None:
        # Removed a moment ago.
        raise domain.BadBootstrap()
    made = people.register(new_id(), email, display_name, now)
    user = await accounts.register(tx, made, password=password)
    await store.add(tx, user.id, creator, now)
    name = USERS.format(user.id)
    actor = name if creator is None else USERS.format(creator)
    record(tx, Action.ADMINISTRATOR_CREATE, name, actor=actor)
    return domain.Administrator(user.id, user.email, user.display_name, creator, now)


async def log_in(
    tx: Tx,
    checked: Credentials,
    now: datetime,
    origin: Origin,
    *,
    factors: Factors,
    proof: Proof,
) -> Opened:
    if await store.administrator(tx, checked.user) is None:
        raise BadCredentials()
    return await accounts.log_in(
        tx, checked, now, origin, factors=factors, proof=proof, administrator=True
    )


async def administrators(tx: Tx, page: Page) -> tuple[Sequence[domain.Administrator], str]:
    """A page of them, and the token of the next."""
    return page.cut(await store.administrators_of(tx, page), store.key)


async def remove(tx: Tx, user: uuid.UUID, *, caller: str, now: datetime) -> None:
    """Makes an administrator a user like everybody else."""
    name = USERS.format(user)
    await store.lock(tx)
    if not await store.remove(tx, user):
        raise domain.AdministratorNotFound(name)
    if not await store.count(tx):
        raise domain.LastAdministrator(name)
    record(tx, Action.ADMINISTRATOR_DELETE, name)
    await accounts.end_all(tx, user, by=caller, now=now)
