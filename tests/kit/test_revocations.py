"""A session that ended is known to every process within moments, and its tokens are refused."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from services.kit import identity
from services.kit.clock import now
from services.kit.inbox import OF_AUTH
from services.kit.names import SESSIONS
from services.kit.revocations import Revocations, revoke
from services.kit.wire import timestamp
from tests.kit.tokens import NOW, Signer, jwks
from tests.waiting import eventually, running
from turnout.auth.v1 import auth_pb2

SIGNER = Signer()


def who(revoked):
    async def fetch():
        return jwks(SIGNER)

    return identity.Identity(identity.Keys(fetch), b"l" * 32, b"m" * 32, lambda: NOW, revoked)


async def test_a_token_is_refused_from_the_moment_its_session_is_known_to_have_ended():
    session = uuid.uuid4()
    ended: set[uuid.UUID] = set()
    bearer = f"Bearer {SIGNER.token(sid=str(session))}"
    identified = who(ended)
    assert (await identified.caller(bearer)).session == session

    ended.add(session)

    with pytest.raises(identity.TokenRevoked):
        await identified.caller(bearer)
    assert await identified.caller(f"Bearer {SIGNER.token(sid=str(uuid.uuid4()))}")
    assert await identified.caller(f"Bearer {SIGNER.token()}")


@pytest.mark.parametrize("sid", ["", "1", 1, [], {"a": 1}])
async def test_a_session_that_is_none_is_refused(sid):
    with pytest.raises(identity.TokenInvalid, match="which session"):
        await who(set()).caller(f"Bearer {SIGNER.token(sid=sid)}")


async def test_a_service_hears_which_sessions_ended(database):
    session, until = uuid.uuid4(), now() + timedelta(minutes=15)
    fact = auth_pb2.SessionRevoked(
        session=SESSIONS.format(uuid.uuid4(), session), expire_time=timestamp(until)
    )
    async with database.lent("kit") as db:
        revocations = Revocations(db, now)
        async with running(revocations.run()):
            for _ in range(2):
                await db.run(OF_AUTH[auth_pb2.SessionRevoked], fact, None)
            await eventually(lambda: session in revocations)


async def test_what_is_over_is_thrown_away(database):
    session = uuid.uuid4()
    async with database.lent("kit") as db:
        await db.run(revoke, session, now() - timedelta(seconds=1))
        revocations = Revocations(db, now)
        async with running(revocations.run()):
            await eventually(lambda: _none_left(db))
        assert session not in revocations


async def _none_left(db):
    revocations = Revocations(db, lambda: now() - timedelta(days=1))
    await revocations.look()
    return not revocations.sessions
