"""What is kept of events: one statement for each table, inside the caller's transaction."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import uuid
import zoneinfo
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
import tzdata  # type: ignore[import-untyped]
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from services.event.events.domain import (
    EVENTS,
    LONGEST,
    PUBLIC,
    Event,
    EventNotFound,
    Mode,
    Plan,
    Span,
    State,
    Wanted,
    city_key,
)
from services.event.events.places import RADIUS, Room, Row, Seat, Section, Venue
from services.event.events.terms import Tier
from services.event.events.tickets import Pool, PriceStep, TicketType
from services.event.search import store as listings
from services.event.tables import events, owners, seats, series, ticket_types
from services.kit.db import Statement, Tx, sql
from services.kit.etags import StaleEtag
from services.kit.money import Money
from services.kit.names import Name

KEY = ("organization", "id", "create_time")
NOWHERE = Venue("", "", "", 0, 0, RADIUS)
# No clock is further from UTC.
WIDEST = datetime.timedelta(hours=15)


def _given(table: sa.Table, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """A parameter for each column, those too that have a default for who does not know them."""
    return {c.name: sa.bindparam(c.name, type_=c.type) for c in table.c if c.name not in but}


_THIS = (
    events.c.organization == sa.bindparam("organization"),
    events.c.id == sa.bindparam("id"),
)
# A layout is long, and who reads many events, or asks when one is, has no use for it.
_LEAN = sa.select(
    *(c for c in events.c if c.name != "layout"),
    sa.literal_column("'[]'::jsonb", JSONB).label("layout"),
)
_FIND = sql(_LEAN.where(*_THIS))
_READ = sql(sa.select(events).where(*_THIS))
_LOCK = sql(sa.select(events).where(*_THIS).with_for_update())
_AHEAD = sql(
    sa.select(events.c.organization, events.c.id)
    .where(
        events.c.organization == sa.bindparam("organization"),
        events.c.state == State.PUBLISHED.value,
        events.c.end_time > sa.bindparam("at"),
    )
    .order_by(events.c.id)
)
_ADD = sql(sa.insert(events).values(_given(events)))
_SAVE = sql(
    sa.update(events)
    .where(*_THIS, events.c.version == sa.bindparam("seen"))
    .values(_given(events, but=KEY))
)
_ADD_TYPES = sql(sa.insert(ticket_types).values(_given(ticket_types)))
_DROP_TYPES = sql(
    sa.delete(ticket_types).where(
        ticket_types.c.organization == sa.bindparam("organization"),
        ticket_types.c.event == sa.bindparam("event"),
    )
)
_named = (
    sa.func.unnest(
        sa.bindparam("organizations", type_=ARRAY(sa.Uuid)),
        sa.bindparam("ids", type_=ARRAY(sa.Uuid)),
    )
    .table_valued(sa.column("organization", sa.Uuid), sa.column("id", sa.Uuid), name="named")
    .render_derived()
)
_TYPES = sql(
    sa.select(ticket_types)
    .join(
        _named,
        sa.and_(
            ticket_types.c.organization == _named.c.organization,
            ticket_types.c.event == _named.c.id,
        ),
    )
    .order_by(ticket_types.c.organization, ticket_types.c.event, ticket_types.c.position)
)
_SEVERAL = sql(
    _LEAN.join(
        _named,
        sa.and_(events.c.organization == _named.c.organization, events.c.id == _named.c.id),
    )
)


_REMOVE = sql(sa.delete(events).where(*_THIS))
_ADD_OWNER = sql(sa.insert(owners).values(_given(owners)))
_DROP_OWNER = sql(sa.delete(owners).where(owners.c.event == sa.bindparam("event")))
_OWNER = sql(sa.select(owners.c.organization).where(owners.c.event == sa.bindparam("event")))
_day_skipped = sa.bindparam("day", type_=sa.Text)
_SKIP_DAY = sql(
    sa.update(series)
    .where(
        series.c.organization == sa.bindparam("organization"),
        series.c.id == sa.bindparam("id"),
        _day_skipped != sa.all_(series.c.skipped),
    )
    .values(
        skipped=sa.func.array_append(series.c.skipped, _day_skipped),
        version=series.c.version + sa.literal_column("1"),
    )
)
_version = sa.bindparam("tzdata", type_=sa.Text)
_OUTDATED = sql(
    sa.select(owners.c.organization, owners.c.event)
    .where(owners.c.tzdata != _version)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_UPDATED = sql(
    sa.update(owners).where(owners.c.event == sa.bindparam("event")).values(tzdata=_version)
)
_INSTANTS = sql(sa.select(events.c.start_time, events.c.end_time).where(*_THIS))
_AT = (
    seats.c.organization == sa.bindparam("organization"),
    seats.c.event == sa.bindparam("event"),
)
_keep_seats = insert(seats).values(_given(seats))
_KEEP_SEATS = sql(
    _keep_seats.on_conflict_do_update(
        index_elements=[seats.c.organization, seats.c.event, seats.c.booking],
        set_={"buyer": _keep_seats.excluded.buyer, "has": _keep_seats.excluded.has},
    )
)
_DROP_SEATS = sql(sa.delete(seats).where(*_AT, seats.c.booking == sa.bindparam("booking")))
_COUNT_SEATS = sql(sa.select(sa.func.count().label("bookings")).select_from(seats).where(*_AT))
_HAS_SEAT = sql(
    sa.select(seats.c.booking)
    .where(*_AT, seats.c.buyer == sa.bindparam("buyer"), seats.c.has)
    .limit(sa.literal_column("1"))
)


async def find(tx: Tx, name: Name) -> Event:
    """An event, but for the layout of its venue."""
    return await _one(tx, _FIND, name)


async def read(tx: Tx, name: Name) -> Event:
    return await _one(tx, _READ, name)


async def ahead(tx: Tx, organization: uuid.UUID, now: datetime.datetime) -> list[Name]:
    """The published events of an organization that have not ended, in one order for everybody."""
    rows = await tx.all(_AHEAD, organization=organization, at=now)
    return [Name(row.organization, row.id) for row in rows]


async def several(tx: Tx, names: Sequence[Name]) -> list[Event]:
    """Those of the events that the caller may see, in no order, without layouts."""
    rows = await tx.all(
        _SEVERAL,
        organizations=[name.organization for name in names],
        ids=[name.id for name in names],
    )
    return await _with_types(tx, rows)


async def lock_event(tx: Tx, name: Name) -> Event:
    """Reads an event and keeps every other writer away from it until the commit."""
    return await _one(tx, _LOCK, name)


async def add(tx: Tx, event: Event) -> None:
    await tx.run(_ADD, **_values(event))
    owner = {"event": event.name.id, "organization": event.name.organization}
    await tx.run(_ADD_OWNER, **owner, tzdata=tzdata.IANA_VERSION)
    await tx.many(_ADD_TYPES, _type_rows(event))
    listings.keep(tx, event.name.organization, [event.name.id])


async def save(tx: Tx, event: Event, *, seen: int | None, types: bool = False) -> Event:
    """Writes the next version over the one that was seen, if it is still the latest."""
    last = event.version if seen is None else seen
    saved = dataclasses.replace(event, version=last + 1)
    values = {k: v for k, v in _values(saved).items() if k != "create_time"}
    if not await tx.run(_SAVE, **values, seen=last):
        raise StaleEtag(EVENTS.format(event.name))
    if types:
        await tx.run(_DROP_TYPES, organization=event.name.organization, event=event.name.id)
        await tx.many(_ADD_TYPES, _type_rows(event))
    listings.keep(tx, event.name.organization, [event.name.id])
    return saved


async def remove(tx: Tx, name: Name) -> None:
    """Ends an event with all that hangs on it."""
    await tx.run(_REMOVE, organization=name.organization, id=name.id)
    await tx.run(_DROP_OWNER, event=name.id)


async def skip_day(tx: Tx, event: Event) -> None:
    """Has the series of an event leave out its day."""
    assert event.original is not None
    day = event.original.date().isoformat()
    await tx.run(_SKIP_DAY, organization=event.name.organization, id=event.series, day=day)


async def owner(tx: Tx, event: uuid.UUID) -> uuid.UUID | None:
    """The organization that an event belongs to, whoever asks."""
    row = await tx.maybe(_OWNER, event=event)
    return row.organization if row else None


async def outdated(tx: Tx, most: int) -> list[Name]:
    """Events, whosesoever, that were last looked at with another release of tzdata."""
    rows = await tx.all(_OUTDATED, tzdata=tzdata.IANA_VERSION, most=most)
    return [Name(row.organization, row.event) for row in rows]


async def updated(tx: Tx, name: Name) -> None:
    """Takes down that an event was looked at with the release of tzdata that we have."""
    await tx.run(_UPDATED, event=name.id, tzdata=tzdata.IANA_VERSION)


async def instants(tx: Tx, name: Name) -> tuple[datetime.datetime, datetime.datetime]:
    """When an event begins and ends, as was reckoned when it was written."""
    row = await tx.one(_INSTANTS, organization=name.organization, id=name.id)
    return row.start_time, row.end_time


async def keep_seats(tx: Tx, event: Name, booking: uuid.UUID, buyer: str, *, has: bool) -> None:
    at = {"organization": event.organization, "event": event.id}
    await tx.run(_KEEP_SEATS, **at, booking=booking, buyer=buyer, has=has)


async def drop_seats(tx: Tx, event: Name, booking: uuid.UUID) -> None:
    at = {"organization": event.organization, "event": event.id}
    await tx.run(_DROP_SEATS, **at, booking=booking)


async def bookings_of(tx: Tx, event: Name) -> int:
    """How many bookings hold or have seats of an event."""
    row = await tx.one(_COUNT_SEATS, organization=event.organization, event=event.id)
    return int(row.bookings)


async def has_seat(tx: Tx, event: Name, who: str) -> bool:
    at = {"organization": event.organization, "event": event.id}
    return await tx.maybe(_HAS_SEAT, **at, buyer=who) is not None


async def page(tx: Tx, wanted: Wanted, *, after: tuple[Any, ...] | None, most: int) -> list[Event]:
    """The next `most` events by their start, without the layouts of their venues."""
    given = {
        "organization": wanted.organization,
        "city": None if wanted.city is None else city_key(wanted.city),
        "end_after": wanted.end_after,
        "start_after": wanted.end_after and wanted.end_after - LONGEST,
        "category": wanted.category,
        "tag": wanted.tag,
        "state": wanted.state and wanted.state.value,
        "series": wanted.series,
        "start": after[0] if after else None,
        "last": after[1] if after else None,
    }
    if wanted.date is not None:
        given |= _day(wanted.date)
    present = {name: value for name, value in given.items() if value is not None}
    statement = _page(wanted.public, wanted.periodic, frozenset(present))
    return await _with_types(tx, await tx.all(statement, **present, most=most))


def _day(date: datetime.date) -> dict[str, Any]:
    """A day by the clock of whatever place, and the instants between which it lies."""
    midnight = datetime.datetime.combine(date, datetime.time())
    morrow = midnight + datetime.timedelta(days=1)
    earliest, latest = (time.replace(tzinfo=datetime.UTC) for time in (midnight, morrow))
    return {
        "day": midnight,
        "morrow": morrow,
        "earliest": earliest - LONGEST - WIDEST,
        "latest": latest + WIDEST,
    }


_last = sa.tuple_(sa.bindparam("start"), sa.bindparam("last", type_=sa.Uuid))
# What each filter asks of an event.
_FILTERS: dict[str, tuple[Any, ...]] = {
    "organization": (events.c.organization == sa.bindparam("organization"),),
    "city": (events.c.city_key == sa.bindparam("city"),),
    # No event is longer than `LONGEST`, so there is no need to look at what began before that.
    "end_after": (
        events.c.end_time > sa.bindparam("end_after"),
        events.c.start_time > sa.bindparam("start_after"),
    ),
    "day": (
        events.c.start_local < sa.bindparam("morrow"),
        events.c.end_local > sa.bindparam("day"),
        events.c.start_time > sa.bindparam("earliest"),
        events.c.start_time < sa.bindparam("latest"),
    ),
    "category": (events.c.category == sa.bindparam("category"),),
    "tag": (sa.bindparam("tag", type_=sa.Text) == sa.any_(events.c.tags),),
    "state": (events.c.state == sa.bindparam("state"),),
    "series": (events.c.series == sa.bindparam("series"),),
    "last": (sa.tuple_(events.c.start_time, events.c.id) > _last,),
}
# The words of the index, so that the planner sees that it fits.
_PUBLIC = events.c.state.in_([sa.literal_column(f"'{s.value}'") for s in PUBLIC])
_NO_TEMPLATE = events.c.state != sa.literal_column("'template'")
_PERIODIC = {True: (events.c.series.is_not(None),), False: (events.c.series.is_(None),), None: ()}


@functools.cache
def _page(public: bool, periodic: bool | None, given: frozenset[str]) -> Statement:
    """One statement for each set of filters, so that each has a plan of its own."""
    asked = [one for name, each in _FILTERS.items() if name in given for one in each]
    if public:
        asked.append(_PUBLIC)
    elif "state" not in given:
        asked.append(_NO_TEMPLATE)
    query = _LEAN.where(*asked, *_PERIODIC[periodic])
    ordered = query.order_by(events.c.start_time, events.c.id)
    return sql(ordered.limit(sa.bindparam("most", type_=sa.Integer)))


async def _one(tx: Tx, statement: Statement, name: Name) -> Event:
    row = await tx.maybe(statement, organization=name.organization, id=name.id)
    if row is None:
        raise EventNotFound(EVENTS.format(name))
    return (await _with_types(tx, [row]))[0]


async def _with_types(tx: Tx, rows: Sequence[Any]) -> list[Event]:
    if not rows:
        return []
    found = await tx.all(
        _TYPES, organizations=[row.organization for row in rows], ids=[row.id for row in rows]
    )
    types: dict[tuple[uuid.UUID, uuid.UUID], list[TicketType]] = {}
    for each in found:
        types.setdefault((each.organization, each.event), []).append(_ticket_type(each))
    return [_event(row, types.get((row.organization, row.id), ())) for row in rows]


# --- rows to values and back


def _event(row: Any, types: Iterable[TicketType]) -> Event:
    zone = zoneinfo.ZoneInfo(row.time_zone)
    return Event(
        name=Name(row.organization, row.id),
        plan=Plan(
            display_name=row.display_name,
            description=row.description,
            venue=_venue(row),
            span=Span(row.start_local.replace(tzinfo=zone), row.end_local.replace(tzinfo=zone)),
            ticket_types=tuple(types),
            pools=tuple(Pool(*each) for each in row.pools),
            mode=Mode(row.mode),
            join_uri=row.join_uri,
            category=row.category,
            tags=tuple(row.tags),
            min_age=row.min_age,
            other_languages=tuple(row.other_languages),
            language_code=row.language_code,
            refund_tiers=_tiers(row.refund_tiers),
        ),
        state=State(row.state),
        create_time=row.create_time,
        update_time=row.update_time,
        publish_time=row.publish_time,
        cancel_time=row.cancel_time,
        cancel_reason=row.cancel_reason,
        complete_time=row.complete_time,
        series=row.series,
        original=row.original_local,
        version=row.version,
    )


def _tiers(kept: Any) -> tuple[Tier, ...] | None:
    return None if kept is None else tuple(Tier(*each) for each in kept)


def _venue(row: Any) -> Venue | None:
    if row.latitude is None:
        return None
    return Venue(
        display_name=row.venue,
        address=row.address,
        city=row.city,
        latitude=row.latitude,
        longitude=row.longitude,
        arrival_radius=row.arrival_radius,
        time_zone=row.venue_zone,
        rooms=tuple(Room(*each) for each in row.rooms),
        sections=tuple(map(_section, row.layout)),
    )


def _section(kept: Any) -> Section:
    id, display_name, room, rows, standing = kept
    read = tuple(Row(name, tuple(Seat(*seat) for seat in seats)) for name, seats in rows)
    return Section(id, display_name, room, read, standing)


def _ticket_type(row: Any) -> TicketType:
    return TicketType(
        id=row.id,
        display_name=row.display_name,
        price=None if row.currency is None else Money(row.currency, row.price_minor),
        capacity=row.capacity,
        sale_start_time=row.sale_start_time,
        sale_end_time=row.sale_end_time,
        description=row.description,
        tax=row.tax,
        pool=row.pool,
        per_person=row.per_person,
        per_order=(row.least_per_order, row.most_per_order),
        hidden=row.hidden,
        price_steps=tuple(map(_step, row.price_steps)),
        sections=tuple(row.sections),
    )


def _step(kept: Any) -> PriceStep:
    currency, minor, end, seats = kept
    return PriceStep(
        Money(currency, minor), datetime.datetime.fromisoformat(end) if end else None, seats
    )


def _values(event: Event) -> dict[str, Any]:
    plan, span = event.plan, event.plan.span
    return {
        "organization": event.name.organization,
        "id": event.name.id,
        "display_name": plan.display_name,
        "description": plan.description,
        "state": event.state.value,
        **_place_values(plan.venue),
        "pools": [[each.id, each.display_name, each.capacity] for each in plan.pools],
        "mode": plan.mode.value,
        "join_uri": plan.join_uri,
        "category": plan.category,
        "tags": list(plan.tags),
        "min_age": plan.min_age,
        "other_languages": list(plan.other_languages),
        "start_local": span.start.replace(tzinfo=None),
        "end_local": span.end.replace(tzinfo=None),
        "time_zone": span.zone,
        "start_time": span.start_time,
        "end_time": span.end_time,
        "tzdata": tzdata.IANA_VERSION,
        "language_code": plan.language_code,
        "create_time": event.create_time,
        "update_time": event.update_time,
        "publish_time": event.publish_time,
        "cancel_time": event.cancel_time,
        "cancel_reason": event.cancel_reason,
        "complete_time": event.complete_time,
        "series": event.series,
        "original_local": event.original,
        "refund_tiers": plan.refund_tiers and [[t.days, t.share] for t in plan.refund_tiers],
        "version": event.version,
    }


def _place_values(venue: Venue | None) -> dict[str, Any]:
    place = venue or NOWHERE
    return {
        "venue": place.display_name,
        "address": place.address,
        "city": place.city,
        "city_key": city_key(place.city),
        "latitude": venue and venue.latitude,
        "longitude": venue and venue.longitude,
        "arrival_radius": place.arrival_radius,
        "venue_zone": place.time_zone,
        "rooms": [[each.id, each.display_name, each.capacity] for each in place.rooms],
        "layout": list(map(_layout_row, place.sections)),
    }


def _layout_row(section: Section) -> list[Any]:
    rows = [[row.id, [_seat_row(seat) for seat in row.seats]] for row in section.rows]
    return [section.id, section.display_name, section.room, rows, section.standing]


def _seat_row(seat: Seat) -> list[Any]:
    return [seat.id, seat.accessible, seat.gap]


def _step_row(step: PriceStep) -> list[Any]:
    end = step.end_time.isoformat() if step.end_time else None
    return [step.price.currency, step.price.minor, end, step.seats]


def _type_rows(event: Event) -> list[dict[str, Any]]:
    return [
        {
            "organization": event.name.organization,
            "event": event.name.id,
            "id": each.id,
            "position": position,
            "display_name": each.display_name,
            "currency": each.price.currency if each.price is not None else None,
            "price_minor": each.price.minor if each.price is not None else None,
            "capacity": each.capacity,
            "sale_start_time": each.sale_start_time,
            "sale_end_time": each.sale_end_time,
            "description": each.description,
            "tax": each.tax,
            "pool": each.pool,
            "per_person": each.per_person,
            "least_per_order": each.per_order[0],
            "most_per_order": each.per_order[1],
            "hidden": each.hidden,
            "price_steps": list(map(_step_row, each.price_steps)),
            "sections": list(each.sections),
        }
        for position, each in enumerate(event.plan.ticket_types)
    ]
