"""What booking keeps. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, aggregate_order_by, insert

from services.booking.domain import (
    Announced,
    Attendee,
    Booking,
    Item,
    Move,
    Offer,
    Offers,
    PriceStep,
    Shift,
    State,
    Ticket,
)
from services.booking.tables import bookings, movements, offers, sellers, tickets
from services.kit.db import Statement, Tx, given, sql
from services.kit.money import Money
from services.kit.names import Name

TIME = TIMESTAMP(timezone=True)


def _adding(table: sa.Table, same: Sequence[str] = ()) -> Statement:
    """Inserts many rows of a table at once. Columns named by `same` are alike in all of them."""
    columns = [c for c in table.columns if not c.identity]
    several = given(
        **{c.name: _sent(c) for c in columns if c.name not in same},
    )
    alike = {name: sa.bindparam(name, type_=table.c[name].type) for name in same}
    values = [
        alike[c.name] if c.name in same else sa.cast(several.c[c.name], c.type) for c in columns
    ]
    added = insert(table).from_select([c.name for c in columns], sa.select(*values))
    return sql(added)


def _sent(column: sa.Column[Any]) -> Any:
    # An array of documents travels as an array of texts.
    return sa.Text if isinstance(column.type, JSONB) else column.type


def _columns(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return dict(zip(names, columns, strict=True))


# --- offers

_AT_EVENT = (
    offers.c.organization == sa.bindparam("organization"),
    offers.c.event == sa.bindparam("event"),
)
_OFFERS = sa.select(offers).where(*_AT_EVENT)
_READ_OFFERS = sql(_OFFERS.order_by(offers.c.position, offers.c.ticket_type))
_LOCK_OFFERS = sql(
    sa.select(offers)
    .where(
        offers.c.organization == sa.bindparam("organization"),
        offers.c.event == sa.any_(sa.bindparam("events", type_=ARRAY(sa.Uuid))),
    )
    .order_by(offers.c.event, offers.c.ticket_type)
    .with_for_update()
)

_told = given(
    ticket_type=sa.Text,
    position=sa.Integer,
    currency=sa.Text,
    price_minor=sa.BigInteger,
    capacity=sa.Integer,
    sale_start_time=TIME,
    sale_end_time=TIME,
    pool=sa.Text,
    per_person=sa.Integer,
    least=sa.Integer,
    most=sa.Integer,
    hidden=sa.Boolean,
    steps=sa.Text,
    sections=sa.Text,
)
_types = [sa.cast(_told.c[c.name], offers.c[c.name].type) for c in _told.c]
_announce = insert(offers).from_select(
    ["organization", "event", "ceiling", *(c.name for c in _told.c)],
    sa.select(
        sa.bindparam("organization", type_=sa.Uuid),
        sa.bindparam("event", type_=sa.Uuid),
        _told.c.capacity,
        *_types,
    ),
    include_defaults=False,
)
# A capacity below what is taken takes nothing from anybody; it stops the sale.
_ANNOUNCE = sql(
    _announce.on_conflict_do_update(
        index_elements=[offers.c.organization, offers.c.event, offers.c.ticket_type],
        set_={
            **{c.name: _announce.excluded[c.name] for c in _told.c if c.name != "ticket_type"},
            "ceiling": sa.func.greatest(_announce.excluded.capacity, offers.c.held + offers.c.sold),
            "listed": True,
        },
    )
)
_UNLIST = sql(
    sa.update(offers)
    .where(
        *_AT_EVENT,
        offers.c.ticket_type != sa.all_(sa.bindparam("ticket_types", type_=ARRAY(sa.Text))),
    )
    .values(listed=False)
)
_CALL_OFF = sql(sa.update(offers).where(*_AT_EVENT).values(cancelled=True))

_LIST = sql(
    insert(sellers)
    .values(event=sa.bindparam("event"), organization=sa.bindparam("organization"))
    .on_conflict_do_nothing()
)
_SELLER = sql(sa.select(sellers.c.organization).where(sellers.c.event == sa.bindparam("event")))

_steps = given(event=sa.Uuid, ticket_type=sa.Text, held=sa.Integer, sold=sa.Integer)
_held, _sold = offers.c.held + _steps.c.held, offers.c.sold + _steps.c.sold
_MOVE = sql(
    sa.update(offers)
    .where(
        offers.c.organization == sa.bindparam("organization"),
        offers.c.event == _steps.c.event,
        offers.c.ticket_type == _steps.c.ticket_type,
    )
    .values(
        held=_held,
        sold=_sold,
        ceiling=sa.case(
            (_steps.c.held + _steps.c.sold > 0, offers.c.ceiling),
            else_=sa.func.greatest(offers.c.capacity, _held + _sold),
        ),
    )
)


async def read_offers(tx: Tx, event: Name) -> Offers:
    """What an event has on sale, in the order of the event."""
    return _offers(await tx.all(_READ_OFFERS, **_at(event)))


async def lock_offers(tx: Tx, event: Name) -> Offers:
    """Reads what an event has on sale, and keeps every other writer away until the commit."""
    return (await lock_all_offers(tx, event.organization, [event.id])).get(event.id, {})


async def lock_all_offers(
    tx: Tx, organization: uuid.UUID, events: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Offers]:
    """`lock_offers` of many events at once, locked in one order. Those without any are left out."""
    rows = await tx.all(_LOCK_OFFERS, organization=organization, events=list(events))
    found: dict[uuid.UUID, dict[str, Offer]] = {}
    for row in rows:
        found.setdefault(row.event, {})[row.ticket_type] = _offer(row)
    return dict(found)


def line_of(event: uuid.UUID) -> str:
    """The topic of those who watch the waitlist of an event."""
    return f"line {event}"


def seats_of(event: uuid.UUID) -> str:
    """The topic of those who watch how many seats of an event are left."""
    return f"seats {event}"


async def seller(tx: Tx, event: uuid.UUID) -> uuid.UUID | None:
    """The organization that sells an event, whoever asks; None for one never announced."""
    row = await tx.maybe(_SELLER, event=event)
    return row.organization if row else None


async def announce(tx: Tx, event: Name, types: Sequence[Announced]) -> None:
    """Puts the types on sale as they are announced now."""
    # In the order in which everybody locks them.
    rows = [_announced(one) for one in sorted(types, key=lambda one: one.ticket_type)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    names = [c.name for c in _told.c]
    await tx.run(_ANNOUNCE, **_at(event), **dict(zip(names, columns, strict=True)))
    await tx.run(_LIST, **_at(event))
    tx.stir(seats_of(event.id))


async def unlist(tx: Tx, event: Name, keep: Sequence[Announced]) -> None:
    """Takes the types off sale that the event has no more."""
    await tx.run(_UNLIST, **_at(event), ticket_types=[one.ticket_type for one in keep])
    tx.stir(seats_of(event.id))


async def call_off(tx: Tx, event: Name) -> None:
    """Ends the sale of an event for good."""
    await tx.run(_CALL_OFF, **_at(event))
    tx.stir(seats_of(event.id))


def move(tx: Tx, organization: uuid.UUID, shifts: Sequence[Shift]) -> None:
    """Moves seats, with the commit. The table refuses to sell or hold one that is not there."""
    rows = [(one.event, one.ticket_type, one.held, one.sold) for one in shifts]
    names = ("event", "ticket_type", "held", "sold")
    tx.write(_MOVE, organization=organization, **_columns(names, rows))
    for one in shifts:
        tx.stir(seats_of(one.event))
        tx.stir(line_of(one.event))


_SAME_MOVE = ("organization", "create_time")
_ADD_MOVEMENTS = _adding(movements, _SAME_MOVE)
_MOVED = ("event", "booking", "ticket_type", "held", "sold")


def record(tx: Tx, organization: uuid.UUID, steps: Sequence[Move], now: datetime) -> None:
    """Writes into the ledger which seats moved, with the commit."""
    rows = [(one.event, one.booking, one.ticket_type, one.held, one.sold) for one in steps]
    alike = {"organization": organization, "create_time": now}
    tx.write(_ADD_MOVEMENTS, **alike, **_columns(_MOVED, rows))


def _at(event: Name) -> dict[str, uuid.UUID]:
    return {"organization": event.organization, "event": event.id}


def _announced(one: Announced) -> tuple[Any, ...]:
    return (
        one.ticket_type,
        one.position,
        one.price.currency,
        one.price.minor,
        one.capacity,
        one.sale_start,
        one.sale_end,
        one.pool,
        one.per_person,
        one.least,
        one.most,
        one.hidden,
        _document([_step(step) for step in one.steps]),
        _document(one.sections),
    )


def _step(step: PriceStep) -> tuple[int, float | None, int]:
    return step.price.minor, step.end.timestamp() if step.end else None, step.seats


def _offers(rows: Iterable[Any]) -> Offers:
    return {row.ticket_type: _offer(row) for row in rows}


def _offer(row: Any) -> Offer:
    return Offer(
        Announced(
            ticket_type=row.ticket_type,
            position=row.position,
            price=Money(row.currency, row.price_minor),
            capacity=row.capacity,
            sale_start=row.sale_start_time,
            sale_end=row.sale_end_time,
            pool=row.pool,
            per_person=row.per_person,
            least=row.least,
            most=row.most,
            hidden=row.hidden,
            steps=tuple(_price_step(row.currency, *step) for step in row.steps),
            sections=tuple(row.sections),
        ),
        held=row.held,
        sold=row.sold,
        listed=row.listed,
        cancelled=row.cancelled,
        waiting=row.waiting,
        guarded=row.guarded,
        room_load=row.room_load,
    )


def _price_step(currency: str, minor: int, end: float | None, seats: int) -> PriceStep:
    ends = datetime.fromtimestamp(end, UTC) if end is not None else None
    return PriceStep(Money(currency, minor), ends, seats)


# --- bookings

_ADD_BOOKINGS = _adding(bookings, ("organization",))
_ISSUED = (
    "id",
    "booking",
    "ticket_type",
    "position",
    "code",
    "event",
    "holder",
    "update_time",
    "seat",
)
_issued = given(**{name: tickets.c[name].type for name in _ISSUED})
_ADD_TICKETS = sql(
    insert(tickets).from_select(
        ["organization", *_ISSUED],
        sa.select(sa.bindparam("organization", type_=sa.Uuid), *_issued.c),
        include_defaults=False,
    )
)

_tickets = (
    sa.select(
        sa.func.jsonb_agg(
            aggregate_order_by(
                sa.func.jsonb_build_array(
                    tickets.c.id,
                    tickets.c.ticket_type,
                    tickets.c.code,
                    tickets.c.holder,
                    tickets.c.seat,
                ),
                tickets.c.position,
            )
        )
    )
    .where(
        tickets.c.organization == bookings.c.organization,
        tickets.c.booking == bookings.c.id,
        tickets.c.state == "valid",
    )
    .scalar_subquery()
)
_BOOKINGS = sa.select(bookings, _tickets.label("tickets"))
_NAMED = (
    bookings.c.organization == sa.bindparam("organization"),
    bookings.c.id == sa.bindparam("id"),
)
# The rows that somebody may see: the own ones, or all if nobody is named.
_own = sa.bindparam("own", type_=sa.Text)
_VISIBLE = sa.or_(_own.is_(None), bookings.c.buyer == _own)
_READ = sql(_BOOKINGS.where(*_NAMED, _VISIBLE))
# Apart from reading: a statement that waited for a lock sees the row as it is now, and the
# rows of other tables as they were before.
_LOCK = sql(sa.select(bookings.c.id).where(*_NAMED).with_for_update())

_event = sa.bindparam("event", type_=sa.Uuid)


def _page(*where: Any) -> Statement:
    return sql(
        _BOOKINGS.where(
            bookings.c.organization == sa.bindparam("organization"),
            sa.or_(_event.is_(None), bookings.c.event == _event),
            bookings.c.id > sa.bindparam("after", type_=sa.Uuid),
            *where,
        )
        .order_by(bookings.c.id)
        .limit(sa.bindparam("size", type_=sa.Integer))
    )


# Two statements, for they take different indexes.
_PAGE = _page()
_OWN_PAGE = _page(bookings.c.buyer == sa.bindparam("own"))
_MINE = sql(
    _BOOKINGS.where(
        bookings.c.buyer == sa.bindparam("buyer"),
        bookings.c.id > sa.bindparam("after", type_=sa.Uuid),
    )
    .order_by(bookings.c.id)
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_NAMING = sql(
    sa.select(bookings.c.organization, bookings.c.id).where(
        bookings.c.buyer == sa.bindparam("buyer"), bookings.c.attendees != sa.text("'[]'::jsonb")
    )
)
_FORGET_NAMES = sql(
    sa.update(bookings)
    .where(bookings.c.organization == sa.bindparam("of"), bookings.c.id == sa.bindparam("booking"))
    .values(attendees=sa.text("'[]'::jsonb"), version=bookings.c.version + 1)
)
_AT = (
    bookings.c.organization == sa.bindparam("organization"),
    bookings.c.event == sa.bindparam("event"),
    bookings.c.state == sa.any_(sa.literal(["held", "confirmed"], ARRAY(sa.Text))),
)
_of_type = (
    sa.func.jsonb_array_elements(bookings.c["items"])
    .table_valued(sa.column("value", JSONB), name="one")
    .lateral()
)
_NEWEST = sql(
    _BOOKINGS.where(
        *_AT,
        sa.exists(
            sa.select(sa.literal_column("1"))
            .select_from(_of_type)
            .where(
                _of_type.c.value.op("->>")(0)
                == sa.any_(sa.bindparam("ticket_types", type_=ARRAY(sa.Text)))
            )
        ),
    )
    .order_by(bookings.c.id.desc())
    .limit(sa.bindparam("size", type_=sa.Integer))
)
_LOCK_ACTIVE = sql(
    sa.select(bookings.c.id)
    .where(*_AT, _VISIBLE)
    .order_by(bookings.c.id)
    .limit(sa.bindparam("size", type_=sa.Integer))
    .with_for_update()
)
_HELD = (
    bookings.c.organization == sa.bindparam("organization"),
    bookings.c.event == sa.bindparam("event"),
    bookings.c.state == sa.literal_column("'held'"),
)
# Those that somebody is paying for or cancelling right now are left to the next time.
_LOCK_OVER = sql(
    _BOOKINGS.where(*_HELD, bookings.c.expire_time <= sa.bindparam("now", type_=TIME))
    .order_by(bookings.c.expire_time)
    .limit(sa.bindparam("size", type_=sa.Integer))
    .with_for_update(of=bookings, skip_locked=True)
)
_NEXT_END = sql(sa.select(sa.func.min(bookings.c.expire_time).label("time")).where(*_HELD))
_MANY = sql(
    _BOOKINGS.where(
        bookings.c.organization == sa.bindparam("organization"),
        bookings.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))),
    ).order_by(bookings.c.id)
)

_asked = given(event=sa.Uuid, buyer=sa.Text)
_item = sa.func.jsonb_array_elements(bookings.c["items"]).table_valued(
    sa.column("value", JSONB), name="item"
)
_seats = sa.cast(_item.c.value.op("->>")(1), sa.Integer)
_HAD = sql(
    sa.select(
        bookings.c.event,
        bookings.c.buyer,
        _item.c.value.op("->>")(0).label("ticket_type"),
        sa.func.sum(_seats).label("seats"),
    )
    .select_from(bookings.join(_item, sa.true()))
    .where(
        bookings.c.organization == sa.bindparam("organization"),
        bookings.c.state == sa.any_(sa.literal(["held", "confirmed"], ARRAY(sa.Text))),
        sa.tuple_(bookings.c.event, bookings.c.buyer).in_(
            sa.select(_asked.c.event, _asked.c.buyer)
        ),
    )
    .group_by(bookings.c.event, bookings.c.buyer, sa.text("ticket_type"))
)

_changes = given(
    id=sa.Uuid,
    state=sa.Text,
    payment=sa.Uuid,
    expire_time=TIME,
    update_time=TIME,
    version=sa.Integer,
    total_minor=sa.BigInteger,
    discount_minor=sa.BigInteger,
    items=sa.Text,
    attendees=sa.Text,
    extended=sa.Boolean,
    disputed=sa.Boolean,
)
_SAVE = sql(
    sa.update(bookings)
    .where(
        bookings.c.organization == sa.bindparam("organization"),
        # Both: whatever the planner thinks of the join, it looks at no other rows.
        bookings.c.id == sa.any_(sa.bindparam("id", type_=ARRAY(sa.Uuid))),
        bookings.c.id == _changes.c.id,
        bookings.c.version == _changes.c.version - 1,
    )
    .values({c.name: sa.cast(c, bookings.c[c.name].type) for c in _changes.c if c.name != "id"})
)


async def had(
    tx: Tx, organization: uuid.UUID, asked: Iterable[tuple[uuid.UUID, str]]
) -> list[tuple[uuid.UUID, str, str, int]]:
    """How many seats of each type buyers have of events: event, buyer, type, seats."""
    columns = _columns(("event", "buyer"), list(asked))
    rows = await tx.all(_HAD, organization=organization, **columns)
    return [(row.event, row.buyer, row.ticket_type, row.seats) for row in rows]


def add(tx: Tx, organization: uuid.UUID, made: Sequence[Booking]) -> None:
    """Writes down new bookings of an organization, with the commit."""
    columns = _columns(_MADE, [_row(booking) for booking in made])
    tx.write(_ADD_BOOKINGS, organization=organization, **columns)


def add_tickets(tx: Tx, organization: uuid.UUID, made: Sequence[Booking]) -> None:
    """Writes down the tickets of bookings, with the commit."""
    rows = [
        (
            ticket.id,
            booking.name.id,
            ticket.ticket_type,
            position,
            ticket.code,
            booking.event.id,
            ticket.holder,
            booking.update_time,
            ticket.seat,
        )
        for booking in made
        for position, ticket in enumerate(booking.tickets)
    ]
    tx.write(_ADD_TICKETS, organization=organization, **_columns(_ISSUED, rows))


async def read(tx: Tx, name: Name, *, own: str | None = None) -> Booking | None:
    """A booking, if it is there and belongs to `own`, or to whomever if that is None."""
    row = await tx.maybe(_READ, organization=name.organization, id=name.id, own=own)
    return _booking(row) if row else None


async def lock(tx: Tx, name: Name) -> None:
    """Keeps every other writer away from a booking until the commit."""
    await tx.run(_LOCK, organization=name.organization, id=name.id)


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: uuid.UUID | None,
    own: str | None,
    after: uuid.UUID,
    size: int,
) -> list[Booking]:
    """Bookings by their ids, which is oldest first."""
    where = {"organization": organization, "event": event, "after": after, "size": size}
    if own is None:
        rows = await tx.all(_PAGE, **where)
    else:
        rows = await tx.all(_OWN_PAGE, own=own, **where)
    return [_booking(row) for row in rows]


async def page_of(tx: Tx, buyer: str, *, after: uuid.UUID, size: int) -> list[Booking]:
    """Bookings of the caller, whoever sells: a policy shows everybody their own."""
    return [_booking(row) for row in await tx.all(_MINE, buyer=buyer, after=after, size=size)]


async def naming(tx: Tx, buyer: str) -> list[Name]:
    """The bookings of the caller that say who comes, whoever sells."""
    return [Name(row.organization, row.id) for row in await tx.all(_NAMING, buyer=buyer)]


async def forget_names(tx: Tx, name: Name) -> None:
    """Keeps the booking, and nothing of what those are called who come by it."""
    await tx.run(_FORGET_NAMES, of=name.organization, booking=name.id)


async def newest(tx: Tx, event: Name, ticket_types: Sequence[str], *, size: int) -> list[Booking]:
    """The bookings that have seats of those types, the last one first."""
    where = {**_at(event), "ticket_types": list(ticket_types), "size": size}
    return [_booking(row) for row in await tx.all(_NEWEST, **where)]


async def lock_active(tx: Tx, event: Name, *, own: str | None, size: int) -> list[uuid.UUID]:
    """Up to `size` bookings that have seats of an event, kept from every other writer."""
    rows = await tx.all(_LOCK_ACTIVE, **_at(event), own=own, size=size)
    return [row.id for row in rows]


# A plan that was made for few rows, and kept, looks at all pairs of many.
_PLAN_ANEW = sql(
    sa.select(sa.func.set_config("plan_cache_mode", "force_custom_plan", sa.true()).label("mode"))
)


async def plan_anew(tx: Tx) -> None:
    """Has statements of this transaction planned for as many rows as they are given."""
    await tx.run(_PLAN_ANEW)


async def lock_over(tx: Tx, event: Name, now: datetime, size: int) -> list[Booking]:
    """Up to `size` holds of an event whose time is over, kept from every other writer."""
    return [_booking(row) for row in await tx.all(_LOCK_OVER, **_at(event), now=now, size=size)]


async def next_end(tx: Tx, event: Name) -> datetime | None:
    """When the next hold of an event ends; None without any."""
    found: datetime | None = (await tx.one(_NEXT_END, **_at(event))).time
    return found


_MOVE_BOOKINGS = sql(
    sa.update(bookings)
    .where(
        bookings.c.organization == sa.bindparam("organization"),
        bookings.c.event == sa.bindparam("event"),
        bookings.c.buyer == sa.bindparam("duplicate"),
    )
    .values(buyer=sa.bindparam("into"), version=bookings.c.version + 1)
)


async def move_bookings(tx: Tx, event: Name, *, buyer: str, duplicate: str) -> None:
    """Makes the bookings of one buyer those of another."""
    await tx.run(_MOVE_BOOKINGS, **_at(event), into=buyer, duplicate=duplicate)


async def several(tx: Tx, organization: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[Booking]:
    rows = await tx.all(_MANY, organization=organization, ids=list(ids))
    return [_booking(row) for row in rows]


async def save(tx: Tx, changed: Sequence[Booking]) -> int:
    """Writes what may change of bookings of one organization; says how many were as expected."""
    return await tx.run(
        _SAVE,
        organization=changed[0].name.organization,
        id=[booking.name.id for booking in changed],
        state=[booking.state.value for booking in changed],
        payment=[booking.payment for booking in changed],
        expire_time=[booking.expire_time for booking in changed],
        update_time=[booking.update_time for booking in changed],
        version=[booking.version for booking in changed],
        total_minor=[booking.total.minor for booking in changed],
        discount_minor=[booking.discount.minor if booking.discount else 0 for booking in changed],
        items=[_items(booking) for booking in changed],
        attendees=[_attendees(booking) for booking in changed],
        extended=[booking.extended for booking in changed],
        disputed=[booking.disputed for booking in changed],
    )


_MADE = tuple(c.name for c in bookings.columns if c.name != "organization")
_document = json.JSONEncoder(separators=(",", ":")).encode


def _row(booking: Booking) -> tuple[Any, ...]:
    """The columns of `_MADE`."""
    return (
        booking.name.id,
        booking.event.id,
        booking.buyer,
        booking.state.value,
        booking.total.currency,
        booking.total.minor,
        booking.payment,
        booking.expire_time,
        booking.create_time,
        booking.update_time,
        booking.version,
        _items(booking),
        booking.promo,
        booking.promo_code,
        booking.discount.minor if booking.discount else 0,
        _attendees(booking),
        booking.extended,
        booking.disputed,
    )


def _items(booking: Booking) -> str:
    return _document(
        [
            (item.ticket_type, item.quantity, item.price.minor if item.price else 0, item.seats)
            for item in booking.items
        ]
    )


def _attendees(booking: Booking) -> str:
    if not booking.attendees:
        return "[]"
    return _document([(one.display_name, one.ticket_type) for one in booking.attendees])


def _booking(row: Any) -> Booking:
    return Booking(
        name=Name(row.organization, row.id),
        event=Name(row.organization, row.event),
        buyer=row.buyer,
        items=tuple(
            Item(kind, quantity, tuple(seats), Money(row.currency, price))
            for kind, quantity, price, seats in row.items
        ),
        state=State(row.state),
        total=Money(row.currency, row.total_minor),
        create_time=row.create_time,
        update_time=row.update_time,
        expire_time=row.expire_time,
        tickets=tuple(Ticket(uuid.UUID(id), *rest) for id, *rest in row.tickets or ()),
        payment=row.payment,
        version=row.version,
        attendees=tuple(Attendee(*one) for one in row.attendees),
        promo=row.promo,
        promo_code=row.promo_code,
        discount=Money(row.currency, row.discount_minor) if row.promo else None,
        extended=row.extended,
        disputed=row.disputed,
    )
