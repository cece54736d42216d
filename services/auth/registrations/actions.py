"""What auth does for who wants an account. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.auth.accounts import actions as accounts
from services.auth.accounts import domain as people
from services.auth.accounts import wire
from services.auth.codes import actions as codes
from services.auth.codes.domain import Challenge, Subject
from services.auth.letters.actions import Post
from services.auth.registrations import store
from services.auth.registrations.store import Registration
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import USERS


async def ask(
    tx: Tx, email: str, display_name: str, *, password: str, post: Post, now: datetime
) -> Challenge:
    """Keeps what an account is asked for with; `password` is the hash of one.

    The same work whether the address has an account or not.
    """
    user = new_id()
    subject, to = Subject.REGISTRATION, people.normal(email)
    asked = await codes.send_to(tx, subject, to, user=None, recipient=user, post=post, now=now)
    store.add(tx, asked.id, Registration(user, people.one_line(display_name), password))
    return asked


async def forget(tx: Tx, id: uuid.UUID) -> None:
    """Removes a challenge, and whom it was to make an account for; others forget the address."""
    found = await store.abandoned(tx, id)
    if found is not None:
        tx.publish(wire.deleted(found), subject=USERS.format(found))
    await codes.forget(tx, id)


async def confirm(
    tx: Tx, id: uuid.UUID, code: str, *, post: Post, now: datetime
) -> people.User | None:
    """Makes the account that was asked for; a retry gets the same one. None for a wrong code.

    Raises EmailTaken.
    """
    asked = await codes.tried(tx, id, code, Subject.REGISTRATION, post, now)
    found = await store.registration(tx, id)
    if asked is None or found is None:
        return None
    if asked.user is not None:
        return await accounts.user(tx, asked.user, None)
    made = people.register(found.user, asked.address, found.display_name, now, verified=True)
    await accounts.register(tx, made, password=found.password)
    await codes.belong(tx, id, made.id)
    return made
