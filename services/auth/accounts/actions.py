"""What auth does for people, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.auth import rotation, tokens
from services.auth.accounts import domain, store, wire
from services.auth.audit.actions import record
from services.auth.audit.domain import Action
from services.auth.factors.actions import Factors, forget_devices
from services.auth.factors.domain import Proof
from services.auth.letters import wire as letters
from services.auth.letters.actions import Post
from services.kit import erasure
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import ORGANIZATIONS, SESSIONS, USERS, Collection, Name
from services.kit.origin import Origin
from services.kit.pages import Page
from services.kit.revocations import revoke

FORGET = "forget-session"
# A token may have been made a moment after its session ended: we issue it after the commit.
SKEW = timedelta(minutes=1)
MEMBERS = Collection("members", "turnout.app/Member")


async def register(tx: Tx, user: domain.User, *, password: str) -> domain.User:
    """Makes an account; `password` is the hash of one. Raises EmailTaken."""
    if not await store.add_user(tx, user, password):
        raise domain.EmailTaken(user.email)
    name = USERS.format(user.id)
    tx.publish(wire.registered(user), subject=name)
    record(tx, Action.USER_REGISTER, name, actor=name)
    return user


async def credentials(tx: Tx, email: str, address: str) -> domain.Credentials | None:
    """What proves who the owner of an account is, and whether it was used from `address` before."""
    return await store.credentials(tx, domain.normal(email), address)


async def log_in(
    tx: Tx,
    checked: domain.Credentials,
    now: datetime,
    origin: Origin,
    *,
    factors: Factors,
    proof: Proof,
    reopen: bool = False,
    administrator: bool = False,
) -> domain.Opened:
    """Opens a session for who knew the password that was checked a moment ago.

    Raises SecondFactorRequired and BadSecondFactor where the account is guarded by more, and
    Outrun when the password was changed or hashed anew meanwhile.
    """
    held = await store.hold(tx, checked.user)
    if held is None:
        raise domain.BadCredentials()
    if held.password != checked.password:
        raise domain.Outrun
    if held.deactivated and not reopen:
        raise domain.UserDeactivated()
    given = await factors.prove(tx, held.user, proof, now)
    if held.deactivated:
        await store.reopen(tx, held.user)
    done = Action.USER_REACTIVATE if reopen else Action.LOGIN
    opened = await open_session(
        tx,
        checked.user,
        done,
        now,
        origin,
        administrator=administrator,
        second_factor=given.proved,
    )
    return replace(opened, device_token=given.device_token)


async def open_session(
    tx: Tx,
    user: uuid.UUID,
    done: Action,
    now: datetime,
    origin: Origin,
    *,
    administrator: bool = False,
    second_factor: bool = False,
) -> domain.Opened:
    """Opens a session for who proved to be the owner of an account, in whatever way."""
    session = domain.begin(
        new_id(), user, origin, now, administrator=administrator, second_factor=second_factor
    )
    store.add_session(tx, session)
    tx.schedule(FORGET, None, session.id, session.expire_time)
    name = USERS.format(session.user)
    opened = SESSIONS.format(session.user, session.id)
    record(tx, done, name, actor=name, details={"session": opened})
    return _issue(tx, session, tokens.new_refresh_token(), now)


async def strengthen(tx: Tx, session: uuid.UUID | None) -> None:
    """A second factor was shown in a session."""
    if session is not None:
        await store.strengthen(tx, session)


async def refresh(tx: Tx, shown: domain.Shown, now: datetime) -> domain.Opened | None:
    """Gives the next token of a session.

    None when the session has ended, which is also what a replay does to it: a refusal raised
    in here would undo that.
    """
    found = await store.lock_presented(tx, tokens.digest(shown.refresh_token))
    if found is None:
        return None
    session, token = found
    match domain.present(session, token, now):
        case domain.Use.FIRST:
            after = _carry(session, token, shown, now)
            store.use(tx, after, now)
            return after.opened
        case domain.Use.RETRY:
            return await _repeat(tx, session, token, refresh_token=shown.refresh_token)
        case domain.Use.REPLAY:
            await _end(tx, session, now, by="")
    return None


async def refresh_all(
    tx: Tx, shown: Sequence[domain.Shown], now: datetime
) -> list[domain.Opened | None]:
    """Gives the next tokens of many sessions, where that is all there is to do.

    None for what is not plainly the next use of a session that nobody else is at; `refresh` says
    what it is.
    """
    digests = [tokens.digest(one.refresh_token) for one in shown]
    found = await store.lock_all_presented(tx, digests)
    carried: dict[uuid.UUID, domain.Carried] = {}
    opened: list[domain.Opened | None] = []
    for one, digest in zip(shown, digests, strict=True):
        session, token = found.get(digest, (None, None))
        if session is None or token is None or not _plain(session, token, carried, now):
            opened.append(None)
            continue
        after = carried[session.id] = _carry(session, token, one, now)
        opened.append(after.opened)
    store.use_all(tx, list(carried.values()), now)
    return opened


async def log_out(tx: Tx, refresh_token: str, now: datetime) -> None:
    found = await store.lock_presented(tx, tokens.digest(refresh_token))
    if found is not None:
        await _end(tx, found[0], now, by=USERS.format(found[0].user))


async def sessions(
    tx: Tx, user: uuid.UUID, page: Page, caller: str, now: datetime
) -> tuple[Sequence[domain.Session], str]:
    """A page of the sessions of the caller, and the token of the next."""
    _mine(user, caller)
    return page.cut(await store.sessions_of(tx, user, page, now), store.sessions_key)


async def end_session(
    tx: Tx, user: uuid.UUID, id: uuid.UUID, *, caller: str, expected: int | None, now: datetime
) -> None:
    """Ends a session of the caller. There is no other as far as the caller may know."""
    session = await store.lock_session(tx, id) if USERS.format(user) == caller else None
    if session is None or session.user != user:
        raise domain.SessionNotFound(SESSIONS.format(user, id))
    domain.end(session, expected=expected, now=now)
    await _end(tx, session, now, by=caller)


async def end_sessions(
    tx: Tx, user: uuid.UUID, *, but: uuid.UUID | None, caller: str, now: datetime
) -> int:
    """Ends the sessions of the caller except one, and says how many there were."""
    _mine(user, caller)
    return await end_all(tx, user, by=caller, now=now, but=but)


async def end_all(
    tx: Tx, user: uuid.UUID, *, by: str, now: datetime, but: uuid.UUID | None = None
) -> int:
    """Ends the sessions of a user except one, and says how many there were."""
    ended = 0
    for session in await store.lock_sessions(tx, user, now):
        if session.id != but:
            await _end(tx, session, now, by=by)
            ended += 1
    return ended


async def password(tx: Tx, user: uuid.UUID, caller: str) -> str:
    """What is stored of the caller's password."""
    found = await store.password(tx, user) if USERS.format(user) == caller else None
    if found is None:
        raise domain.UserNotFound(USERS.format(user))
    return found


