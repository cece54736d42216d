"""What one can book of an event: ticket types, their prices, and the pools they share. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.event.events.places import Flaw, Section, twice
from services.kit.money import Money

MOST_SEATS = 1_000_000
USUAL_ORDER = 10  # seats that an order takes at most, unless the organizer says
# Even nothing is an amount of some currency: this one, where nothing costs anything.
CURRENCY = "EUR"


@dataclass(frozen=True)
class Pool:
    """Seats that several ticket types have in common."""

    id: str
    display_name: str
    capacity: int


@dataclass(frozen=True)
class PriceStep:
    """A price until a time, or until so many seats are taken, or until the first of the two."""

    price: Money
    end_time: datetime | None
    # 0: however many.
    seats: int


@dataclass(frozen=True)
class TicketType:
    """A kind of ticket, as the organizer wrote it: None stands for what follows by itself."""

    id: str
    display_name: str
    price: Money | None
    capacity: int | None
    sale_start_time: datetime | None
    sale_end_time: datetime | None
    description: str = ""
    # The tax in the price, in hundredths of a percent.
    tax: int = 0
    # Empty: it has seats of its own.
    pool: str = ""
    # Seats that one person may have. 0: any number.
    per_person: int = 0
    # Seats in one order: 0 stands for what is usual.
    per_order: tuple[int, int] = (0, 0)
    hidden: bool = False
    price_steps: tuple[PriceStep, ...] = ()
    # Ids of the sections of the layout. Empty: no seat has a name.
    sections: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, int]:
        """How many seats one order takes, at least and at most."""
        least = self.per_order[0] or 1
        return least, self.per_order[1] or max(least, USUAL_ORDER)

    @property
    def prices(self) -> Iterator[Money]:
        yield from (step.price for step in self.price_steps)
        if self.price is not None:
            yield self.price


@dataclass(frozen=True)
class Sale:
    """All that is sold of an event, and until when."""

    types: tuple[TicketType, ...]
    pools: tuple[Pool, ...]
    sections: tuple[Section, ...]
    end: datetime


def flaws(sale: Sale) -> Iterator[Flaw]:
    """What is wrong with the ticket types and pools, by their paths within the event."""
    yield from twice("pools", (pool.id for pool in sale.pools))
    if not sale.types:
        yield "ticket_types", "must have at least one"
    yield from twice("ticket_types", (each.id for each in sale.types))
    for index, each in enumerate(sale.types):
        at = f"ticket_types[{index}]"
        for path, problem in _type_flaws(each, sale):
            yield f"{at}.{path}", problem
    yield from _shared_flaws(sale.types)


def _type_flaws(each: TicketType, sale: Sale) -> Iterator[Flaw]:
    if each.pool and each.pool not in {pool.id for pool in sale.pools}:
        yield "pool", f"must be a pool of the event, and {each.pool} is none"
        return
    missing = set(each.sections) - {section.id for section in sale.sections}
    if missing:
        yield "sections", f"must be sections of the layout, and {min(missing)} is none"
        return
    if len(set(each.sections)) < len(each.sections):
        yield "sections", "must name each section once"
    yield from _capacity_flaws(each, sale)
    yield from _price_flaws(each, currency_of(sale.types))
    yield from _window_flaws(each, sale.end)
    yield from _order_flaws(each)


def _capacity_flaws(each: TicketType, sale: Sale) -> Iterator[Flaw]:
    bounds = bounds_of(each, sale)
    if each.capacity is None and bounds:
        return
    if each.capacity is None or not 1 <= each.capacity <= MOST_SEATS:
        yield "capacity", f"must be from 1 to {MOST_SEATS}"
    elif bounds and each.capacity > min(bounds):
        yield "capacity", f"must be at most {min(bounds)}: its pool or sections have no more"


def _price_flaws(each: TicketType, currency: str | None) -> Iterator[Flaw]:
    if each.price is not None and each.price.currency != currency:
        yield "price.currency_code", f"must be {currency} like the others"
    ends, seats = None, 0
    for index, step in enumerate(each.price_steps):
        at = f"price_steps[{index}]"
        if step.price.currency != currency:
            yield f"{at}.price.currency_code", f"must be {currency} like the others"
        if step.end_time is None and not step.seats:
            yield f"{at}.end_time", "must be given, or the number of seats"
        if ends is not None and step.end_time is not None and step.end_time < ends:
            yield f"{at}.end_time", "must not be before that of the step above"
        if 0 < step.seats < seats:
            yield f"{at}.seats", "must not be fewer than in the step above"
        ends, seats = step.end_time or ends, step.seats or seats


def _window_flaws(each: TicketType, end: datetime) -> Iterator[Flaw]:
    opens, closes = each.sale_start_time, each.sale_end_time
    if opens is not None and opens >= end:
        yield "sale_start_time", "must be before the event ends"
    if opens is not None and closes is not None and closes <= opens:
        yield "sale_end_time", "must be after sale_start_time"


def _order_flaws(each: TicketType) -> Iterator[Flaw]:
    least, most = each.order
    if most < least:
        yield "max_per_order", f"must be at least min_per_order, {least}"
    if 0 < each.per_person < least:
        yield "max_per_person", f"must be at least min_per_order, {least}"


def _shared_flaws(types: Sequence[TicketType]) -> Iterator[Flaw]:
    """A section whose types count their seats apart from each other would be sold twice."""
    pools: dict[str, str] = {}
    for index, each in enumerate(types):
        for section in each.sections:
            if section not in pools:
                pools[section] = each.pool
            elif not each.pool or pools[section] != each.pool:
                problem = f"has {section} in common with another type, and no pool"
                yield f"ticket_types[{index}].sections", problem
                return


def shifted(types: Iterable[TicketType], by: timedelta) -> tuple[TicketType, ...]:
    """The types with their sale windows and steps of price moved by as much."""

    def later(time: datetime | None) -> datetime | None:
        return time and time + by

    return tuple(
        dataclasses.replace(
            each,
            sale_start_time=later(each.sale_start_time),
            sale_end_time=later(each.sale_end_time),
            price_steps=tuple(
                dataclasses.replace(step, end_time=later(step.end_time))
                for step in each.price_steps
            ),
        )
        for each in types
    )


def bounds_of(each: TicketType, sale: Sale) -> list[int]:
    """What the pool and the sections of a type hold, as far as it has such."""
    pools = [pool.capacity for pool in sale.pools if pool.id == each.pool]
    places = sum(section.places for section in sale.sections if section.id in each.sections)
    return pools + ([places] if each.sections else [])


def currency_of(types: Iterable[TicketType]) -> str | None:
    """The one currency of an event, or None if nobody pays anything."""
    return next((price.currency for each in types for price in each.prices), None)


def filled(sale: Sale, opens: datetime | None) -> tuple[TicketType, ...]:
    """The ticket types with what follows by itself: a sale begins at `opens`, unless it says.

    It never outlasts the event. A type without a price costs nothing in the currency of the
    others.
    """
    nothing = Money(currency_of(sale.types) or CURRENCY, 0)
    return tuple(
        dataclasses.replace(
            each,
            display_name=each.display_name or each.id,
            price=each.price or nothing,
            capacity=each.capacity or min(bounds_of(each, sale)),
            sale_start_time=each.sale_start_time or opens,
            sale_end_time=min(each.sale_end_time or sale.end, sale.end),
            per_order=each.order,
        )
        for each in sale.types
    )
