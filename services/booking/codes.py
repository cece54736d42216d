"""The codes on tickets: signed by us, and read by whoever has the published key.

A code is a JSON Web Signature (RFC 7515) by Ed25519 (RFC 8037), so that a scanner without a
network can tell a ticket from a forgery. It says which ticket of which event it is, and which
issue: of a ticket that was issued anew only the newest code opens the door, which the service
knows and a scanner alone does not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.booking.domain import Booking, Ticket
from services.kit.ids import new_id

ALGORITHM, TYPE = "EdDSA", "ticket"
FIRST = 1
LONGEST = 1024


@dataclass(frozen=True)
class Read:
    """What a code says, once its signature was found to be ours."""

    ticket: uuid.UUID
    event: uuid.UUID
    issue: int


class Signer:
    """Signs codes with a key that follows from a seed of 32 bytes, and reads them."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key()
        raw = self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._jwk = {"crv": "Ed25519", "kty": "OKP", "x": _encoded(raw)}
        # The thumbprint of RFC 7638, so that a key is known by what it is.
        canonical = json.dumps(self._jwk, separators=(",", ":"), sort_keys=True)
        self.kid = _encoded(hashlib.sha256(canonical.encode()).digest()[:9])
        self._headers = {"kid": self.kid, "typ": TYPE}

    def sign(self, ticket: uuid.UUID, event: uuid.UUID, kind: str, issue: int = FIRST) -> str:
        claims = {"sub": ticket.hex, "evt": event.hex, "typ": kind, "no": issue}
        payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
        return jwt.api_jws.encode(payload, self._key, ALGORITHM, headers=dict(self._headers))

    def read(self, code: str) -> Read | None:
        """What a code says, or None when it is none of ours."""
        if len(code) > LONGEST:
            return None
        try:
            payload = jwt.api_jws.decode(code, self._public, algorithms=[ALGORITHM])
            claims = json.loads(payload)
            return Read(uuid.UUID(claims["sub"]), uuid.UUID(claims["evt"]), int(claims["no"]))
        except (jwt.InvalidTokenError, ValueError, KeyError, TypeError):
            return None

    def keys(self) -> bytes:
        """The public key, as a JSON Web Key Set (RFC 7517)."""
        key: dict[str, Any] = {**self._jwk, "kid": self.kid, "use": "sig", "alg": ALGORITHM}
        return json.dumps({"keys": [key]}).encode()


Issue = Callable[[Booking], tuple[Ticket, ...]]


def issuer(signer: Signer) -> Issue:
    """A function that draws one ticket for each seat of a booking."""

    def issue(booking: Booking) -> tuple[Ticket, ...]:
        kinds = [item.ticket_type for item in booking.items for _ in range(item.quantity)]
        return tuple(
            Ticket(id, kind, signer.sign(id, booking.event.id, kind), booking.buyer)
            for kind in kinds
            for id in (new_id(),)
        )

    return issue


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
