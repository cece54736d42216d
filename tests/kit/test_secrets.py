"""One root secret makes a key for each purpose, and none of them tells of another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import secrets

ROOT = b"r" * 32


def test_every_purpose_has_a_key_of_its_own():
    keys = {secrets.derive(ROOT, purpose) for purpose in ("links", "pages", "mesh")}

    assert len(keys) == 3
    assert all(len(key) == 32 for key in keys)
    assert secrets.derive(ROOT, "links") == secrets.derive(ROOT, "links")
    assert secrets.derive(b"s" * 32, "links") not in keys


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_again_and_shows_nothing(value):
    key = secrets.derive(ROOT, "rest")

    sealed = secrets.seal(key, value, "keys/1")

    assert secrets.open(key, sealed, "keys/1") == value
    assert len(value) < 4 or value not in sealed


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sealed: sealed[:-1],
        lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]),
        lambda sealed: b"",
    ],
)
def test_what_was_changed_does_not_open(spoil):
    key = secrets.derive(ROOT, "rest")

    with pytest.raises(secrets.Unreadable):
        secrets.open(key, spoil(secrets.seal(key, b"value", "a")), "a")


def test_a_value_opens_only_where_it_belongs():
    key = secrets.derive(ROOT, "rest")

    with pytest.raises(secrets.Unreadable):
        secrets.open(key, secrets.seal(key, b"value", "keys/1"), "keys/2")
    with pytest.raises(secrets.Unreadable):
        secrets.open(secrets.derive(ROOT, "other"), secrets.seal(key, b"value"), "")