async def need_fresh(tx: Tx, session: uuid.UUID | None, now: datetime) -> None:
    """Raises SignOnAgain where the session of a call began too long ago."""
    domain.need_fresh(await store.lock_session(tx, session) if session else None, now)


async def change_password(
    tx: Tx,
    user: uuid.UUID,
    *,
    before: str | None,
    after: str,
    post: Post,
    but: uuid.UUID | None,
    caller: str,
    now: datetime,
) -> None:
    """Puts a hash in the place of another, and ends the sessions that began with that.

    `before` is None when the caller did not know the old password; it is checked in here so
    that the retry of a change that was made finds its answer first.
    """
    if before is None or not await store.set_password(tx, user, before, after):
        raise domain.WrongPassword("old_password", "is not the password of the account")
    record(tx, Action.PASSWORD_CHANGE, USERS.format(user))
    owner = await store.user(tx, user)
    assert owner is not None
    await forget_devices(tx, user)
    post.write(tx, letters.password_changed(owner))
    await end_sessions(tx, user, but=but, caller=caller, now=now)


async def user(tx: Tx, id: uuid.UUID, caller: str | None) -> domain.User:
    """The caller's own account; there is no other as far as the caller may know. None: any."""
    if caller is not None:
        _mine(id, caller)
    found = await store.user(tx, id)
    if found is None:
        raise domain.UserNotFound(USERS.format(id))
    return found


async def rehash(tx: Tx, checked: domain.Credentials, after: str) -> None:
    """Puts a new hash of the same password in the place of the old one, if that is still there."""
    await store.set_password(tx, checked.user, checked.password, after)


async def revise(
    tx: Tx,
    id: uuid.UUID,
    changes: Mapping[str, str],
    *,
    caller: str,
    expected: int | None,
    now: datetime,
) -> domain.User:
    """Changes what an account may change by its owner's word alone: all but the address."""
    before = await _locked(tx, id, caller)
    after = domain.revise(before, changes, expected=expected, now=now)
    if after != before:
        await _keep(tx, before, after)
    return after


async def move(tx: Tx, before: domain.User, email: str, *, post: Post, now: datetime) -> None:
    """Gives an account, which is locked, the address that its owner has shown to have.

    Raises EmailTaken.
    """
    await _keep(tx, before, domain.move(before, email, now))
    post.write(tx, letters.email_changed(before))


async def deactivate(tx: Tx, id: uuid.UUID, *, caller: str, now: datetime) -> domain.User:
    user = await _locked(tx, id, caller)
    await store.close(tx, id, now)
    record(tx, Action.USER_DEACTIVATE, USERS.format(id))
    await end_sessions(tx, id, but=None, caller=caller, now=now)
    return user


