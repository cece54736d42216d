"""What location keeps of geofences, and of who went in and out. One statement per function."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.kit.db import Tx, sql
from services.kit.ids import new_id
from services.kit.names import Name
from services.location.geofences.domain import Crossing, Geofence, Kind, Plan, Transition
from services.location.geofences.shapes import Circle, polygon
from services.location.instants import instant, micros
from services.location.journeys.domain import Journey, Viewers
from services.location.rows import TIME, unnest
from services.location.tables import events, geofences, journeys, transitions

# Before everything.
FIRST = datetime(1900, 1, 1, tzinfo=UTC), uuid.UUID(int=0)

_ORGANIZATION = sa.bindparam("organization", type_=sa.Uuid)
_ID = sa.bindparam("id", type_=sa.Uuid)
_HERE = geofences.c.organization == _ORGANIZATION
_THIS = (_HERE, geofences.c.id == _ID)
_ADD = sql(
    insert(geofences).values({c.key: sa.bindparam(c.key, type_=c.type) for c in geofences.c})
)
_FIND = sql(sa.select(geofences).where(*_THIS))
_LOCK = sql(sa.select(geofences).where(*_THIS).with_for_update())
_CHANGING = (
    "display_name",
    "latitude",
    "longitude",
    "radius_meters",
    "geo_json",
    "dwell_seconds",
    "update_time",
    "shape_time",
    "version",
)
_PUT = sql(
    sa.update(geofences)
    .where(*_THIS)
    .values({name: sa.bindparam(name, type_=geofences.c[name].type) for name in _CHANGING})
)
_DROP = sql(sa.delete(geofences).where(*_THIS))
_LOCK_EVENT = sql(
    sa.select(events.c.id)
    .where(
        events.c.organization == _ORGANIZATION, events.c.id == sa.bindparam("event", type_=sa.Uuid)
    )
    .with_for_update()
)
_PAGE = sql(
    sa.select(geofences)
    .where(
        _HERE,
        sa.or_(
            sa.bindparam("event", type_=sa.Uuid).is_(None),
            geofences.c.event == sa.bindparam("event", type_=sa.Uuid),
        ),
        geofences.c.id > sa.bindparam("after", type_=sa.Uuid),
    )
    .order_by(geofences.c.id)
    .limit(sa.bindparam("most"))
)
_asked = unnest(organization=sa.Uuid, event=sa.Uuid)
_OF_EVENTS = sql(
    sa.select(geofences)
    .join(
        _asked,
        (_asked.c.organization == geofences.c.organization) & (_asked.c.event == geofences.c.event),
    )
    .order_by(geofences.c.id)
)
_given = unnest(**{column.key: column.type for column in transitions.c})
_TELL = sql(
    insert(transitions).from_select(
        [column.key for column in transitions.c], sa.select(*_given.c), include_defaults=False
    )
)
_OURS = transitions.c.organization == _ORGANIZATION
_OF_JOURNEY = (_OURS, transitions.c.journey == sa.bindparam("journey", type_=sa.Uuid))
_STANDING = sql(sa.select(transitions).where(*_OF_JOURNEY, transitions.c.retract_time.is_(None)))
_RETRACT = sql(
    sa.update(transitions)
    .where(_OURS, transitions.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))))
    .values(retract_time=sa.bindparam("retract_time", type_=TIME))
)
_FORGET = sql(sa.delete(transitions).where(*_OF_JOURNEY))
_FORGET_GEOFENCE = sql(sa.delete(transitions).where(_OURS, transitions.c.geofence == _ID))
_after = sa.tuple_(transitions.c.transition_time, transitions.c.id) > sa.tuple_(
    sa.bindparam("after_time", type_=TIME), sa.bindparam("after_id", type_=sa.Uuid)
)
_TOLD = sa.select(transitions, journeys.c.traveler).join(
    journeys,
    (journeys.c.organization == transitions.c.organization)
    & (journeys.c.id == transitions.c.journey),
)
_ORDER = (transitions.c.transition_time, transitions.c.id)
_AT_EVENT = sql(
    _TOLD.where(
        _OURS,
        transitions.c.event == sa.bindparam("event", type_=sa.Uuid),
        journeys.c.viewers == sa.any_(sa.bindparam("viewers", type_=ARRAY(sa.Text))),
        _after,
    )
    .order_by(*_ORDER)
    .limit(sa.bindparam("most"))
)
_ON_JOURNEY = sql(_TOLD.where(*_OF_JOURNEY, _after).order_by(*_ORDER).limit(sa.bindparam("most")))


@dataclass(frozen=True, slots=True)
class Told:
    """A transition, whose it is, and when it was taken back if it was."""

    transition: Transition
    journey: Name
    traveler: str
    retract_time: datetime | None

    @property
    def key(self) -> tuple[datetime, uuid.UUID]:
        return instant(self.transition.micros), self.transition.id


async def add(tx: Tx, geofence: Geofence) -> None:
    await tx.run(_ADD, **_values(geofence))


async def find(tx: Tx, name: Name) -> Geofence | None:
    row = await tx.maybe(_FIND, organization=name.organization, id=name.id)
    return None if row is None else _geofence(row)


async def lock(tx: Tx, name: Name) -> Geofence | None:
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return None if row is None else _geofence(row)


async def put(tx: Tx, geofence: Geofence) -> None:
    values = _values(geofence)
    await tx.run(_PUT, **{name: values[name] for name in ("organization", "id", *_CHANGING)})


async def drop(tx: Tx, name: Name) -> None:
    await tx.run(_DROP, organization=name.organization, id=name.id)


async def lock_event(tx: Tx, event: Name) -> bool:
    """Keeps everybody else from giving an event geofences; False if there is no such event."""
    row = await tx.maybe(_LOCK_EVENT, organization=event.organization, event=event.id)
    return row is not None


async def page(
    tx: Tx, organization: uuid.UUID, *, event: uuid.UUID | None, after: uuid.UUID, most: int
) -> list[Geofence]:
    """Geofences, oldest first: of one event or all."""
    rows = await tx.all(_PAGE, organization=organization, event=event, after=after, most=most)
    return [_geofence(row) for row in rows]


async def of_events(tx: Tx, names: Iterable[Name]) -> dict[Name, list[Geofence]]:
    """The geofences of some events, of whatever organizations."""
    asked = list(names)
    rows = await tx.all(
        _OF_EVENTS,
        organization=[name.organization for name in asked],
        event=[name.id for name in asked],
    )
    found: dict[Name, list[Geofence]] = defaultdict(list)
    for row in rows:
        found[Name(row.organization, row.event)].append(_geofence(row))
    return found


def tell(tx: Tx, crossed: Sequence[tuple[Journey, Crossing]], now: datetime) -> None:
    """Writes down who went in and out, with the commit."""
    if not crossed:
        return
    tx.write(
        _TELL,
        organization=[journey.name.organization for journey, _ in crossed],
        id=[new_id() for _ in crossed],
        event=[journey.event.id for journey, _ in crossed],
        journey=[journey.name.id for journey, _ in crossed],
        geofence=[crossing.geofence for _, crossing in crossed],
        kind=[crossing.kind.value for _, crossing in crossed],
        transition_time=[instant(crossing.micros) for _, crossing in crossed],
        create_time=[now] * len(crossed),
        retract_time=[None] * len(crossed),
    )


async def standing(tx: Tx, journey: Name) -> list[Transition]:
    """What was told of a journey and not taken back."""
    rows = await tx.all(_STANDING, organization=journey.organization, journey=journey.id)
    return [_transition(row) for row in rows]


async def retract(tx: Tx, journey: Name, gone: Sequence[Transition], now: datetime) -> None:
    await tx.run(
        _RETRACT,
        organization=journey.organization,
        ids=[one.id for one in gone],
        retract_time=now,
    )


async def forget(tx: Tx, journey: Name) -> None:
    """Deletes where somebody went in and out."""
    await tx.run(_FORGET, organization=journey.organization, journey=journey.id)


async def forget_geofence(tx: Tx, name: Name) -> None:
    """Deletes who went in and out of a geofence."""
    await tx.run(_FORGET_GEOFENCE, organization=name.organization, id=name.id)


async def at_event(
    tx: Tx,
    event: Name,
    *,
    viewers: Iterable[Viewers],
    after: tuple[datetime, uuid.UUID],
    most: int,
) -> list[Told]:
    """Who went in and out at an event, oldest first, of those who let such viewers see it."""
    rows = await tx.all(
        _AT_EVENT,
        organization=event.organization,
        event=event.id,
        viewers=[one.value for one in viewers],
        after_time=after[0],
        after_id=after[1],
        most=most,
    )
    return [_told(row) for row in rows]


async def on_journey(
    tx: Tx, journey: Name, *, after: tuple[datetime, uuid.UUID], most: int
) -> list[Told]:
    """Where somebody went in and out, oldest first."""
    rows = await tx.all(
        _ON_JOURNEY,
        organization=journey.organization,
        journey=journey.id,
        after_time=after[0],
        after_id=after[1],
        most=most,
    )
    return [_told(row) for row in rows]


def _values(geofence: Geofence) -> dict[str, Any]:
    plan = geofence.plan
    circle = plan.shape if isinstance(plan.shape, Circle) else None
    return {
        "organization": geofence.name.organization,
        "id": geofence.name.id,
        "event": geofence.event.id,
        "display_name": plan.display_name,
        "latitude": circle and circle.latitude,
        "longitude": circle and circle.longitude,
        "radius_meters": circle and circle.radius,
        "geo_json": None if isinstance(plan.shape, Circle) else plan.shape.text,
        "dwell_seconds": plan.dwell.total_seconds(),
        "create_time": geofence.create_time,
        "update_time": geofence.update_time,
        "shape_time": geofence.shape_time,
        "version": geofence.version,
    }


def _geofence(row: Any) -> Geofence:
    circular = row.geo_json is None
    shape = (
        Circle(row.latitude, row.longitude, row.radius_meters)
        if circular
        else polygon(row.geo_json)
    )
    return Geofence(
        Name(row.organization, row.id),
        Name(row.organization, row.event),
        Plan(row.display_name, shape, timedelta(seconds=row.dwell_seconds)),
        row.create_time,
        row.update_time,
        row.shape_time,
        row.version,
    )


def _transition(row: Any) -> Transition:
    return Transition(row.id, row.geofence, Kind(row.kind), micros(row.transition_time))


def _told(row: Any) -> Told:
    journey = Name(row.organization, row.journey)
    return Told(_transition(row), journey, row.traveler, row.retract_time)
