"""What location keeps of journeys. One statement per function."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.location.eta import Method
from services.location.instants import instant, micros
from services.location.journeys import domain
from services.location.journeys.domain import (
    Expected,
    Forecast,
    Journey,
    Mode,
    Precision,
    Proof,
    Source,
    State,
    Terms,
    Told,
    Viewers,
)
from services.location.rows import CHANGE, TIME, unnest
from services.location.segments.columns import Point
from services.location.tables import events, journeys

WITH_EVENT = sa.select(journeys, events.c.start_time).join(
    events,
    (events.c.organization == journeys.c.organization) & (events.c.id == journeys.c.event),
)
_HERE = journeys.c.organization == sa.bindparam("organization")
OF_EVENT = (_HERE, journeys.c.event == sa.bindparam("event"))
_JOURNEY = WITH_EVENT.where(_HERE, journeys.c.id == sa.bindparam("id"))
_FIND = sql(_JOURNEY)
_OF_PERSON = sql(
    sa.select(journeys.c.organization, journeys.c.id).where(
        journeys.c.traveler == sa.bindparam("person"),
        journeys.c.state != State.WITHDRAWN.value,
    )
)
_LOCK = sql(_JOURNEY.with_for_update(of=journeys))
_ONE = sql(
    WITH_EVENT.where(
        *OF_EVENT,
        journeys.c.traveler == sa.bindparam("traveler"),
        journeys.c.state.not_in([State.EXPIRED.value, State.WITHDRAWN.value]),
    )
)
_LASTING = WITH_EVENT.where(
    *OF_EVENT, journeys.c.state.in_(sorted(state.value for state in domain.LASTING))
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
        *OF_EVENT,
        journeys.c.traveler == sa.bindparam("duplicate"),
        # One person has one journey to an event.
        ~sa.exists().where(
            _other.c.organization == journeys.c.organization,
            _other.c.event == journeys.c.event,
            _other.c.traveler == sa.bindparam("into"),
            _other.c.state.not_in(["expired", "withdrawn"]),
        ),
    )
    .values(traveler=sa.bindparam("into"), change=CHANGE)
)
_PAGE = sql(
    WITH_EVENT.where(
        _HERE,
        sa.or_(
            sa.bindparam("event", type_=sa.Uuid).is_(None),
            journeys.c.event == sa.bindparam("event", type_=sa.Uuid),
        ),
        sa.or_(
            sa.bindparam("traveler", type_=sa.Text).is_(None),
            journeys.c.traveler == sa.bindparam("traveler", type_=sa.Text),
        ),
        # Only those of whom the caller may see it, and their own.
        sa.or_(
            journeys.c.viewers == sa.any_(sa.bindparam("viewers", type_=ARRAY(sa.Text))),
            journeys.c.traveler == sa.bindparam("own", type_=sa.Text),
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
    .where(*OF_EVENT, journeys.c.state.in_(sorted(state.value for state in domain.LASTING)))
    .values(expire_time=sa.bindparam("expire_time", type_=TIME), change=CHANGE)
)
_STIR = sql(
    sa.update(journeys)
    .where(*OF_EVENT, journeys.c.state.in_(sorted(state.value for state in domain.LASTING)))
    .values(change=CHANGE)
)
_COLUMNS = tuple(column for column in journeys.c if column.key not in ("change", "counted_through"))
# What of a consent may be altered after it was given, and what becomes of it.
_CONSENT = sql(
    sa.update(journeys)
    .where(_HERE, journeys.c.id == sa.bindparam("id"))
    .values(
        pauses=sa.bindparam("pauses", type_=journeys.c.pauses.type),
        withdraw_time=sa.bindparam("withdraw_time", type_=TIME),
        deleted_count=sa.bindparam("deleted_count", type_=sa.BigInteger),
        version=sa.bindparam("version", type_=sa.Integer),
        change=CHANGE,
    )
)
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
    "followed_through",
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
    "method",
    "route_time",
    "apparent_mode",
    "forecast_time",
    "forecast_made_time",
    "told_time",
    "told_p50_time",
    "told_p90_time",
    "presences",
    "clock_offset_micros",
)
_given_journeys = unnest(
    organization=sa.Uuid,
    id=sa.Uuid,
    **{name: journeys.c[name].type for name in _CHANGING},
)
_guarded = unnest(
    organization=sa.Uuid,
    id=sa.Uuid,
    known_change=sa.BigInteger,
    known_through=sa.BigInteger,
    **{name: journeys.c[name].type for name in _CHANGING},
)
# As PUT, where nobody else wrote since.
PUT_IF = sql(
    sa.update(journeys)
    .where(
        journeys.c.organization == _guarded.c.organization,
        journeys.c.id == _guarded.c.id,
        journeys.c.change == _guarded.c.known_change,
        journeys.c.kept_through == _guarded.c.known_through,
    )
    .values({**{name: _guarded.c[name] for name in _CHANGING}, "change": CHANGE})
    .returning(journeys.c.id, journeys.c.change)
)
PUT = sql(
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
    return None if row is None else journey(row)


async def lock(tx: Tx, name: Name) -> Journey | None:
    """Reads a journey and keeps every other writer away from it until the commit."""
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else journey(row)


async def find_one(tx: Tx, event: Name, traveler: str) -> Journey | None:
    """The journey that a person has to an event, if it was not given up."""
    row = await tx.maybe(_ONE, organization=event.organization, event=event.id, traveler=traveler)
    return None if row is None else journey(row)


async def lock_lasting(tx: Tx, event: Name, most: int) -> list[Journey]:
    """Some of the journeys to an event that are not over."""
    rows = await tx.all(_LOCK_LASTING, organization=event.organization, event=event.id, most=most)
    return [journey(row) for row in rows]


async def move_journeys(tx: Tx, event: Name, *, traveler: str, duplicate: str) -> None:
    """Makes the journeys of one traveler those of another, who has none."""
    at = {"organization": event.organization, "event": event.id}
    await tx.run(_MOVE_JOURNEYS, **at, into=traveler, duplicate=duplicate)


async def lock_of_traveler(tx: Tx, event: Name, traveler: str) -> list[Journey]:
    """The journey of one person to an event that is not over, if there is one."""
    rows = await tx.all(
        _LOCK_OF_TRAVELER, organization=event.organization, event=event.id, traveler=traveler
    )
    return [journey(row) for row in rows]


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: uuid.UUID | None,
    traveler: str | None,
    viewers: Iterable[Viewers],
    own: str,
    after_time: datetime | None,
    after_id: uuid.UUID | None,
    most: int,
) -> list[Journey]:
    """Journeys, oldest first: of one event or all, of one person or all; of others only where
    they let such viewers see it."""
    rows = await tx.all(
        _PAGE,
        organization=organization,
        event=event,
        traveler=traveler,
        viewers=[one.value for one in viewers],
        own=own,
        after_time=after_time,
        after_id=after_id,
        most=most,
    )
    return [journey(row) for row in rows]


async def postpone(tx: Tx, event: Name, expire_time: datetime) -> None:
    """Moves the end of all consents that stand."""
    await tx.run(
        _POSTPONE, organization=event.organization, event=event.id, expire_time=expire_time
    )


async def stir(tx: Tx, event: Name) -> None:
    """Has every process read the journeys to an event anew that are not over."""
    await tx.run(_STIR, organization=event.organization, event=event.id)


async def put(tx: Tx, changed: Sequence[Journey]) -> None:
    """Writes what became of some journeys, of whatever organizations."""
    await tx.run(PUT, **changes(changed))


async def put_consent(tx: Tx, journey: Journey) -> None:
    """Writes what became of a consent: its pauses, and its end."""
    await tx.run(
        _CONSENT,
        organization=journey.name.organization,
        id=journey.name.id,
        pauses=list(journey.pauses),
        withdraw_time=journey.withdraw_time,
        deleted_count=journey.deleted_count,
        version=journey.version,
    )


def changes(changed: Sequence[Journey]) -> dict[str, list[Any]]:
    rows = [_values(journey) for journey in changed]
    return {name: [row[name] for row in rows] for name in ("organization", "id", *_CHANGING)}


def _values(journey: Journey) -> dict[str, Any]:
    point, expected, forecast = journey.newest, journey.expected, journey.forecast
    told, proof = journey.told, journey.terms.proof
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
        "followed_through": journey.followed_through,
        "way": journey.way,
        "sequence": point and point.sequence,
        "capture_time": point and instant(point.micros),
        "latitude": point and point.latitude,
        "longitude": point and point.longitude,
        "accuracy": point and point.accuracy,
        "speed": point and point.speed,
        "bearing": point and point.bearing,
        "distance_meters": expected and expected.distance,
        "p50_time": expected and expected.p50_time,
        "p90_time": expected and expected.p90_time,
        "method": (expected.method if expected else Method.VELOCITY).value,
        "route_time": expected and expected.route_time,
        "apparent_mode": (expected.mode if expected else Mode.UNKNOWN).value,
        "forecast_time": forecast and forecast.p50_time,
        "forecast_made_time": forecast and forecast.made_time,
        "told_time": told and told.time,
        "told_p50_time": told and told.p50_time,
        "told_p90_time": told and told.p90_time,
        "presences": journey.presences,
        "clock_offset_micros": journey.clock_offset,
        "live_only": journey.terms.live_only,
        "proof_message": proof and proof.message,
        "proof_text": proof and proof.text,
        "proof_time": proof and proof.time,
        "purpose": journey.terms.purpose,
        "viewers": journey.terms.viewers.value,
        "precision": journey.terms.precision.value,
        "lead_seconds": _seconds(journey.terms.lead),
        "source": journey.terms.source.value,
        "pauses": list(journey.pauses),
        "withdraw_time": journey.withdraw_time,
        "deleted_count": journey.deleted_count,
    }


def journey(row: Any) -> Journey:
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
        followed_through=row.followed_through,
        way=row.way,
        presences=row.presences,
        clock_offset=row.clock_offset_micros,
        newest=_newest(row),
        expected=_expected(row),
        forecast=_forecast(row),
        told=_told(row),
        terms=_terms(row),
        pauses=tuple(row.pauses),
        withdraw_time=row.withdraw_time,
        deleted_count=row.deleted_count,
        version=row.version,
    )


def _terms(row: Any) -> Terms:
    return Terms(
        row.purpose,
        Viewers(row.viewers),
        Precision(row.precision),
        None if row.lead_seconds is None else timedelta(seconds=row.lead_seconds),
        Source(row.source),
        row.live_only,
        Proof(row.proof_message, row.proof_text, row.proof_time) if row.proof_message else None,
    )


def _seconds(lead: timedelta | None) -> float | None:
    return None if lead is None else lead.total_seconds()


def _newest(row: Any) -> Point | None:
    if row.sequence is None:
        return None
    at = micros(row.capture_time)
    return Point(
        row.sequence, at, row.latitude, row.longitude, row.accuracy, row.speed, row.bearing
    )


def _expected(row: Any) -> Expected | None:
    if row.distance_meters is None:
        return None
    return Expected(
        row.distance_meters,
        row.p50_time,
        row.p90_time,
        Method(row.method),
        row.route_time,
        Mode(row.apparent_mode),
    )


def _forecast(row: Any) -> Forecast | None:
    if row.forecast_time is None:
        return None
    return Forecast(row.forecast_time, row.forecast_made_time)


def _told(row: Any) -> Told | None:
    if row.told_time is None:
        return None
    return Told(row.told_time, row.told_p50_time, row.told_p90_time)
