"""Every way we know of to make up an access token, and none of them lets anybody in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from services.kit import identity, links
from tests.kit.tokens import NOW, Signer, jwks

SIGNER, THIEF = Signer(), Signer()
USER = f"users/{uuid.uuid4()}"
PUBLIC = SIGNER.private.public_key()


async def refuse(token, problem="."):
    async def fetch():
        return jwks(SIGNER)

    found = identity.Identity(identity.Keys(fetch), b"l" * 32, b"m" * 32, lambda: NOW)
    with pytest.raises(identity.TokenInvalid, match=problem):
        await found.caller(f"Bearer {token}")


def part(value):
    return links.encode(value if isinstance(value, bytes) else json.dumps(value).encode())


def header(**changes):
    return {"alg": "ES256", "typ": "at+jwt", "kid": SIGNER.kid} | changes


def body(token=None):
    return (token or SIGNER.token(USER)).split(".")[1]


def signed(head, claims):
    """A token with just that body, by auth's own key."""
    text = f"{part(head)}.{part(claims)}"
    algorithm = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
    return f"{text}.{part(algorithm.sign(text.encode(), SIGNER.private))}"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, 0, [], "none\x00"])
@pytest.mark.parametrize("signature", ["", "AAAA"])
async def test_a_token_that_says_it_needs_no_signature_is_refused(alg, signature):
    await refuse(f"{part(header(alg=alg))}.{body()}.{signature}")


def encoded(encoding, form=serialization.PublicFormat.SubjectPublicKeyInfo):
    return PUBLIC.public_bytes(encoding, form)


@pytest.mark.parametrize(
    "secret",
    [
        encoded(serialization.Encoding.PEM),
        encoded(serialization.Encoding.PEM).strip(),
        encoded(serialization.Encoding.DER),
        encoded(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint),
        json.dumps(SIGNER.entry()).encode(),
        json.dumps(SIGNER.entry(), separators=(",", ":"), sort_keys=True).encode(),
        jwks(SIGNER),
        base64.urlsafe_b64decode(SIGNER.entry()["x"] + "=="),
        b"",
    ],
    ids=["pem", "stripped", "der", "point", "jwk", "canonical", "jwks", "x", "nothing"],
)
@pytest.mark.parametrize("alg", ["HS256", "hs256", "ES256"])
async def test_our_public_key_is_no_secret_to_sign_with(secret, alg):
    text = f"{part(header(alg=alg))}.{body()}"
    mac = hmac.digest(secret, text.encode(), hashlib.sha256)

    await refuse(f"{text}.{part(mac)}")


@pytest.mark.parametrize("alg", ["RS256", "ES384", "ES512", "PS256", "EdDSA", "es256"])
async def test_a_token_does_not_choose_its_algorithm(alg):
    await refuse(f"{part(header(alg=alg))}.{body()}.{part(b'0' * 64)}", "ES256")


@pytest.mark.parametrize(
    "kid",
    ["../../../dev/null", "/dev/null", "k1' or '1'='1", "k1\x00", "K1", "http://evil.example", "é"],
)
async def test_a_key_that_is_none_of_ours_is_only_looked_for(kid):
    await refuse(THIEF.token(USER, headers={"kid": kid}), "do not know")


@pytest.mark.parametrize("kid", [None, 1, ["k1"], {"k1": 1}, True])
async def test_the_name_of_a_key_is_a_word(kid):
    await refuse(f"{part(header(kid=kid))}.{body()}.{part(b'0' * 64)}")


@pytest.mark.parametrize(
    "changes",
    [
        {"jwk": THIEF.entry()},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/key.pem"},
        {"x5c": ["MIIB"]},
        {"jwk": THIEF.entry(), "kid": THIEF.kid},
    ],
    ids=["jwk", "jku", "x5u", "x5c", "jwk and kid"],
)
async def test_a_token_does_not_bring_its_own_key(changes):
    await refuse(THIEF.token(USER, headers={"kid": SIGNER.kid} | changes), "not signed by us")


@pytest.mark.parametrize("changes", [{"crit": ["exp"]}, {"crit": ["b64"], "b64": False}])
async def test_an_extension_that_we_do_not_know_is_not_passed_over(changes):
    await refuse(SIGNER.token(USER, headers=changes))


@pytest.mark.parametrize("typ", ["JWT", "rt+jwt", "at+jwt2", "", "application/jwt", 1, None])
async def test_a_token_for_something_else_is_no_access_token(typ):
    claims = json.loads(base64.urlsafe_b64decode(body() + "=="))

    await refuse(signed(header(typ=typ), claims), "type at")


@pytest.mark.parametrize(
    "exp",
    [
        '"99999999999"',
        "1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "99999999999999",
        "[]",
        "{}",
        "null",
    ],
)
async def test_a_time_that_is_none_is_refused(exp):
    claims = json.loads(base64.urlsafe_b64decode(body() + "=="))
    text = json.dumps(claims | {"exp": "EXP"}).replace('"EXP"', exp)

    await refuse(signed(header(), text.encode()))


@pytest.mark.parametrize(
    "claims", [b"", b"{", b"[]", b"null", b'"users"', b"\xff\xfe", b"[" * 3000, b"{}"]
)
async def test_a_body_that_is_no_set_of_claims_is_refused(claims):
    await refuse(signed(header(), claims))


@pytest.mark.parametrize("changes", [{"iss": ["https://turnout.app"]}, {"aud": "turnout2"}])
async def test_another_issuer_or_audience_is_refused(changes):
    claims = json.loads(base64.urlsafe_b64decode(body() + "=="))

    await refuse(signed(header(), claims | changes))


@pytest.mark.parametrize("token", ["a" * 2**20, "." * 2**20, f"{'e30.' * 2**18}"])
async def test_a_megabyte_is_not_even_looked_at(token):
    await refuse(token, "longer than")


async def test_a_signature_of_other_text_is_refused():
    head, claims, signature = SIGNER.token(USER).split(".")
    other = body(SIGNER.token(f"users/{uuid.uuid4()}"))

    for forged in (f"{head}.{other}.{signature}", f"{head}.{claims}.", f"{head}.{claims}"):
        await refuse(forged)
