"""What auth does with codes, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from dataclasses import replace
from datetime import datetime

from services.auth.accounts import actions as accounts
from services.auth.accounts import store as people
from services.auth.accounts.domain import User
from services.auth.audit.actions import record
from services.auth.audit.domain import Action
from services.auth.codes import domain, store, wire
from services.auth.codes.domain import Subject
from services.auth.factors.actions import forget_devices, forget_factor
from services.auth.letters import wire as letters
from services.auth.letters.actions import Post
from services.auth.sso import store as sso
from services.kit.db import Tx
from services.kit.names import USERS

FORGET = "forget-challenge"
VERIFIED = {
    Subject.EMAIL: Action.EMAIL_VERIFY,
    Subject.NEXT_EMAIL: Action.EMAIL_VERIFY,
    Subject.PHONE: Action.PHONE_VERIFY,
}


def new_code() -> str:
    return f"{secrets.randbelow(10**domain.DIGITS):0{domain.DIGITS}}"


def digest(key: bytes, id: uuid.UUID, code: str) -> bytes:
    """What is kept of a code."""
    return hmac.digest(key, f"{id}:{code}".encode(), hashlib.sha256)


async def account(tx: Tx, email: str, address: str) -> tuple[User | None, bool]:
    """Who has an address, and whether the account was used from the internet `address` before."""
    known = await people.credentials(tx, email, address)
    user = await people.user(tx, known.user if known else uuid.uuid4())
    return user, known is not None and known.familiar


async def send(
    tx: Tx, subject: Subject, user: User | None, *, post: Post, now: datetime
) -> domain.Challenge:
    """Sends a code to an account. For nobody it does the same, and the letter goes nowhere."""
    # Whoever guesses this may answer, so it tells no time and follows no order.
    id, code = uuid.uuid4(), new_code()
    asked = domain.challenge(id, subject, user, digest(post.key, id, code), now)
    store.add(tx, asked)
    post.write(tx, letters.nothing() if user is None else wire.letter(user, asked, code))
    tx.schedule(FORGET, None, id, asked.expire_time)
    return asked


async def send_to(
    tx: Tx,
    subject: Subject,
    email: str,
    *,
    user: uuid.UUID | None,
    recipient: uuid.UUID,
    post: Post,
    now: datetime,
) -> domain.Challenge:
    """Sends a code to an address that nobody has shown to have.

    If it is that of an account, the owner is told so instead, by the same work.
    """
    owner, _ = await account(tx, email, "")
    id, code = uuid.uuid4(), new_code()
    asked = domain.Challenge(
        id, subject, user, email, digest(post.key, id, code), now + domain.LIFE
    )
    store.add(tx, asked)
    # Words of a stranger's, such as a name, have no place in it.
    letter = wire.letter_to(recipient, "", asked, code)
    post.write(tx, letter if owner is None else letters.email_taken(owner))
    tx.schedule(FORGET, None, id, asked.expire_time)
    return asked


async def count_try(tx: Tx, id: uuid.UUID) -> None:
    """Counted before it is made, in a transaction that no refusal undoes."""
    await store.count(tx, id)


async def reset_password(
    tx: Tx, id: uuid.UUID, code: str, *, hashed: str, post: Post, now: datetime
) -> None:
    """Puts the hash of a new password in the place of a forgotten one, and ends all sessions."""
    user = await _answered(tx, id, code, Subject.PASSWORD, post, now)
    name = USERS.format(user.id)
    # Whoever made the account may have been somebody else, who must neither come back by an
    # issuer nor keep the owner out.
    if user.email_verify_time is None:
        if await sso.unlink_all(tx, user.id):
            record(tx, Action.IDENTITY_UNLINK, name, actor=name)
        if await forget_factor(tx, user.id):
            record(tx, Action.SECOND_FACTOR_REMOVE, name, actor=name)
    await people.reset_password(tx, user.id, hashed, now)
    await store.remove_all(tx, user.id, Subject.PASSWORD)
    record(tx, Action.PASSWORD_RESET, name, actor=name)
    await forget_devices(tx, user.id)
    await accounts.end_sessions(tx, user.id, but=None, caller=name, now=now)
    post.write(tx, letters.password_changed(user))


async def verify(
    tx: Tx, user: uuid.UUID, id: uuid.UUID, code: str, *, caller: str, post: Post, now: datetime
) -> User:
    """Writes down that the address or the number of the caller's account is the caller's."""
    await accounts.user(tx, user, caller)
    asked = await store.lock(tx, id)
    if asked is None or asked.user != user or asked.subject not in VERIFIED:
        raise domain.BadCode()
    owner = await _answered(tx, id, code, asked.subject, post, now)
    await store.remove_all(tx, user, asked.subject)
    if asked.subject is Subject.NEXT_EMAIL:
        await accounts.move(tx, owner, asked.address, post=post, now=now)
    else:
        await people.verify(tx, user, phone=asked.subject is Subject.PHONE, now=now)
    record(tx, VERIFIED[asked.subject], USERS.format(owner.id))
    return await accounts.user(tx, user, caller)


async def opened(
    tx: Tx, id: uuid.UUID, code: str, subject: Subject, post: Post, now: datetime
) -> domain.Challenge:
    """The challenge that a code answers, locked. Raises BadCode."""
    asked = await store.lock(tx, id)
    if asked is None or not domain.answered(asked, subject, digest(post.key, id, code), now):
        raise domain.BadCode()
    return asked


async def tried(
    tx: Tx, id: uuid.UUID, code: str, subject: Subject, post: Post, now: datetime
) -> domain.Challenge | None:
    """The challenge that a code answers, locked; None for a wrong code, which is counted.

    A refusal raised in this transaction would undo that. A right one may come again.
    """
    asked = await store.lock(tx, id)
    if asked is None:
        return None
    counted = replace(asked, tries=asked.tries + 1)
    if domain.answered(counted, subject, digest(post.key, id, code), now):
        return asked
    await store.count(tx, id)
    return None


async def belong(tx: Tx, id: uuid.UUID, user: uuid.UUID) -> None:
    """Lets a challenge go with an account that came of it."""
    await store.belong(tx, id, user)


async def forget(tx: Tx, id: uuid.UUID) -> None:
    await store.remove(tx, id)


async def _answered(
    tx: Tx, id: uuid.UUID, code: str, subject: Subject, post: Post, now: datetime
) -> User:
    """The account that a code was sent to, locked. Raises BadCode."""
    asked = await opened(tx, id, code, subject, post, now)
    assert asked.user is not None
    user = await people.lock_user(tx, asked.user)
    # The code tells whose the address is that it went to, and of no other one.
    if user is None or not domain.reaches(asked, user):
        raise domain.BadCode()
    return user
