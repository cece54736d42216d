"""The codes on tickets: who has one was given it by us. Pure but for the ids it draws.

A code is `base64url(version, ticket id, mac)`: 44 characters that fit a small QR code and that
nobody makes up without the key. What the ticket is worth is looked up by its id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable

from services.booking.domain import Booking, Ticket
from services.kit.ids import new_id

VERSION = b"\x01"
MAC = 16  # bytes; one guess in 2**128

Issue = Callable[[Booking], tuple[Ticket, ...]]


def issuer(key: bytes) -> Issue:
    """A function that draws one ticket for each seat of a booking."""

    def issue(booking: Booking) -> tuple[Ticket, ...]:
        kinds = [item.ticket_type for item in booking.items for _ in range(item.quantity)]
        return tuple(Ticket(id, kind, sign(key, id)) for kind in kinds for id in (new_id(),))

    return issue


def sign(key: bytes, ticket: uuid.UUID) -> str:
    signed = VERSION + ticket.bytes
    return base64.urlsafe_b64encode(signed + _mac(key, signed)).rstrip(b"=").decode()


def read(key: bytes, code: str) -> uuid.UUID | None:
    """The ticket that a code is on, or None when it is not one of ours."""
    try:
        raw = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    signed, mac = raw[:-MAC], raw[-MAC:]
    if len(raw) != 1 + 16 + MAC or not hmac.compare_digest(mac, _mac(key, signed)):
        return None
    return uuid.UUID(bytes=signed[1:]) if signed[:1] == VERSION else None


def _mac(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, signed, hashlib.sha256)[:MAC]
