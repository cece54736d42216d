"""The codes on tickets: signed by us, and read by whoever has the published key.

A code is a JSON Web Signature (RFC 7515) by Ed25519 (RFC 8037), so that a scanner without a
network can tell a ticket from a forgery. It says which ticket of which event it is, and which
issue: of a ticket that was issued anew only the newest code opens the door, which the service
knows and a scanner alone does not. Most codes do not end; a fresh one is over in a minute, for
doors that take no others.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.booking.domain import Booking, Ticket
from services.kit.ids import new_id
from services.kit.seals import Seals

TYPE = "ticket"
FIRST = 1
# How long a fresh code opens the door, and how far the clock of a scanner may be behind.
LASTING, LEEWAY = timedelta(seconds=60), timedelta(seconds=30)


@dataclass(frozen=True)
class Read:
    """What a code says, once its signature was found to be ours."""

    ticket: uuid.UUID
    event: uuid.UUID
    issue: int
    # When it is over, if it ends at all.
    expire_time: datetime | None = None


class Signer:
    """Signs codes with a key that follows from a seed of 32 bytes, and reads them."""

    def __init__(self, seed: bytes) -> None:
        self._seals = Seals(seed, TYPE)
        self.kid = self._seals.kid

    def sign(self, ticket: uuid.UUID, event: uuid.UUID, kind: str, issue: int = FIRST) -> str:
        return self._seals.seal({"sub": ticket.hex, "evt": event.hex, "typ": kind, "no": issue})

    def refresh(
        self, ticket: uuid.UUID, event: uuid.UUID, kind: str, issue: int, now: datetime
    ) -> tuple[str, datetime]:
        """A code for the next moments, and when it is over."""
        end = (now + LASTING).replace(microsecond=0)
        said = {"sub": ticket.hex, "evt": event.hex, "typ": kind, "no": issue}
        return self._seals.seal({**said, "exp": int(end.timestamp())}), end

    def read(self, code: str) -> Read | None:
        """What a code says, or None when it is none of ours."""
        claims = self._seals.read(code)
        try:
            end = datetime.fromtimestamp(claims["exp"], UTC) if "exp" in claims else None
            return Read(uuid.UUID(claims["sub"]), uuid.UUID(claims["evt"]), int(claims["no"]), end)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def keys(self) -> bytes:
        """The public key, as a JSON Web Key Set (RFC 7517)."""
        return self._seals.keys()


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
