"""What is announced of an event, as far as money goes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.kit.names import Name
from services.payment.domain import Tier


@dataclass(frozen=True)
class Kind:
    """A kind of ticket: what it is called, and the tax in its price (hundredths of a percent)."""

    display_name: str
    tax: int


@dataclass(frozen=True)
class Gathering:
    name: Name
    display_name: str
    start_time: datetime
    # What goes back to who gives a seat back; None is everything.
    terms: tuple[Tier, ...] | None = None
    # By the ids of the ticket types.
    kinds: Mapping[str, Kind] = field(default_factory=dict)
