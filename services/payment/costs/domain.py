"""The rules of costs. Plain values in, plain values out: no clock, no chance, no I/O."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from services.kit.names import Name


@dataclass(frozen=True)
class Taken:
    """What was taken of a charge so far, in minor units of the currency that it is settled in."""

    currency: str
    # What the provider took for its work.
    processing: int = 0
    # What the platform kept, and what it gave back of that.
    application: int = 0
    returned: int = 0


@dataclass(frozen=True)
class Costs:
    """What a provider knows of a charge that is over."""

    # None: nothing, or not known yet.
    taken: Taken | None = None
    # What tells one card from another, however often it is shown. May be empty.
    card: str = ""
    # Whether more is to come.
    settled: bool = True
    # Where the card is from. May be empty.
    region: str = ""


@dataclass(frozen=True)
class Kept:
    """What was booked of the costs of a charge. Its id is that of the attempt."""

    name: Name
    payment: Name
    taken: Taken
    version: int = 1


def hear(before: Kept | None, attempt: uuid.UUID, payment: Name, taken: Taken) -> Kept | None:
    """What is to be kept of costs. None when that is no news."""
    if before is None:
        name = Name(payment.organization, attempt)
        return Kept(name, payment, taken) if taken != Taken(taken.currency) else None
    # A charge is settled once, in one currency.
    if taken == before.taken or taken.currency != before.taken.currency:
        return None
    return replace(before, taken=taken, version=before.version + 1)