async def delete(
    tx: Tx, id: uuid.UUID, *, caller: str, expected: int | None, now: datetime
) -> None:
    # Nobody can make the user a member while this lock is held.
    domain.fresh(await _locked(tx, id, caller), expected)
    left = await store.leave(tx, id)
    kept = await store.owned(tx, id)
    if kept is not None:
        raise domain.OwnsOrganization(ORGANIZATIONS.format(kept))
    for organization in left:
        name = MEMBERS.format(Name(organization, id))
        tx.publish(wire.left(name, id), subject=name)
        record(tx, Action.MEMBER_DELETE, name, organization=organization)
    await end_sessions(tx, id, but=None, caller=caller, now=now)
    await store.remove_user(tx, id)
    name = USERS.format(id)
    # Facts are kept for days, in case they have to be told again.
    for kind in wire.SPEAKING_OF_PEOPLE:
        await erasure.redact(tx, name, kind, *wire.PERSONAL)
    await erasure.forget(tx, name)
    tx.publish(wire.deleted(id), subject=name)
    record(tx, Action.USER_DELETE, name)


async def public_keys(tx: Tx) -> list[dict[str, str]]:
    return await store.public_keys(tx)


async def signing_key(tx: Tx, secret: bytes, now: datetime) -> tokens.SigningKey:
    """The key to sign with, made when there is none.

    Raises `secrets.Unreadable` when it was sealed with another secret.
    """
    await store.lock_keys(tx)
    keys = await store.signing_keys_of(tx)
    if not keys:
        return await _add_key(tx, secret, now, sign_time=now)
    found = rotation.current(keys, now)
    return tokens.opened_key(found.id, found.sealed, secret)


async def rotate(tx: Tx, secret: bytes, now: datetime, *, at_once: bool = False) -> datetime | None:
    """Publishes the next signing key when its time has come, or `at_once`; forgets old ones.

    Says from when a key signs that does not do so yet, if there is one.
    """
    await store.lock_keys(tx)
    keys = await store.signing_keys_of(tx)
    if not keys:
        await _add_key(tx, secret, now, sign_time=now)
        return None
    for key in rotation.over(keys, now):
        await store.remove_key(tx, key)
    begins = rotation.next_due(keys, now, at_once=at_once)
    if begins is not None:
        await _add_key(tx, secret, now, sign_time=begins)
        return begins
    newest = keys[-1].sign_time
    return newest if newest > now else None


async def forget(tx: Tx, session: uuid.UUID) -> None:
    """Removes a session that nobody can go on with."""
    await store.remove_session(tx, session)


async def _add_key(
    tx: Tx, secret: bytes, now: datetime, *, sign_time: datetime
) -> tokens.SigningKey:
    key = tokens.new_key()
    kept = rotation.Key(key.id, key.sealed(secret), sign_time)
    await store.add_key(tx, kept, key.jwk, now)
    return key


async def _keep(tx: Tx, before: domain.User, after: domain.User) -> None:
    await store.keep_user(tx, after)
    name, changed = USERS.format(after.id), domain.difference(before, after)
    tx.publish(wire.changed(after), subject=name)
    if changed:
        record(tx, Action.USER_UPDATE, name, details={"fields": changed})


async def _locked(tx: Tx, id: uuid.UUID, caller: str) -> domain.User:
    _mine(id, caller)
    found = await store.lock_user(tx, id)
    if found is None:
        raise domain.UserNotFound(USERS.format(id))
    return found


def _mine(user: uuid.UUID, caller: str) -> None:
    if USERS.format(user) != caller:
        raise domain.UserNotFound(USERS.format(user))


async def _end(tx: Tx, session: domain.Session, now: datetime, *, by: str) -> None:
    """Ends a session now, and has its access tokens refused here and by everybody who hears."""
    if await store.revoke(tx, session, now):
        until = now + tokens.LIFE + SKEW
        await revoke(tx, session.id, until)
        name = SESSIONS.format(session.user, session.id)
        tx.publish(wire.revoked(name, until), subject=name)
        record(tx, Action.SESSION_REVOKE, name, actor=by, user=session.user)


def _plain(
    session: domain.Session,
    token: domain.RefreshToken,
    carried: Container[uuid.UUID],
    now: datetime,
) -> bool:
    """Whether this is the first use of a token, of a session not carried on a moment ago."""
    return session.id not in carried and domain.present(session, token, now) is domain.Use.FIRST


def _carry(
    session: domain.Session, token: domain.RefreshToken, shown: domain.Shown, now: datetime
) -> domain.Carried:
    successor = tokens.new_refresh_token()
    after = domain.used(session, shown.origin, now)
    issued = domain.issue(after, tokens.digest(successor), now)
    sealed = tokens.seal_successor(shown.refresh_token, successor)
    opened = domain.Opened(after, successor, issued.expire_time)
    return domain.Carried(token.digest, sealed, issued, opened)


async def _repeat(
    tx: Tx, session: domain.Session, token: domain.RefreshToken, *, refresh_token: str
) -> domain.Opened:
    assert token.successor is not None
    successor = tokens.open_successor(refresh_token, token.successor)
    await store.forget_successor(tx, token)
    issued = await store.token(tx, tokens.digest(successor))
    return domain.Opened(session, successor, issued.expire_time)


def _issue(tx: Tx, session: domain.Session, refresh_token: str, now: datetime) -> domain.Opened:
    token = domain.issue(session, tokens.digest(refresh_token), now)
    store.add_token(tx, session, token)
    return domain.Opened(session, refresh_token, token.expire_time)
