from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from services.auth import tokens
from services.kit.secrets import Unreadable

NOW = datetime.now(UTC)
USER, SESSION = uuid.uuid4(), uuid.uuid4()
KEY, OTHER = b"k" * 32, b"o" * 32


def test_an_access_token_says_who_for_whom_and_how_long():
    key = tokens.new_key()
    token = key.access_token(USER, SESSION, NOW)

    public = jwt.PyJWK(key.jwk)
    claims = jwt.decode(token, public, algorithms=["ES256"], audience="turnout")
    assert claims["iss"] == "https://turnout.app"
    assert claims["sub"] == f"users/{USER}"
    assert claims["sid"] == str(SESSION)
    assert claims["exp"] - claims["iat"] == timedelta(minutes=15).total_seconds()
    assert jwt.get_unverified_header(token) == {
        "alg": "ES256",
        "kid": key.id,
        "typ": "at+jwt",
    }


def test_two_tokens_are_never_the_same():
    key = tokens.new_key()

    assert key.access_token(USER, SESSION, NOW) != key.access_token(USER, SESSION, NOW)


def test_the_published_key_is_only_the_public_half():
    assert set(tokens.new_key().jwk) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_a_sealed_key_opens_with_the_secret_it_was_sealed_with():
    key = tokens.new_key()

    assert tokens.opened_key(key.id, key.sealed(KEY), KEY).jwk == key.jwk
    with pytest.raises(Unreadable):
        tokens.opened_key(key.id, key.sealed(KEY), OTHER)


def test_the_next_refresh_token_is_read_by_who_has_the_one_before_it_only():
    first, second = tokens.new_refresh_token(), tokens.new_refresh_token()
    sealed = tokens.seal_successor(first, second)

    assert tokens.open_successor(first, sealed) == second
    with pytest.raises(Unreadable):
        tokens.open_successor(second, sealed)


def test_a_key_does_not_show_its_private_half():
    assert "private" not in repr(tokens.new_key())
