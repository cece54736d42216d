"""Tokens: signed ones that everybody can check, and opaque ones that only we know.

An access token is a JSON Web Token by RFC 9068, signed with ES256. A refresh token is 256 bits
of chance, of which we keep the SHA-256: it needs no slow hash, for nobody can guess it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from services.kit.names import USERS
from services.kit.secrets import derive, open, seal

ISSUER = "https://turnout.app"
AUDIENCE = "turnout"
ALGORITHM = "ES256"
TYPE = "at+jwt"
LIFE = timedelta(minutes=15)
NOTHING: Mapping[str, Any] = {}
# What the token of an administrator says beside (turnout.access.v1.PlatformRole).
ADMINISTRATOR: Mapping[str, Any] = {
    "role": "ADMINISTRATOR",
    "permissions": ["READ", "WRITE", "ADMINISTRATORS"],
}


@dataclass(frozen=True)
class SigningKey:
    """A key that access tokens are signed with, under the name that its public half goes by."""

    id: str
    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def jwk(self) -> dict[str, str]:
        """The public half, as RFC 7517 writes it."""
        return {**_jwk(self.private), "kid": self.id, "use": "sig", "alg": ALGORITHM}

    def sealed(self, key: bytes) -> bytes:
        """The private half, of no use without `key`."""
        plain = self.private.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return seal(key, plain, self.id)

    def access_token(
        self, user: uuid.UUID, session: uuid.UUID, now: datetime, more: Mapping[str, Any] = NOTHING
    ) -> str:
        """A token of a session; `more` are claims beside those that every token has."""
        issued = int(now.timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": USERS.format(user),
            "sid": str(session),
            "jti": str(uuid.uuid4()),
            "iat": issued,
            "exp": issued + int(LIFE.total_seconds()),
            **more,
        }
        headers = {"typ": TYPE, "kid": self.id}
        return jwt.encode(claims, self.private, algorithm=ALGORITHM, headers=headers)


def claims_of(*, administrator: bool, second_factor: bool) -> dict[str, Any]:
    """What the token of a session says beside what every token says."""
    # How somebody proved who they are (RFC 8176).
    shown = {"amr": ["pwd", "otp"]} if second_factor else {}
    return {**shown, **(ADMINISTRATOR if administrator else {})}


def new_key() -> SigningKey:
    return _named(ec.generate_private_key(ec.SECP256R1()))


def opened_key(id: str, sealed: bytes, key: bytes) -> SigningKey:
    """Reads what `SigningKey.sealed` wrote. Raises Unreadable when `key` is another one."""
    private = serialization.load_der_private_key(open(key, sealed, id), password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return SigningKey(id, private)


def new_refresh_token() -> str:
    return secrets.token_urlsafe(32)


def digest(refresh_token: str) -> bytes:
    """What is kept of a refresh token."""
    return hashlib.sha256(refresh_token.encode()).digest()


def seal_successor(refresh_token: str, successor: str) -> bytes:
    """Hides a token so that only who has the one before it can read it; we cannot."""
    return seal(derive(refresh_token.encode(), "successor"), successor.encode())


def open_successor(refresh_token: str, sealed: bytes) -> str:
    return open(derive(refresh_token.encode(), "successor"), sealed).decode()


def _named(private: ec.EllipticCurvePrivateKey) -> SigningKey:
    """Names a key by the thumbprint of its public half (RFC 7638)."""
    canonical = json.dumps(_jwk(private), sort_keys=True, separators=(",", ":")).encode()
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=")
    return SigningKey(thumbprint.decode(), private)


def _jwk(private: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    """The members that make the key what it is, and no others: crv, kty, x, y."""
    return ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
