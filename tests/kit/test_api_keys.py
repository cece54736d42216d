"""What every service makes of an API key, and how often auth is asked about it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import identity
from services.kit.api_keys import ApiKeys, digest, is_whole, mark, new_secret
from services.kit.caller import Caller, Kind
from services.kit.clock import now
from services.kit.inbox import OF_AUTH
from services.kit.revocations import Revocations
from services.kit.wire import timestamp
from tests.kit.tokens import NOW, Signer, jwks
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import api_key_pb2

ORGANIZATION = uuid.uuid4()
NAME = f"organizations/{ORGANIZATION}/apiKeys/{uuid.uuid4()}"
MAY = [access_pb2.PERMISSION_EVENTS_READ, access_pb2.PERMISSION_EVENTS_WRITE]
SECRET = new_secret(uuid.uuid4())


class Auth:
    """Knows one key, and counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    async def resolve(self, shown):
        self.asked += 1
        if shown != digest(SECRET):
            return None
        return api_key_pb2.ResolvedApiKey(
            api_key=NAME, permissions=MAY, expire_time=timestamp(NOW + timedelta(days=1))
        )


def who(auth, revoked=frozenset(), at=NOW):
    async def fetch():
        return jwks(Signer())

    return identity.Identity(
        identity.Keys(fetch),
        b"l" * 32,
        b"m" * 32,
        lambda: at,
        revoked,
        api_keys=ApiKeys(auth.resolve),
    )


async def test_a_key_is_asked_about_once():
    auth = Auth()
    identified = who(auth)

    callers = [await identified.caller(f"Bearer {SECRET}") for _ in range(3)]

    known = Caller(
        NAME, Kind.KEY, ORGANIZATION, permissions=frozenset(MAY), secret=mark(digest(SECRET))
    )
    assert callers == [known] * 3
    assert auth.asked == 1


async def test_so_is_one_of_nobodys():
    auth = Auth()
    identified, unknown = who(auth), new_secret(uuid.uuid4())

    for _ in range(3):
        with pytest.raises(identity.TokenInvalid, match="no API key that is good"):
            await identified.caller(f"Bearer {unknown}")

    assert auth.asked == 1


async def test_a_torn_copy_is_told_without_asking():
    auth = Auth()

    with pytest.raises(identity.TokenInvalid, match="copied whole"):
        await who(auth).caller(f"Bearer {SECRET[:-1]}")

    assert auth.asked == 0


async def test_a_revoked_secret_is_refused_however_well_it_is_known():
    ended: set[uuid.UUID] = set()
    identified = who(Auth(), ended)
    await identified.caller(f"Bearer {SECRET}")

    ended.add(mark(digest(SECRET)))

    with pytest.raises(identity.TokenRevoked):
        await identified.caller(f"Bearer {SECRET}")


async def test_so_is_one_whose_time_is_over():
    with pytest.raises(identity.TokenExpired):
        await who(Auth(), at=NOW + timedelta(days=1)).caller(f"Bearer {SECRET}")


async def test_without_anybody_to_ask_no_key_is_good():
    async def fetch():
        return jwks(Signer())

    identified = identity.Identity(identity.Keys(fetch), b"l" * 32, b"m" * 32, lambda: NOW)

    with pytest.raises(identity.TokenInvalid):
        await identified.caller(f"Bearer {SECRET}")


@given(st.integers(0, len(SECRET) - 1), st.sampled_from("0123456789abcdef_tkA"))
def test_a_mistyped_copy_is_not_whole(at, letter):
    typed = SECRET[:at] + letter + SECRET[at + 1 :]

    assert is_whole(typed) == (typed == SECRET)


@given(st.text(max_size=120))
def test_other_text_is_not_either(text):
    assert not is_whole(text)


@pytest.mark.server
async def test_a_service_hears_which_secrets_ended(database):
    ended = mark(digest(SECRET))
    fact = api_key_pb2.ApiKeyRevoked(
        api_key=NAME, secrets=[str(ended)], expire_time=timestamp(now() + timedelta(minutes=5))
    )
    async with database.lent("kit") as db:
        revocations = Revocations(db, now)
        await db.run(OF_AUTH[api_key_pb2.ApiKeyRevoked], fact, None)
        await revocations.look()

    assert ended in revocations
