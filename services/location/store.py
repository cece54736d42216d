"""What location keeps. Each function is one statement, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP, insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.location import domain, segments
from services.location.domain import Event, Expected, Forecast, Journey, Mode, Passage, State
from services.location.segments import SCALE, Point, Report
from services.location.tables import attendances, events, journeys
from services.location.tables import segments as rows_of_positions

TIME = TIMESTAMP(timezone=True)
# The number of the transaction that writes; grows with each.
CHANGE = sa.cast(sa.cast(sa.func.pg_current_xact_id(), sa.Text), sa.BigInteger)


def _unnest(**types: Any) -> Any:
    """Parallel arrays as a table, so that a statement keeps its text however many rows it has."""
    arrays = [sa.bindparam(name, type_=ARRAY(kind)) for name, kind in types.items()]
    columns = [sa.column(name, kind) for name, kind in types.items()]
    return sa.func.unnest(*arrays).table_valued(*columns, name="given").render_derived()


# --- events


_ANNOUNCE = insert(events)
_ANNOUNCE_EVENT = sql(
    _ANNOUNCE.on_conflict_do_update(
        index_elements=[events.c.organization, events.c.id],
        set_={
            name: _ANNOUNCE.excluded[name]
            for name in ("latitude", "longitude", "radius_meters", "start_time", "end_time")
        },
    ).values(
        {
            name: sa.bindparam(name, type_=events.c[name].type)
            for name in (
                "organization",
                "id",
                "latitude",
                "longitude",
                "radius_meters",
                "start_time",
                "end_time",
            )
        }
    )
)
_THIS_EVENT = (
    events.c.organization == sa.bindparam("organization"),
    events.c.id == sa.bindparam("id"),
)
_EVENT = sql(sa.select(events).where(*_THIS_EVENT))
_CANCEL = sql(sa.update(events).where(*_THIS_EVENT).values(cancelled=True))


async def announce(tx: Tx, event: Event) -> None:
    """Writes down what is known of an event, whether it is new or not."""
    await tx.run(
        _ANNOUNCE_EVENT,
        organization=event.name.organization,
        id=event.name.id,
        latitude=event.latitude,
        longitude=event.longitude,
        radius_meters=event.radius,
        start_time=event.start_time,
        end_time=event.end_time,
    )


async def find_event(tx: Tx, name: Name) -> Event | None:
    row = await tx.maybe(_EVENT, organization=name.organization, id=name.id)
    return None if row is None else _event(row)


async def cancel(tx: Tx, event: Name) -> None:
    await tx.run(_CANCEL, organization=event.organization, id=event.id)


def _event(row: Any) -> Event:
    return Event(
        Name(row.organization, row.id),
        row.latitude,
        row.longitude,
        row.radius_meters,
        row.start_time,
        row.end_time,
        row.cancelled,
    )


# --- who attends


_ATTEND = insert(attendances)
_ATTENDANCE = sql(
    _ATTEND.on_conflict_do_update(
        index_elements=[attendances.c.organization, attendances.c.booking],
        set_={"confirmed": _ATTEND.excluded.confirmed},
    )
)
_ATTENDS = sql(
    sa.select(
        sa.exists().where(
            attendances.c.organization == sa.bindparam("organization"),
            attendances.c.event == sa.bindparam("event"),
            attendances.c.attendee == sa.bindparam("attendee"),
            attendances.c.confirmed,
        )
    )
)


async def attend(tx: Tx, booking: Name, event: Name, attendee: str, confirmed: bool) -> None:
    """Writes down whether a booking stands."""
    await tx.run(
        _ATTENDANCE,
        organization=booking.organization,
        booking=booking.id,
        event=event.id,
        attendee=attendee,
        confirmed=confirmed,
    )


_MOVE_ATTENDANCES = sql(
    sa.update(attendances)
    .where(
        attendances.c.organization == sa.bindparam("organization"),
        attendances.c.event == sa.bindparam("event"),
        attendances.c.attendee == sa.bindparam("duplicate"),
    )
    .values(attendee=sa.bindparam("into"))
)


async def move_attendances(tx: Tx, event: Name, *, attendee: str, duplicate: str) -> None:
    """Makes the seats of one attendee those of another."""
    at = {"organization": event.organization, "event": event.id}
    await tx.run(_MOVE_ATTENDANCES, **at, into=attendee, duplicate=duplicate)


async def attends(tx: Tx, event: Name, attendee: str) -> bool:
    row = await tx.one(_ATTENDS, organization=event.organization, event=event.id, attendee=attendee)
    return bool(row[0])


# --- journeys


_WITH_EVENT = sa.select(journeys, events.c.start_time).join(
    events,
    (events.c.organization == journeys.c.organization) & (events.c.id == journeys.c.event),
)
_HERE = journeys.c.organization == sa.bindparam("organization")
_OF_EVENT = (_HERE, journeys.c.event == sa.bindparam("event"))
_JOURNEY = _WITH_EVENT.where(_HERE, journeys.c.id == sa.bindparam("id"))
_FIND = sql(_JOURNEY)
_OF_PERSON = sql(
    sa.select(journeys.c.organization, journeys.c.id).where(
        journeys.c.traveler == sa.bindparam("person"),
        journeys.c.state != State.WITHDRAWN.value,
    )
)
_LOCK = sql(_JOURNEY.with_for_update(of=journeys))
_ONE = sql(
    _WITH_EVENT.where(
        *_OF_EVENT,
        journeys.c.traveler == sa.bindparam("traveler"),
        journeys.c.state.not_in([State.EXPIRED.value, State.WITHDRAWN.value]),
    )
)
_LASTING = _WITH_EVENT.where(
    *_OF_EVENT, journeys.c.state.in_(sorted(state.value for state in domain.LASTING))
)
_LOCK_LASTING = sql(
    _LASTING.order_by(journeys.c.id).limit(sa.bindparam("most")).with_for_update(of=journeys)
)
_LOCK_OF_TRAVELER = sql(
    _LASTING.where(journeys.c.traveler == sa.bindparam("traveler")).with_for_update(of=journeys)
)
_other = journeys.alias("other")
_MOVE_JOURNEYS = sql(
    sa.update(journeys)
    .where(
        *_OF_EVENT,
        journeys.c.traveler == sa.bindparam("duplicate"),
        # One person has one journey to an event.
        ~sa.exists().where(
            _other.c.organization == journeys.c.organization,
            _other.c.event == journeys.c.event,
            _other.c.traveler == sa.bindparam("into"),
            _other.c.state.not_in(["expired", "withdrawn"]),
        ),
    )
    .values(traveler=sa.bindparam("into"))
)
_PAGE = sql(
    _WITH_EVENT.where(
        _HERE,
        sa.or_(
            sa.bindparam("event", type_=sa.Uuid).is_(None),
            journeys.c.event == sa.bindparam("event", type_=sa.Uuid),
        ),
        sa.or_(
            sa.bindparam("traveler", type_=sa.Text).is_(None),
            journeys.c.traveler == sa.bindparam("traveler", type_=sa.Text),
        ),
        sa.or_(
            sa.bindparam("after_id", type_=sa.Uuid).is_(None),
            sa.tuple_(journeys.c.create_time, journeys.c.id)
            > sa.tuple_(
                sa.bindparam("after_time", type_=TIME), sa.bindparam("after_id", type_=sa.Uuid)
            ),
        ),
    )
    .order_by(journeys.c.create_time, journeys.c.id)
    .limit(sa.bindparam("most"))
)
_POSTPONE = sql(
    sa.update(journeys)
    .where(*_OF_EVENT, journeys.c.state.in_(sorted(state.value for state in domain.LASTING)))
    .values(expire_time=sa.bindparam("expire_time", type_=TIME), change=CHANGE)
)
_COLUMNS = tuple(column for column in journeys.c if column.key != "change")
_ADD = sql(
    insert(journeys)
    .values({**{c.key: sa.bindparam(c.key, type_=c.type) for c in _COLUMNS}, "change": CHANGE})
    .on_conflict_do_nothing()
    .returning(journeys.c.id)
)

# What a report or a change of state may alter.
_CHANGING = (
    "state",
    "arrive_time",
    "version",
    "kept_through",
    "position_count",
    "way",
    "sequence",
    "capture_time",
    "latitude",
    "longitude",
    "accuracy",
    "speed",
    "bearing",
    "distance_meters",
    "p50_time",
    "p90_time",
    "forecast_time",
    "forecast_made_time",
)
_given_journeys = _unnest(
    organization=sa.Uuid,
    id=sa.Uuid,
    **{name: journeys.c[name].type for name in _CHANGING},
)
_PUT = sql(
    sa.update(journeys)
    .where(
        journeys.c.organization == _given_journeys.c.organization,
        journeys.c.id == _given_journeys.c.id,
    )
    .values({**{name: _given_journeys.c[name] for name in _CHANGING}, "change": CHANGE})
)


async def add(tx: Tx, journey: Journey) -> bool:
    """Writes a new journey; False when the person has one to that event."""
    return await tx.maybe(_ADD, **_values(journey)) is not None


async def of_person(tx: Tx, person: str) -> list[Name]:
    """The journeys of somebody in all organizations; see `kit.tables.personal`."""
    rows = await tx.all(_OF_PERSON, person=person)
    return [Name(row.organization, row.id) for row in rows]


async def find(tx: Tx, name: Name) -> Journey | None:
    row = await tx.maybe(_FIND, organization=name.organization, id=name.id)
    return None if row is None else _journey(row)


async def lock(tx: Tx, name: Name) -> Journey | None:
    """Reads a journey and keeps every other writer away from it until the commit."""
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _journey(row)


async def find_one(tx: Tx, event: Name, traveler: str) -> Journey | None:
    """The journey that a person has to an event, if it was not given up."""
    row = await tx.maybe(_ONE, organization=event.organization, event=event.id, traveler=traveler)
    return None if row is None else _journey(row)


async def lock_lasting(tx: Tx, event: Name, most: int) -> list[Journey]:
    """Some of the journeys to an event that are not over."""
    rows = await tx.all(_LOCK_LASTING, organization=event.organization, event=event.id, most=most)
    return [_journey(row) for row in rows]


async def move_journeys(tx: Tx, event: Name, *, traveler: str, duplicate: str) -> None:
    """Makes the journeys of one traveler those of another, who has none."""
    at = {"organization": event.organization, "event": event.id}
    await tx.run(_MOVE_JOURNEYS, **at, into=traveler, duplicate=duplicate)


async def lock_of_traveler(tx: Tx, event: Name, traveler: str) -> list[Journey]:
    """The journey of one person to an event that is not over, if there is one."""
    rows = await tx.all(
        _LOCK_OF_TRAVELER, organization=event.organization, event=event.id, traveler=traveler
    )
    return [_journey(row) for row in rows]


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: uuid.UUID | None,
    traveler: str | None,
    after_time: datetime | None,
    after_id: uuid.UUID | None,
    most: int,
) -> list[Journey]:
    """Journeys, oldest first: of one event or all, of one person or all."""
    rows = await tx.all(
        _PAGE,
        organization=organization,
        event=event,
        traveler=traveler,
        after_time=after_time,
        after_id=after_id,
        most=most,
    )
    return [_journey(row) for row in rows]


async def postpone(tx: Tx, event: Name, expire_time: datetime) -> None:
    """Moves the end of all consents that stand."""
    await tx.run(
        _POSTPONE, organization=event.organization, event=event.id, expire_time=expire_time
    )


async def put(tx: Tx, changed: Sequence[Journey]) -> None:
    """Writes what became of some journeys, of whatever organizations."""
    await tx.run(_PUT, **_changes(changed))


def _changes(changed: Sequence[Journey]) -> dict[str, list[Any]]:
    rows = [_values(journey) for journey in changed]
    return {name: [row[name] for row in rows] for name in ("organization", "id", *_CHANGING)}


def _values(journey: Journey) -> dict[str, Any]:
    point, expected, forecast = journey.newest, journey.expected, journey.forecast
    return {
        "organization": journey.name.organization,
        "id": journey.name.id,
        "event": journey.event.id,
        "traveler": journey.traveler,
        "mode": journey.mode.value,
        "rate": journey.rate,
        "state": journey.state.value,
        "create_time": journey.create_time,
        "expire_time": journey.expire_time,
        "arrive_time": journey.arrive_time,
        "version": journey.version,
        "kept_through": journey.kept_through,
        "position_count": journey.position_count,
        "way": journey.way,
        "sequence": point and point.sequence,
        "capture_time": point and domain.instant(point.micros),
        "latitude": point and point.latitude,
        "longitude": point and point.longitude,
        "accuracy": point and point.accuracy,
        "speed": point and point.speed,
        "bearing": point and point.bearing,
        "distance_meters": expected and expected.distance,
        "p50_time": expected and expected.p50_time,
        "p90_time": expected and expected.p90_time,
        "forecast_time": forecast and forecast.p50_time,
        "forecast_made_time": forecast and forecast.made_time,
    }


def _journey(row: Any) -> Journey:
    return Journey(
        name=Name(row.organization, row.id),
        event=Name(row.organization, row.event),
        traveler=row.traveler,
        mode=Mode(row.mode),
        rate=row.rate,
        state=State(row.state),
        create_time=row.create_time,
        expire_time=row.expire_time,
        start_time=row.start_time,
        arrive_time=row.arrive_time,
        kept_through=row.kept_through,
        position_count=row.position_count,
        way=row.way,
        newest=_newest(row),
        expected=_expected(row),
        forecast=_forecast(row),
        version=row.version,
    )


def _newest(row: Any) -> Point | None:
    if row.sequence is None:
        return None
    at = domain.micros(row.capture_time)
    return Point(
        row.sequence, at, row.latitude, row.longitude, row.accuracy, row.speed, row.bearing
    )


def _expected(row: Any) -> Expected | None:
    if row.distance_meters is None:
        return None
    return Expected(row.distance_meters, row.p50_time, row.p90_time)


def _forecast(row: Any) -> Forecast | None:
    if row.forecast_time is None:
        return None
    return Forecast(row.forecast_time, row.forecast_made_time)


# --- the live view


_CHANGED = sql(
    _WITH_EVENT.add_columns(journeys.c.change).where(
        *_OF_EVENT, journeys.c.change >= sa.bindparam("since", type_=sa.BigInteger)
    )
)
_HORIZON = sql(
    sa.select(
        sa.cast(
            sa.cast(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot()), sa.Text),
            sa.BigInteger,
        )
    )
)


async def changed(tx: Tx, event: Name, since: int) -> list[tuple[Journey, int]]:
    """The journeys to an event that changed since, each with the number of its change."""
    rows = await tx.all(_CHANGED, organization=event.organization, event=event.id, since=since)
    return [(_journey(row), row.change) for row in rows]


async def horizon(tx: Tx) -> int:
    """A number so that this transaction sees every change below it, and none was missed."""
    return int((await tx.one(_HORIZON))[0])


# --- the group commit


_asked = _unnest(organization=sa.Uuid, id=sa.Uuid)
_LOCK_MANY = sql(
    _WITH_EVENT.add_columns(
        events.c.latitude.label("event_latitude"),
        events.c.longitude.label("event_longitude"),
        events.c.radius_meters,
        events.c.end_time,
        events.c.cancelled,
    )
    .join(
        _asked,
        (_asked.c.organization == journeys.c.organization) & (_asked.c.id == journeys.c.id),
    )
    .order_by(journeys.c.id)
    .with_for_update(of=journeys)
)
_given_segments = _unnest(**{column.key: column.type for column in rows_of_positions.c})
_APPEND = sql(
    insert(rows_of_positions).from_select(
        [column.key for column in rows_of_positions.c], sa.select(*_given_segments.c)
    )
)


async def lock_many(tx: Tx, names: Sequence[Name]) -> dict[Name, Passage]:
    """Reads journeys with their events, and keeps other writers away from them.

    In the order of their ids, so that two processes cannot wait for each other.
    """
    rows = await tx.all(
        _LOCK_MANY,
        organization=[name.organization for name in names],
        id=[name.id for name in names],
    )
    return {Name(row.organization, row.id): _passage(row) for row in rows}


def _passage(row: Any) -> Passage:
    event = Event(
        Name(row.organization, row.event),
        row.event_latitude,
        row.event_longitude,
        row.radius_meters,
        row.start_time,
        row.end_time,
        row.cancelled,
    )
    return Passage.of(_journey(row), event)


def keep(tx: Tx, kept: Sequence[tuple[Name, Report]], changed: Sequence[Journey]) -> None:
    """Writes one segment per report and what became of its journey, with the commit."""
    rows = [_segment(name, report) for name, report in kept]
    tx.write(_PUT, **_changes(changed))
    tx.write(
        _APPEND,
        **{column.key: [row[column.key] for row in rows] for column in rows_of_positions.c},
    )


def _segment(name: Name, report: Report) -> dict[str, Any]:
    south, west, north, east = report.box
    first, last = report.span
    return {
        "organization": name.organization,
        "journey": name.id,
        "first_sequence": report.first,
        "count": len(report),
        "first_time": domain.instant(first),
        "last_time": domain.instant(last),
        "south": south / SCALE,
        "west": west / SCALE,
        "north": north / SCALE,
        "east": east / SCALE,
        "columns": segments.pack(report),
    }


# --- positions


_OF_JOURNEY = (
    rows_of_positions.c.organization == sa.bindparam("organization"),
    rows_of_positions.c.journey == sa.bindparam("journey"),
)
_SEGMENTS = sql(
    sa.select(rows_of_positions)
    .where(
        *_OF_JOURNEY,
        rows_of_positions.c.first_sequence + rows_of_positions.c.count
        > sa.bindparam("after", type_=sa.BigInteger) + 1,
    )
    .order_by(rows_of_positions.c.first_sequence)
    .limit(sa.bindparam("most"))
)
_FORGET = sql(sa.delete(rows_of_positions).where(*_OF_JOURNEY))


async def read(tx: Tx, journey: Name, *, after: int, most: int) -> list[Report]:
    """The segments of a journey that hold positions with numbers above `after`."""
    rows = await tx.all(
        _SEGMENTS,
        organization=journey.organization,
        journey=journey.id,
        after=after,
        most=most,
    )
    return [segments.unpack(row.first_sequence, row.count, row.columns) for row in rows]


async def forget(tx: Tx, journey: Name) -> int:
    """Deletes the positions of a journey."""
    return await tx.run(_FORGET, organization=journey.organization, journey=journey.id)
