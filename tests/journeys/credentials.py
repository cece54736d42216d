"""Credentials that ought to be refused, made with the real keys of a mesh where that is harder."""

from __future__ import annotations

import asyncio
import base64
import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import psycopg

from deploy.local.settings import Settings
from deploy.local.stores import stores
from services.auth import tokens
from services.kit import identity, links, migrate
from services.kit.secrets import derive
from tests.journeys.worlds import World


def bad(settings: Settings, world: World, signer: tokens.SigningKey) -> dict[str, tuple[str, str]]:
    """By what is wrong: a value of `authorization`, and the reason that it is refused with."""
    good = world.token.removeprefix("Bearer ")
    link = world.guest.edge.authorization.removeprefix("Link ")
    participant = world.guest.participant
    root = stores(settings).secret.encode()
    user, now = world.names["turnout.app/User"], datetime.now(UTC)
    forger = tokens.SigningKey(signer.id, tokens.new_key().private)
    service = identity.service_token(derive(root, "mesh"), "booking", now)
    past = now - timedelta(hours=1)
    invalid, key = identity.TokenInvalid.reason, derive(root, "links")
    return {
        "garbage": ("Bearer garbage", invalid),
        "nothing after the scheme": ("Bearer", invalid),
        "another scheme": ("Basic b2xnYTpvbGdh", invalid),
        "no scheme": (good, invalid),
        "too long": (f"Bearer {'x' * 9000}", invalid),
        "expired": (token(signer, user, -3600), identity.TokenExpired.reason),
        "of tomorrow": (token(signer, user, 3600, iat=10_800), invalid),
        "forged": (token(forger, user, 3600), invalid),
        "an unknown key": (token(tokens.new_key(), user, 3600), invalid),
        "for somebody else": (token(signer, user, 3600, aud="elsewhere"), invalid),
        "by somebody else": (token(signer, user, 3600, iss="https://example.org"), invalid),
        "for no user": (token(signer, world.organization, 3600), invalid),
        "without an end": (token(signer, user, 3600, exp=None), invalid),
        "not an access token": (token(signer, user, 3600, typ="JWT"), invalid),
        "no signature": (unsigned(good), invalid),
        "signed by the public key": (confused(signer, user), invalid),
        "changed": (f"Bearer {changed(good)}", invalid),
        "a refresh token": (f"Bearer {world.refresh_token}", invalid),
        "of a service, made up": ("Service booking.99999999999.AAAA", invalid),
        "of a service, genuine": (f"Service {service}", invalid),
        "of a service, in small letters": (f"service {service}", invalid),
        "a link as a token": (f"Bearer {link}", invalid),
        "a token as a link": (f"Link {good}", links.LinkInvalid.reason),
        "a link that was changed": (f"Link {link[:-2]}xx", links.LinkInvalid.reason),
        "a link by another key": (
            f"Link {links.sign(bytes(32), participant, 'participant', now + timedelta(days=1))}",
            links.LinkInvalid.reason,
        ),
        "a link that expired": (
            f"Link {links.sign(key, participant, 'participant', past)}",
            links.LinkExpired.reason,
        ),
        "a link for something else": (
            f"Link {links.sign(key, participant, 'ticket', now + timedelta(days=1))}",
            invalid,
        ),
    }


def service(settings: Settings, name: str) -> str:
    """What a service shows to others, and to nobody outside."""
    root = stores(settings).secret.encode()
    return f"Service {identity.service_token(derive(root, 'mesh'), name, datetime.now(UTC))}"


async def signer_of(settings: Settings) -> tokens.SigningKey:
    """The key that auth signs tokens with."""
    found = stores(settings)
    url = migrate.url(found.admin_url, database="turnout_auth", user="postgres")
    secret = derive(found.secret.encode(), "signing keys")

    def read() -> Any:
        with psycopg.connect(url) as connection:
            return connection.execute("select id, private from signing_keys").fetchone()

    id, sealed = await asyncio.to_thread(read)
    return tokens.opened_key(id, sealed, secret)


def token(
    signer: tokens.SigningKey, sub: str, seconds: float, *, typ: str = identity.TYPE, **other: Any
) -> str:
    claims = good(sub, seconds) | {key: value for key, value in other.items() if key != "iat"}
    claims["iat"] += other.get("iat", 0)
    kept = {key: value for key, value in claims.items() if value is not None}
    headers = {"typ": typ, "kid": signer.id}
    return f"Bearer {jwt.encode(kept, signer.private, identity.ALGORITHM, headers=headers)}"


def good(sub: str, seconds: float) -> dict[str, Any]:
    return {
        "iss": identity.ISSUER,
        "aud": identity.AUDIENCE,
        "sub": sub,
        "sid": str(uuid.uuid4()),
        "jti": str(uuid.uuid4()),
        "iat": int(time.time()) - 7200,
        "exp": int(time.time() + seconds),
    }


def unsigned(token: str) -> str:
    """The same claims under `alg: none`."""
    head, claims, _ = token.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    return f"Bearer {_part(header | {'alg': 'none'})}.{claims}."


def confused(signer: tokens.SigningKey, user: str) -> str:
    """Signed with the public key as if that were a secret, which once fooled many."""
    header = {"alg": "HS256", "typ": identity.TYPE, "kid": signer.id}
    said = f"{_part(header)}.{_part(good(user, 3600))}"
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = mac.sign(said.encode(), json.dumps(signer.jwk).encode())
    return f"Bearer {said}.{links.encode(signature)}"


def changed(token: str) -> str:
    """Another user, and the signature of the first."""
    head, claims, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return f"{head}.{_part(said | {'sub': f'users/{uuid.uuid4()}'})}.{signature}"


def _part(value: Any) -> str:
    return links.encode(json.dumps(value).encode())
