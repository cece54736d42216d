"""What figures are, and how they are read out of what was counted. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.event.events.domain import EVENTS
from services.kit.money import Money
from services.kit.names import ORGANIZATIONS, BadName, Singleton

EVENT_ANALYTICS = Singleton(EVENTS, "analytics")
WORD = "/analytics"

# News of arrivals may come late, so nobody is absent before that.
GRACE = timedelta(hours=1)
# The last so many days are shown.
MOST_DAYS = 400
# Where bands of lateness end and the next begin, in seconds.
EDGES = (-3600, -1800, -900, -300, 0, 300, 900, 1800, 3600)

# How much was counted of what: by measure and key.
Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Offer:
    """How many seats an announcement says that there are."""

    seats: int
    # By the id of the ticket type; types of one pool have theirs in common.
    capacities: Mapping[str, int]


@dataclass(frozen=True)
class Sale:
    """What one fact says of a booking. Times and days are None unless it is about them."""

    booking: uuid.UUID
    event: uuid.UUID
    # How many seats, by the id of the ticket type. Empty where the fact does not say.
    seats: Mapping[str, int] = field(default_factory=dict)
    hold_time: datetime | None = None
    confirm_time: datetime | None = None
    lapse_time: datetime | None = None
    cancel_time: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """Money that came or went back, as one fact says."""

    id: uuid.UUID
    booking: uuid.UUID
    # `captured` or `refunded`.
    kind: str
    amount: Money
    time: datetime


@dataclass(frozen=True)
class Delivery:
    """What one fact says of a message."""

    message: uuid.UUID
    event: uuid.UUID | None
    participant: uuid.UUID | None
    channel: str
    kind: str
    sent_time: datetime | None = None
    deliver_time: datetime | None = None
    read_time: datetime | None = None
    fail_time: datetime | None = None


@dataclass(frozen=True)
class Revenue:
    captured: Money
    refunded: Money

    @property
    def net(self) -> Money:
        return self.captured - self.refunded


@dataclass(frozen=True)
class Day:
    date: dt.date
    sold: int
    returned: int
    revenue: tuple[Revenue, ...]


@dataclass(frozen=True)
class Band:
    """How many were late by `start` seconds or more and by less than `end`; None: no bound."""

    start: int | None
    end: int | None
    arrived: int


@dataclass(frozen=True)
class Figures:
    """What was counted of one event, or of all events of an organization."""

    counts: Counts
    days: tuple[Day, ...]
    # Of one event: what was announced last.
    offer: Offer | None = None

    def of(self, measure: str, key: str = "") -> int:
        return self.counts.get(measure, {}).get(key, 0)

    def all(self, measure: str) -> int:
        return sum(self.counts.get(measure, {}).values())

    def keys(self, *measures: str) -> list[str]:
        """What was counted under any of these, in order."""
        return sorted({key for measure in measures for key in self.counts.get(measure, {})})

    def mean(self, measure: str, of: int) -> timedelta | None:
        return timedelta(seconds=self.all(measure) / of) if of else None


def organization(name: str) -> uuid.UUID:
    """The organization whose analytics these are."""
    if not name.endswith(WORD):
        raise BadName("name", "must look like organizations/{uuid}/analytics")
    return ORGANIZATIONS.parse(name.removesuffix(WORD))


def analytics_of(organization: uuid.UUID) -> str:
    return ORGANIZATIONS.format(organization) + WORD


def day(time: datetime, zone: dt.tzinfo) -> dt.date:
    """The day that a time is of where the event takes place."""
    return time.astimezone(zone).date()


def revenue(captured: Mapping[str, int], refunded: Mapping[str, int]) -> tuple[Revenue, ...]:
    """Amounts in minor units by currency."""
    return tuple(
        Revenue(Money(code, captured.get(code, 0)), Money(code, refunded.get(code, 0)))
        for code in sorted(captured.keys() | refunded.keys())
    )


def bands(late: Mapping[str, int]) -> list[Band]:
    """What was counted by the number of the band, from 0."""
    edges = (None, *EDGES, None)
    numbers = sorted((int(number), count) for number, count in late.items() if count)
    return [Band(edges[number], edges[number + 1], count) for number, count in numbers]


def days(counted: Iterable[tuple[str, str, int]]) -> tuple[Day, ...]:
    """Puts together what was counted by day: rows of measure, key and amount.

    The key is the day, and with money the currency after a space.
    """
    found: dict[dt.date, dict[str, dict[str, int]]] = {}
    for measure, key, amount in counted:
        date, _, rest = key.partition(" ")
        of = found.setdefault(dt.date.fromisoformat(date), {})
        of.setdefault(measure, {})[rest] = amount
    return tuple(_day(date, found[date]) for date in sorted(found))[-MOST_DAYS:]


def _day(date: dt.date, counts: Counts) -> Day:
    return Day(
        date=date,
        sold=counts.get("sold on", {}).get("", 0),
        returned=counts.get("returned on", {}).get("", 0),
        revenue=revenue(counts.get("captured on", {}), counts.get("refunded on", {})),
    )
