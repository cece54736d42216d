"""Who may tell us that money came."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.payment import signatures
from services.payment.signatures import BadSignature
from tests.payment.builders import NOW

SECRET, OTHER = b"s" * 32, b"o" * 32
BODY = b'{"id": "evt_1"}'


def verify(text, body=BODY, now=NOW, secrets=(SECRET,)):
    signatures.verify(secrets, text, body, now)


def test_what_the_provider_signed_is_believed():
    verify(signatures.header(SECRET, BODY, NOW))


def test_a_known_signature_stays_what_it_is():
    """As another program makes it: printf '1777636800.{}' | openssl dgst -sha256 -hmac key."""
    mac = "f9279e3c74321cb4ddcb44633da1fa461670a16f6394bec2596e67aea9fb9ec2"

    assert signatures.header(b"key", b"{}", NOW) == f"t=1777636800,v1={mac}"


def test_while_a_secret_is_replaced_both_are_good():
    old, new = (signatures.header(secret, BODY, NOW) for secret in (SECRET, OTHER))

    verify(f"{old},{new.partition(',')[2]}", secrets=[OTHER])
    verify(old, secrets=[OTHER, SECRET])


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_are_near_enough(seconds):
    verify(signatures.header(SECRET, BODY, NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("seconds", [-301, 301, 10**9])
def test_what_was_signed_long_ago_or_in_the_future_is_not_believed(seconds):
    with pytest.raises(BadSignature, match="too far from now"):
        verify(signatures.header(SECRET, BODY, NOW + timedelta(seconds=seconds)))


def test_a_byte_more_is_another_body():
    with pytest.raises(BadSignature, match="does not fit"):
        verify(signatures.header(SECRET, BODY, NOW), body=BODY + b" ")


def test_another_secret_signs_for_somebody_else():
    with pytest.raises(BadSignature, match="does not fit"):
        verify(signatures.header(OTHER, BODY, NOW))


def test_the_time_is_signed_too():
    late = signatures.header(SECRET, BODY, NOW - timedelta(hours=1))
    freshened = f"t={int(NOW.timestamp())},{late.partition(',')[2]}"

    with pytest.raises(BadSignature, match="does not fit"):
        verify(freshened)


@pytest.mark.parametrize(
    "text",
    ["", "x", "t=1", "v1=00", "t=x,v1=00", "t=1,t=2,v1=00", "t=-1,v1=0", f"t={'9' * 5000},v1=0"],
)
def test_what_cannot_be_read_is_not_believed(text):
    with pytest.raises(BadSignature):
        verify(text)


def test_letters_of_other_alphabets_harm_nobody():
    with pytest.raises(BadSignature):
        verify("t=1,v1=é")
    with pytest.raises(BadSignature):
        verify("t=١,v1=00")
