"""A credential proves who calls, or it is refused with the reason why."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import errors, identity, links
from services.kit.caller import ANONYMOUS, Caller, Kind
from tests.kit.tokens import NOW, Signer, jwks

LINKS, MESH = b"l" * 32, b"m" * 32
USER = f"users/{uuid.uuid4()}"
SIGNER = Signer()


class Source:
    """Where keys come from, and how often it was asked."""

    def __init__(self, *signers):
        self.signers = list(signers)
        self.asked = 0
        self.away = False

    async def fetch(self):
        self.asked += 1
        if self.away:
            raise OSError("nobody there")
        return jwks(*self.signers)


def who(source=None, now=lambda: NOW):
    keys = identity.Keys((source or Source(SIGNER)).fetch)
    return identity.Identity(keys, LINKS, MESH, now)


async def test_a_user_has_a_token():
    caller = await who().caller(f"Bearer {SIGNER.token(USER)}")

    assert caller == Caller(USER, Kind.USER)


async def test_who_shows_nothing_is_nobody():
    assert await who().caller(None) is ANONYMOUS


async def test_a_token_ends_even_when_it_is_known_already():
    now = NOW
    bearer = f"Bearer {SIGNER.token(USER)}"
    identified = who(now=lambda: now)
    await identified.caller(bearer)

    now += timedelta(minutes=15)

    with pytest.raises(identity.TokenExpired, match="2026-05-01T12:15:00"):
        await identified.caller(bearer)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"aud": "elsewhere"}, "somebody else"),
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"sub": "services/event"}, "which user"),
        ({"sub": "users/me"}, "which user"),
        ({"sub": USER.upper()}, "which user"),
        ({"sub": None}, "lacks a claim"),
        ({"exp": None}, "lacks a claim"),
        ({"jti": None}, "lacks a claim"),
        ({"exp": "99999999999"}, "no number"),
        ({"exp": 1e300}, "no number"),
        ({"iat": int(NOW.timestamp()) + 3600}, "not good yet"),
        ({"nbf": int(NOW.timestamp()) + 3600}, "not good yet"),
        ({"headers": {"typ": "JWT"}}, "type at"),
        ({"headers": {"kid": "other"}}, "do not know"),
        ({"headers": {"kid": ""}}, "which key"),
        ({"key": Signer().private}, "signed by us"),
        ({"key": "x" * 40, "algorithm": "HS256"}, "ES256"),
    ],
)
async def test_a_token_that_is_not_auths_is_refused(changes, problem):
    token = SIGNER.token(**({"user": USER} | changes))

    with pytest.raises(identity.TokenInvalid, match=problem):
        await who().caller(f"Bearer {token}")


@pytest.mark.parametrize(
    "credential",
    ["", "Bearer", "Bearer ", "Bearer x.y.z", "Basic dXNlcjpwYXNz", "Bearer " + "x" * 9000, "é ü"],
)
async def test_what_is_no_credential_is_refused(credential):
    with pytest.raises(identity.TokenInvalid):
        await who().caller(credential)


async def test_an_unsigned_token_is_refused():
    head, body, _ = SIGNER.token(USER).split(".")
    none = links.encode(json.dumps({"alg": "none", "typ": "at+jwt", "kid": "k1"}).encode())

    for forged in (f"{none}.{body}.", f"{head}.{body}."):
        with pytest.raises(identity.TokenInvalid):
            await who().caller(f"Bearer {forged}")


@given(st.text(max_size=60))
async def test_no_text_breaks_anything(text):
    for scheme in ("Bearer", "Link", "Service", ""):
        with pytest.raises(errors.Unauthenticated):
            await who().caller(f"{scheme} {text}")


async def test_a_guest_has_a_link():
    organization = uuid.uuid4()
    guest = f"organizations/{organization}/participants/{uuid.uuid4()}"
    token = links.sign(LINKS, guest, "participant", NOW + timedelta(days=1))

    caller = await who().caller(f"Link {token}")

    assert caller == Caller(guest, Kind.GUEST, organization)


async def test_a_link_for_something_else_lets_nobody_call():
    guest = f"organizations/{uuid.uuid4()}/participants/{uuid.uuid4()}"
    token = links.sign(LINKS, guest, "share", NOW + timedelta(days=1))

    with pytest.raises(identity.TokenInvalid, match="something else"):
        await who().caller(f"Link {token}")


async def test_a_service_has_a_token_of_its_own():
    token = identity.service_token(MESH, "event", NOW)

    caller = await who().caller(f"Service {token}")

    assert (caller.name, caller.kind, caller.permitted) == ("services/event", Kind.SERVICE, True)


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token.replace("event", "auth"),
        lambda token: token + "x",
        lambda token: token.rpartition(".")[0],
        lambda _: identity.service_token(b"x" * 32, "event", NOW),
    ],
)
async def test_a_service_token_cannot_be_made_up(change):
    with pytest.raises(identity.TokenInvalid, match="not of a service"):
        await who().caller(f"Service {change(identity.service_token(MESH, 'event', NOW))}")


async def test_a_service_token_ends():
    old = identity.service_token(MESH, "event", NOW - timedelta(hours=1))

    with pytest.raises(identity.TokenExpired):
        await who().caller(f"Service {old}")


async def test_keys_are_fetched_once_for_all_who_wait():
    source = Source(SIGNER)
    identified = who(source)

    bearers = [f"Bearer {SIGNER.token(USER)}" for _ in range(20)]
    await asyncio.gather(*(identified.caller(bearer) for bearer in bearers))

    assert source.asked == 1


async def test_a_new_key_is_found():
    source, later = Source(SIGNER), Signer("k2")
    identified = who(source)
    await identified.caller(f"Bearer {SIGNER.token(USER)}")

    source.signers.append(later)
    identified.keys.tried -= identity.SOONEST
    caller = await identified.caller(f"Bearer {later.token(USER)}")

    assert caller.name == USER


async def test_made_up_keys_do_not_wear_auth_out():
    source = Source(SIGNER)
    identified = who(source)

    for n in range(20):
        with pytest.raises(identity.TokenInvalid):
            await identified.caller(f"Bearer {Signer(f'x{n}').token(USER)}")

    assert source.asked == 1


async def test_without_keys_nobody_can_tell():
    source = Source(SIGNER)
    source.away = True
    identified = who(source)
    bearer = f"Bearer {SIGNER.token(USER)}"

    for _ in range(2):
        with pytest.raises(identity.KeysAway):
            await identified.caller(bearer)

    source.away = False
    identified.keys.tried -= identity.SOONEST
    assert (await identified.caller(bearer)).name == USER


async def test_a_key_that_was_withdrawn_is_not_trusted_for_long():
    source = Source(SIGNER)
    identified = who(source)
    await identified.caller(f"Bearer {SIGNER.token(USER)}")

    source.signers.clear()
    identified.keys.fetched -= identity.OLDEST + 1
    identified.keys.tried -= identity.OLDEST + 1

    with pytest.raises(identity.TokenInvalid, match="do not know"):
        await identified.caller(f"Bearer {SIGNER.token(USER)}")


async def test_known_keys_do_while_auth_is_away():
    source = Source(SIGNER)
    identified = who(source)
    await identified.caller(f"Bearer {SIGNER.token(USER)}")

    source.away = True
    identified.keys.fetched -= identity.OLDEST + 1
    identified.keys.tried -= identity.OLDEST + 1

    assert (await identified.caller(f"Bearer {SIGNER.token(USER)}")).name == USER


async def test_only_so_many_tokens_are_remembered(monkeypatch):
    monkeypatch.setattr(identity, "REMEMBERED", 3)
    identified = who()

    for _ in range(5):
        await identified.caller(f"Bearer {SIGNER.token(USER)}")

    assert len(identified.verified) == 3


def test_keys_of_other_kinds_are_left_alone():
    other = {"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"}
    body = json.dumps({"keys": [other, SIGNER.entry(), {}]}).encode()

    assert list(identity.parse_keys(body)) == ["k1"]
