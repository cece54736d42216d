"""Access tokens for the tests, made the way auth makes them, and every way it does not."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from services.kit import identity

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Signer:
    """A key pair, and the tokens it signs."""

    def __init__(self, kid="k1"):
        self.kid = kid
        self.private = ec.generate_private_key(ec.SECP256R1())

    def entry(self):
        algorithm = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
        entry = json.loads(algorithm.to_jwk(self.private.public_key()))
        return entry | {"kid": self.kid, "use": "sig", "alg": "ES256"}

    def token(self, user=None, *, now=NOW, headers=None, key=None, algorithm="ES256", **claims):
        """A token that is good for 15 minutes; a claim of None is left out."""
        every = {
            "iss": identity.ISSUER,
            "aud": identity.AUDIENCE,
            "sub": user or f"users/{uuid.uuid4()}",
            "jti": str(uuid.uuid4()),
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=15)).timestamp()),
        } | claims
        return jwt.encode(
            {name: value for name, value in every.items() if value is not None},
            key or self.private,
            algorithm,
            headers={"kid": self.kid, "typ": "at+jwt"} | (headers or {}),
        )


def jwks(*signers):
    return json.dumps({"keys": [signer.entry() for signer in signers]}).encode()
