"""What auth keeps of people, sessions and keys. Each function is one statement."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.auth.accounts.domain import (
    IDLE,
    Carried,
    Credentials,
    EmailTaken,
    RefreshToken,
    RunsPlatform,
    Session,
    User,
)
from services.auth.rotation import Key
from services.auth.tables import members, refresh_tokens, sessions, signing_keys, users
from services.kit.db import Tx, given, refuse_on, sql
from services.kit.names import USERS
from services.kit.origin import Origin
from services.kit.pages import Page

# Any number will do that no other lock of this database has: who makes the first key.
KEYS = 7_105_101

# What of an account changes by its owner's will.
REVISED = (
    "display_name",
    "email",
    "email_verify_time",
    "phone",
    "phone_verify_time",
    "update_time",
    "version",
)

_BY_ID = sql(sa.select(users).where(users.c.id == sa.bindparam("user")))
_familiar = (
    sa.select(sa.literal_column("1"))
    .where(sessions.c.user == users.c.id, sessions.c.address == sa.bindparam("address"))
    .exists()
)
_BY_EMAIL = sql(
    sa.select(
        users.c.id, users.c.password, users.c.deactivate_time, _familiar.label("familiar")
    ).where(users.c.email == sa.bindparam("email"))
)
# Whoever logs in keeps whoever closes the account or changes its password waiting.
_HOLD = sql(
    sa.select(users.c.id, users.c.password, users.c.deactivate_time, sa.false().label("familiar"))
    .where(users.c.id == sa.bindparam("user"))
    .with_for_update(read=True)
)
_LOCK_USER = sql(sa.select(users).where(users.c.id == sa.bindparam("user")).with_for_update())
_KEEP_USER = sql(
    sa.update(users)
    .where(users.c.id == sa.bindparam("of"))
    .values({c: sa.bindparam(f"new_{c}") for c in REVISED})
)
_RESET_PASSWORD = sql(
    sa.update(users)
    .where(users.c.id == sa.bindparam("of"))
    .values(
        password=sa.bindparam("after"),
        email_verify_time=sa.func.coalesce(users.c.email_verify_time, sa.bindparam("at")),
    )
)
_VERIFY = {
    phone: sql(
        sa.update(users)
        .where(users.c.id == sa.bindparam("of"))
        .values(
            {
                "phone_verify_time" if phone else "email_verify_time": sa.bindparam("at"),
                "update_time": sa.bindparam("at"),
                "version": users.c.version + 1,
            }
        )
    )
    for phone in (False, True)
}
_OPEN_OR_CLOSE = sql(
    sa.update(users)
    .where(users.c.id == sa.bindparam("of"))
    .values(deactivate_time=sa.bindparam("since"))
)
_LEAVE = sql(
    sa.delete(members)
    .where(members.c.user == sa.bindparam("user"), members.c.role != "OWNER")
    .returning(members.c.organization)
)
_OWNED = sql(
    sa.select(members.c.organization).where(members.c.user == sa.bindparam("user")).limit(1)
)
_REMOVE_USER = sql(sa.delete(users).where(users.c.id == sa.bindparam("user")))
_ADD_USER = sql(
    insert(users)
    .values({c.key: sa.bindparam(c.key) for c in users.c})
    .on_conflict_do_nothing(index_elements=[users.c.email])
)
_ADD_SESSION = sql(sa.insert(sessions).values({c.key: sa.bindparam(c.key) for c in sessions.c}))
_ADD_TOKEN = sql(sa.insert(refresh_tokens))
# Sessions come first, so that all who wait for one wait for the same row.
_presented_rows = (
    sa.select(
        sessions,
        refresh_tokens.c.digest,
        refresh_tokens.c.create_time.label("token_create_time"),
        refresh_tokens.c.expire_time.label("token_expire_time"),
        refresh_tokens.c.use_time.label("token_use_time"),
        refresh_tokens.c.successor,
    )
    .select_from(sessions)
    .join(refresh_tokens, refresh_tokens.c.session == sessions.c.id)
)
_LOCK_PRESENTED = sql(
    _presented_rows.where(refresh_tokens.c.digest == sa.bindparam("digest")).with_for_update()
)
# Those that somebody else is at are left out: nobody of many waits for what one of them waits for.
_LOCK_ALL_PRESENTED = sql(
    _presented_rows.where(
        refresh_tokens.c.digest == sa.any_(sa.bindparam("digests", type_=ARRAY(sa.LargeBinary)))
    )
    .order_by(sessions.c.id)
    .with_for_update(skip_locked=True)
)
_used = refresh_tokens.c.digest == sa.bindparam("used")
# The session is told in the same statement: a refresh is the busiest thing that auth does.
_touched = (
    sa.update(sessions)
    .where(sessions.c.id == sa.bindparam("of"))
    .values(
        user_agent=sa.bindparam("user_agent"),
        address=sa.bindparam("address"),
        use_time=sa.bindparam("at"),
        version=sessions.c.version + 1,
    )
    .returning(sessions.c.id)
    .cte("touched")
)
_USE = sql(
    sa.update(refresh_tokens)
    .add_cte(_touched)
    .where(
        sa.or_(
            _used,
            sa.and_(
                refresh_tokens.c.session == sa.bindparam("of"),
                refresh_tokens.c.successor.is_not(None),
            ),
        )
    )
    .values(
        use_time=sa.case((_used, sa.bindparam("at")), else_=refresh_tokens.c.use_time),
        successor=sa.case((_used, sa.bindparam("sealed")), else_=None),
    )
)
# The same for many sessions, of which each has one token that is used.
_uses = sa.select(
    given(
        used=sa.LargeBinary,
        of=sa.Uuid,
        sealed=sa.LargeBinary,
        user_agent=sa.Text,
        address=sa.Text,
    )
).cte("uses")
_all_touched = (
    sa.update(sessions)
    .where(sessions.c.id == _uses.c.of)
    .values(
        user_agent=_uses.c.user_agent,
        address=_uses.c.address,
        use_time=sa.bindparam("at"),
        version=sessions.c.version + 1,
    )
    .returning(sessions.c.id)
    .cte("touched")
)
_others_forgotten = (
    sa.update(refresh_tokens)
    .where(
        refresh_tokens.c.session == _uses.c.of,
        refresh_tokens.c.successor.is_not(None),
        refresh_tokens.c.digest != _uses.c.used,
    )
    .values(successor=None)
    .returning(refresh_tokens.c.digest)
    .cte("forgotten")
)
_USE_ALL = sql(
    sa.update(refresh_tokens)
    .add_cte(_all_touched, _others_forgotten)
    .where(refresh_tokens.c.digest == _uses.c.used)
    .values(use_time=sa.bindparam("at"), successor=_uses.c.sealed)
)
_TOKENS = tuple(column.key for column in refresh_tokens.c)
_issued = given(**{column.key: column.type for column in refresh_tokens.c})
_ADD_TOKENS = sql(sa.insert(refresh_tokens).from_select(_TOKENS, sa.select(*_issued.c)))
_FORGET_SUCCESSOR = sql(
    sa.update(refresh_tokens)
    .where(refresh_tokens.c.digest == sa.bindparam("used"))
    .values(successor=None)
)
_TOKEN = sql(sa.select(refresh_tokens).where(refresh_tokens.c.digest == sa.bindparam("digest")))
_REVOKE = sql(
    sa.update(sessions)
    .where(sessions.c.id == sa.bindparam("session"), sessions.c.revoke_time.is_(None))
    .values(revoke_time=sa.bindparam("at"))
)
_live = sa.and_(
    sessions.c.user == sa.bindparam("user"),
    sessions.c.revoke_time.is_(None),
    sessions.c.expire_time > sa.bindparam("at"),
    sessions.c.use_time > sa.bindparam("idle"),
)
_SESSIONS = sql(
    sa.select(sessions)
    .where(
        _live,
        sa.or_(
            sa.bindparam("after_id", type_=sa.Uuid).is_(None),
            sa.tuple_(sessions.c.create_time, sessions.c.id)
            < sa.tuple_(
                sa.bindparam("after_time", type_=sessions.c.create_time.type),
                sa.bindparam("after_id", type_=sa.Uuid),
            ),
        ),
    )
    .order_by(sessions.c.create_time.desc(), sessions.c.id.desc())
    .limit(sa.bindparam("limit"))
)
# In one order, so that two who end them all do not wait for each other.
_LOCK_SESSIONS = sql(sa.select(sessions).where(_live).order_by(sessions.c.id).with_for_update())
_LOCK_SESSION = sql(
    sa.select(sessions).where(sessions.c.id == sa.bindparam("session")).with_for_update()
)
_PASSWORD = sql(sa.select(users.c.password).where(users.c.id == sa.bindparam("user")))
_SET_PASSWORD = sql(
    sa.update(users)
    .where(users.c.id == sa.bindparam("of"), users.c.password == sa.bindparam("before"))
    .values(password=sa.bindparam("after"))
)
_REMOVE_SESSION = sql(sa.delete(sessions).where(sessions.c.id == sa.bindparam("session")))
_STRENGTHEN = sql(
    sa.update(sessions).where(sessions.c.id == sa.bindparam("of")).values(second_factor=True)
)
_LOCK_KEYS = sql(sa.select(sa.func.pg_advisory_xact_lock(KEYS)))
_in_order = (signing_keys.c.sign_time, signing_keys.c.id)
_KEYS = sql(sa.select(signing_keys).order_by(*_in_order))
_PUBLIC_KEYS = sql(sa.select(signing_keys.c.public).order_by(*_in_order))
_REMOVE_KEY = sql(sa.delete(signing_keys).where(signing_keys.c.id == sa.bindparam("key")))
_ADD_KEY = sql(sa.insert(signing_keys))


async def user(tx: Tx, id: uuid.UUID) -> User | None:
    row = await tx.maybe(_BY_ID, user=id)
    return None if row is None else _user(row)


async def credentials(tx: Tx, email: str, address: str) -> Credentials | None:
    row = await tx.maybe(_BY_EMAIL, email=email, address=address)
    return None if row is None else _credentials(row)


async def hold(tx: Tx, user: uuid.UUID) -> Credentials | None:
    """Reads them, and keeps every change of them waiting."""
    row = await tx.maybe(_HOLD, user=user)
    return None if row is None else _credentials(row)


async def lock_user(tx: Tx, id: uuid.UUID) -> User | None:
    row = await tx.maybe(_LOCK_USER, user=id)
    return None if row is None else _user(row)


async def keep_user(tx: Tx, user: User) -> None:
    """Raises EmailTaken."""
    with refuse_on("users_email_key", EmailTaken(user.email)):
        await tx.run(
            _KEEP_USER, of=user.id, **{f"new_{name}": getattr(user, name) for name in REVISED}
        )


async def reset_password(tx: Tx, user: uuid.UUID, after: str, now: datetime) -> None:
    """Whoever read the code that went to the address showed whose it is."""
    await tx.run(_RESET_PASSWORD, of=user, after=after, at=now)


async def verify(tx: Tx, user: uuid.UUID, *, phone: bool, now: datetime) -> None:
    await tx.run(_VERIFY[phone], of=user, at=now)


async def close(tx: Tx, user: uuid.UUID, now: datetime) -> None:
    await tx.run(_OPEN_OR_CLOSE, of=user, since=now)


async def reopen(tx: Tx, user: uuid.UUID) -> None:
    await tx.run(_OPEN_OR_CLOSE, of=user, since=None)


async def leave(tx: Tx, user: uuid.UUID) -> list[uuid.UUID]:
    """Removes a user, who must be the caller, from the organizations that they do not own."""
    return [row.organization for row in await tx.all(_LEAVE, user=user)]


async def owned(tx: Tx, user: uuid.UUID) -> uuid.UUID | None:
    """An organization that a user, who must be the caller, has not left."""
    row = await tx.maybe(_OWNED, user=user)
    return None if row is None else row.organization


async def remove_user(tx: Tx, user: uuid.UUID) -> None:
    """Raises RunsPlatform."""
    with refuse_on("administrators_user_fkey", RunsPlatform(USERS.format(user))):
        await tx.run(_REMOVE_USER, user=user)


async def add_user(tx: Tx, user: User, password: str) -> bool:
    """False if the address has an account, also one that another transaction is making."""
    added = await tx.run(
        _ADD_USER,
        id=user.id,
        email=user.email,
        display_name=user.display_name,
        password=password,
        create_time=user.create_time,
        update_time=user.update_time,
        version=user.version,
        deactivate_time=None,
        email_verify_time=user.email_verify_time,
        phone="",
        phone_verify_time=None,
    )
    return added == 1


def add_session(tx: Tx, session: Session) -> None:
    """Adds it with the commit."""
    tx.write(
        _ADD_SESSION,
        id=session.id,
        user=session.user,
        create_time=session.create_time,
        expire_time=session.expire_time,
        revoke_time=session.revoke_time,
        user_agent=session.origin.user_agent,
        address=session.origin.address,
        use_time=session.use_time,
        version=session.version,
        administrator=session.administrator,
        second_factor=session.second_factor,
    )


async def sessions_of(tx: Tx, user: uuid.UUID, page: Page, now: datetime) -> list[Session]:
    """Those that have not ended, the latest login first."""
    key = page.keys("after_time", "after_id")
    rows = await tx.all(_SESSIONS, user=user, at=now, idle=now - IDLE, limit=page.limit, **key)
    return [_session(row) for row in rows]


def sessions_key(session: Session) -> tuple[datetime, uuid.UUID]:
    return session.create_time, session.id


async def lock_sessions(tx: Tx, user: uuid.UUID, now: datetime) -> list[Session]:
    """Those that have not ended; none of them can be carried on before the transaction ends."""
    rows = await tx.all(_LOCK_SESSIONS, user=user, at=now, idle=now - IDLE)
    return [_session(row) for row in rows]


async def lock_session(tx: Tx, session: uuid.UUID) -> Session | None:
    row = await tx.maybe(_LOCK_SESSION, session=session)
    return None if row is None else _session(row)


async def password(tx: Tx, user: uuid.UUID) -> str | None:
    """What is stored of the password of an account."""
    row = await tx.maybe(_PASSWORD, user=user)
    return None if row is None else str(row.password)


async def set_password(tx: Tx, user: uuid.UUID, before: str, after: str) -> bool:
    """False if the stored password is no longer `before`."""
    return await tx.run(_SET_PASSWORD, of=user, before=before, after=after) == 1


def add_token(tx: Tx, session: Session, token: RefreshToken) -> None:
    """Adds it with the commit."""
    tx.write(
        _ADD_TOKEN,
        digest=token.digest,
        session=session.id,
        create_time=token.create_time,
        expire_time=token.expire_time,
        use_time=token.use_time,
        successor=token.successor,
    )


async def lock_presented(tx: Tx, digest: bytes) -> tuple[Session, RefreshToken] | None:
    """Reads a token and its session, and keeps every other use of that session waiting."""
    row = await tx.maybe(_LOCK_PRESENTED, digest=digest)
    return None if row is None else (_session(row), _presented(row))


async def lock_all_presented(
    tx: Tx, digests: Sequence[bytes]
) -> dict[bytes, tuple[Session, RefreshToken]]:
    """Tokens and their sessions, by the digest; but for those that another transaction is at."""
    rows = await tx.all(_LOCK_ALL_PRESENTED, digests=list(digests))
    return {row.digest: (_session(row), _presented(row)) for row in rows}


async def token(tx: Tx, digest: bytes) -> RefreshToken:
    row = await tx.one(_TOKEN, digest=digest)
    return RefreshToken(row.digest, row.create_time, row.expire_time, row.use_time, row.successor)


def use(tx: Tx, carried: Carried, now: datetime) -> None:
    """Marks a token as used, and its session. No token used before it may come again from now on.

    Happens with the commit, in the same round trip.
    """
    session = carried.opened.session
    tx.write(
        _USE,
        used=carried.used,
        of=session.id,
        sealed=carried.sealed,
        at=now,
        user_agent=session.origin.user_agent,
        address=session.origin.address,
    )
    add_token(tx, session, carried.issued)


def use_all(tx: Tx, carried: Sequence[Carried], now: datetime) -> None:
    """Does the same for many sessions, each of which is there once."""
    if not carried:
        return
    sessions_, issued = [one.opened.session for one in carried], [one.issued for one in carried]
    ids = [session.id for session in sessions_]
    tx.write(
        _USE_ALL,
        used=[one.used for one in carried],
        of=ids,
        sealed=[one.sealed for one in carried],
        user_agent=[session.origin.user_agent for session in sessions_],
        address=[session.origin.address for session in sessions_],
        at=now,
    )
    tx.write(
        _ADD_TOKENS,
        digest=[token.digest for token in issued],
        session=ids,
        create_time=[token.create_time for token in issued],
        expire_time=[token.expire_time for token in issued],
        use_time=[token.use_time for token in issued],
        successor=[token.successor for token in issued],
    )


async def forget_successor(tx: Tx, token: RefreshToken) -> None:
    """The token may not come again."""
    await tx.run(_FORGET_SUCCESSOR, used=token.digest)


async def revoke(tx: Tx, session: Session, now: datetime) -> bool:
    """False if it was revoked before."""
    return await tx.run(_REVOKE, session=session.id, at=now) == 1


async def remove_session(tx: Tx, session: uuid.UUID) -> None:
    await tx.run(_REMOVE_SESSION, session=session)


async def strengthen(tx: Tx, session: uuid.UUID) -> None:
    """More than the password was shown in it."""
    await tx.run(_STRENGTHEN, of=session)


async def lock_keys(tx: Tx) -> None:
    """Lets one process at a time see whether there is a signing key."""
    await tx.one(_LOCK_KEYS)


async def signing_keys_of(tx: Tx) -> list[Key]:
    """All of them, in the order in which they begin to sign."""
    return [Key(row.id, row.private, row.sign_time) for row in await tx.all(_KEYS)]


async def public_keys(tx: Tx) -> list[dict[str, str]]:
    """The JSON Web Keys of all that tokens may be signed with, the oldest first."""
    return [row.public for row in await tx.all(_PUBLIC_KEYS)]


async def add_key(tx: Tx, key: Key, public: dict[str, str], now: datetime) -> None:
    await tx.run(
        _ADD_KEY,
        id=key.id,
        public=public,
        private=key.sealed,
        create_time=now,
        sign_time=key.sign_time,
    )


async def remove_key(tx: Tx, key: Key) -> None:
    await tx.run(_REMOVE_KEY, key=key.id)


def _credentials(row: Any) -> Credentials:
    return Credentials(row.id, row.password, row.deactivate_time is not None, row.familiar)


def _user(row: Any) -> User:
    return User(
        row.id,
        row.email,
        row.display_name,
        row.create_time,
        row.update_time,
        row.version,
        row.email_verify_time,
        row.phone,
        row.phone_verify_time,
    )


def _session(row: Any) -> Session:
    return Session(
        row.id,
        row.user,
        row.create_time,
        row.expire_time,
        Origin(row.address, row.user_agent),
        row.use_time,
        row.revoke_time,
        row.version,
        row.administrator,
        row.second_factor,
    )


def _presented(row: Any) -> RefreshToken:
    return RefreshToken(
        row.digest, row.token_create_time, row.token_expire_time, row.token_use_time, row.successor
    )
