"""What we say of something for good: signed by us, and read by whoever has the published key.

A seal is a JSON Web Signature (RFC 7515) by Ed25519 (RFC 8037) over a piece of JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ALGORITHM = "EdDSA"
LONGEST = 1024


class Seals:
    """Makes and reads seals of one kind, by a key that follows from a seed of 32 bytes."""

    def __init__(self, seed: bytes, kind: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key()
        raw = self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._jwk = {"crv": "Ed25519", "kty": "OKP", "x": _encoded(raw)}
        # The thumbprint of RFC 7638, so that a key is known by what it is.
        canonical = json.dumps(self._jwk, separators=(",", ":"), sort_keys=True)
        self.kid = _encoded(hashlib.sha256(canonical.encode()).digest()[:9])
        self._headers = {"kid": self.kid, "typ": kind}

    def seal(self, claims: Mapping[str, Any]) -> str:
        """The same seal for the same claims."""
        payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
        return jwt.api_jws.encode(payload, self._key, ALGORITHM, headers=dict(self._headers))

    def read(self, sealed: str) -> Any:
        """What was sealed; None when it is none of ours."""
        if len(sealed) > LONGEST:
            return None
        try:
            return json.loads(jwt.api_jws.decode(sealed, self._public, algorithms=[ALGORITHM]))
        except (jwt.InvalidTokenError, ValueError):
            return None

    def keys(self) -> bytes:
        """The public key, as a JSON Web Key Set (RFC 7517)."""
        key: dict[str, Any] = {**self._jwk, "kid": self.kid, "use": "sig", "alg": ALGORITHM}
        return json.dumps({"keys": [key]}).encode()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
