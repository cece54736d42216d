"""What is kept of waiting rooms. Each function is one statement, inside the transaction."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.booking.tables import offers
from services.booking.waiting_room.domain import Mode, Place, Room
from services.booking.waiting_room.tables import numbers, places, rooms
from services.kit.db import Tx, sql
from services.kit.names import Name

# Places that one look takes in.
MOST = 20_000

_organization = sa.bindparam("organization", type_=sa.Uuid)
_event = sa.bindparam("event", type_=sa.Uuid)
_IN = (rooms.c.organization == _organization, rooms.c.event == _event)
_ROOM = sql(sa.select(rooms).where(*_IN))
_LOCK = sql(sa.select(rooms).where(*_IN).with_for_update())
_KEPT = ("mode", "rate", "shuffles", "open_time", "version", "admit_time", "drawn", "guarded")
_keep = insert(rooms).values({c.name: sa.bindparam(c.name, type_=c.type) for c in rooms.c})
_KEEP = sql(
    _keep.on_conflict_do_update(
        index_elements=[rooms.c.organization, rooms.c.event],
        set_={name: _keep.excluded[name] for name in _KEPT},
    )
)
_GUARD = sql(
    sa.update(offers)
    .where(
        offers.c.organization == _organization,
        offers.c.event == _event,
        sa.or_(
            offers.c.guarded != sa.bindparam("guarded_"), offers.c.room_load != sa.bindparam("load")
        ),
    )
    .values(guarded=sa.bindparam("guarded_"), room_load=sa.bindparam("load"))
)
_ahead = places.alias("ahead")
_position = sa.case(
    (
        places.c.admit_time.is_(None),
        sa.select(sa.func.count())
        .where(
            _ahead.c.organization == places.c.organization,
            _ahead.c.event == places.c.event,
            _ahead.c.admit_time.is_(None),
            _ahead.c.number <= places.c.number,
        )
        .scalar_subquery(),
    ),
    else_=0,
)
_PLACES = sa.select(places, _position.label("position")).where(
    places.c.organization == _organization
)
_own = sa.bindparam("own", type_=sa.Text)
_READ = sql(
    _PLACES.where(
        places.c.id == sa.bindparam("id", type_=sa.Uuid),
        sa.or_(_own.is_(None), places.c.person == _own),
    )
)
_OF = sql(_PLACES.where(places.c.event == _event, places.c.person == sa.bindparam("person")))
_LINE = sql(
    sa.select(
        places,
        sa.case(
            (
                places.c.admit_time.is_(None),
                sa.func.row_number().over(
                    order_by=(places.c.admit_time.is_(None).desc(), places.c.number)
                ),
            ),
            else_=0,
        ).label("position"),
    )
    .where(
        places.c.organization == _organization,
        places.c.event == _event,
        sa.or_(
            places.c.admit_time.is_(None),
            places.c.admit_time > sa.bindparam("since", type_=places.c.admit_time.type),
        ),
    )
    .limit(MOST)
)
_COUNT = sql(
    sa.select(sa.func.count().label("number")).where(
        places.c.organization == _organization,
        places.c.event == _event,
        places.c.admit_time.is_(None),
    )
)
_enter = insert(places).values(
    number=numbers.next_value(),
    admit_time=None,
    version=1,
    **{
        name: sa.bindparam(name, type_=places.c[name].type)
        for name in ("organization", "id", "event", "person", "create_time")
    },
)
# Who is there keeps the place; who was let in and did not book gets one at the end.
_ENTER = sql(
    _enter.on_conflict_do_update(
        constraint="places_person_key",
        set_={
            "number": _enter.excluded.number,
            "create_time": _enter.excluded.create_time,
            "admit_time": None,
            "version": places.c.version + 1,
        },
        where=places.c.admit_time <= sa.bindparam("since", type_=places.c.admit_time.type),
    )
)
_next = (
    sa.select(places.c.id)
    .where(
        places.c.organization == _organization,
        places.c.event == _event,
        places.c.admit_time.is_(None),
    )
    .order_by(places.c.number)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_ADMIT = sql(
    sa.update(places)
    .where(places.c.organization == _organization, places.c.id.in_(_next))
    .values(
        admit_time=sa.bindparam("now", type_=places.c.admit_time.type),
        version=places.c.version + 1,
    )
)
_DRAW = sql(
    sa.text(
        "update places p set number = drawn.number from ("
        " select a.id, b.number from"
        " (select id, row_number() over (order by random()) at from places"
        "  where organization = :organization and event = :event and admit_time is null) a"
        " join (select number, row_number() over (order by number) at from places"
        "  where organization = :organization and event = :event and admit_time is null) b"
        " using (at)) drawn where p.organization = :organization and p.id = drawn.id"
    ).bindparams(_organization, _event)
)


def room_of(event: uuid.UUID) -> str:
    """The topic of those who watch their place in a waiting room."""
    return f"room {event}"


def _at(event: Name) -> dict[str, uuid.UUID]:
    return {"organization": event.organization, "event": event.id}


async def room(tx: Tx, event: Name) -> Room:
    row = await tx.maybe(_ROOM, **_at(event))
    return _room(row) if row else Room()


async def lock(tx: Tx, event: Name) -> Room:
    """A room, kept from every other writer."""
    row = await tx.maybe(_LOCK, **_at(event))
    return _room(row) if row else Room()


async def keep(tx: Tx, event: Name, value: Room) -> None:
    given = {name: getattr(value, name) for name in _KEPT} | {"mode": value.mode.value}
    await tx.run(_KEEP, **_at(event), **given)
    tx.stir(room_of(event.id))


async def guard(tx: Tx, event: Name, guarded: bool, load: int) -> None:
    """Has who sells know whether to ask for an admission, and what load turns that on."""
    await tx.run(_GUARD, **_at(event), guarded_=guarded, load=load)


async def enter(tx: Tx, place: Place, since: datetime) -> None:
    """Gives somebody a place, unless they have one."""
    await tx.run(
        _ENTER,
        **_at(place.event),
        id=place.name.id,
        person=place.person,
        create_time=place.create_time,
        since=since,
    )
    tx.stir(room_of(place.event.id))


async def read(tx: Tx, name: Name, *, own: str | None) -> Place | None:
    row = await tx.maybe(_READ, organization=name.organization, id=name.id, own=own)
    return _place(row) if row else None


async def place_of(tx: Tx, event: Name, person: str) -> Place:
    return _place(await tx.one(_OF, **_at(event), person=person))


async def line(tx: Tx, event: Name, since: datetime) -> list[Place]:
    """Who waits, and who was let in since then."""
    return [_place(row) for row in await tx.all(_LINE, **_at(event), since=since)]


async def how_many(tx: Tx, event: Name) -> int:
    return int((await tx.one(_COUNT, **_at(event))).number)


async def admit(tx: Tx, event: Name, most: int, now: datetime) -> int:
    """Lets in those who are next."""
    tx.stir(room_of(event.id))
    return await tx.run(_ADMIT, **_at(event), most=most, now=now)


async def draw(tx: Tx, event: Name) -> None:
    """Draws by lot in which order those are let in who wait."""
    await tx.run(_DRAW, **_at(event))


def _room(row: Any) -> Room:
    return Room(
        Mode(row.mode),
        row.rate,
        row.shuffles,
        row.open_time,
        row.version,
        row.admit_time,
        row.drawn,
        row.guarded,
    )


def _place(row: Any) -> Place:
    return Place(
        Name(row.organization, row.id),
        Name(row.organization, row.event),
        row.person,
        row.number,
        row.create_time,
        row.admit_time,
        row.position,
        row.version,
    )
