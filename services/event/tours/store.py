"""How far the tours have come, and who comes next: one statement per function."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.event.participants.domain import PARTICIPANTS
from services.event.tables import participants, seats, tours
from services.event.tours.domain import STATES, Leg
from services.kit.db import Tx, sql
from services.kit.names import Name

FIRST = uuid.UUID(int=0)
_KEY = ("organization", "event", "leg")
_BEGIN = sql(
    insert(tours)
    .values({c.name: sa.bindparam(c.name, type_=c.type) for c in tours.c})
    .on_conflict_do_update(
        index_elements=[tours.c[name] for name in _KEY], set_={"after": sa.bindparam("after")}
    )
)
_AT = (
    tours.c.organization == sa.bindparam("organization"),
    tours.c.event == sa.bindparam("event"),
)
_LOCK = sql(sa.select(tours.c.leg, tours.c.after).where(*_AT).with_for_update())
_MOVE = sql(
    sa.update(tours)
    .where(*_AT, tours.c.leg == sa.bindparam("leg"))
    .values(after=sa.bindparam("after"))
)
_END = sql(sa.delete(tours).where(*_AT, tours.c.leg == sa.bindparam("leg")))
_size = sa.bindparam("size", type_=sa.Integer)
_PEOPLE = sql(
    sa.select(participants.c.id)
    .where(
        participants.c.organization == sa.bindparam("organization"),
        participants.c.event == sa.bindparam("event"),
        participants.c.id > sa.bindparam("after"),
        participants.c.state == sa.any_(sa.bindparam("states", type_=ARRAY(sa.Text))),
    )
    .order_by(participants.c.id)
    .limit(_size)
)
_before = seats.alias("before")
_USERS = sql(
    sa.select(seats.c.booking, seats.c.buyer)
    .where(
        seats.c.organization == sa.bindparam("organization"),
        seats.c.event == sa.bindparam("event"),
        seats.c.booking > sa.bindparam("after"),
        seats.c.buyer.like("users/%"),
        # Who booked twice is told once.
        ~sa.exists().where(
            _before.c.organization == seats.c.organization,
            _before.c.event == seats.c.event,
            _before.c.buyer == seats.c.buyer,
            _before.c.booking < seats.c.booking,
        ),
    )
    .order_by(seats.c.booking)
    .limit(_size)
)


async def begin(tx: Tx, event: Name, leg: Leg) -> None:
    """Starts a leg, or starts it over."""
    await tx.run(_BEGIN, **_at(event), leg=leg.value, after=FIRST)


async def lock_legs(tx: Tx, event: Name) -> dict[Leg, uuid.UUID]:
    """The legs that are not at their end, and how far each has come."""
    return {Leg(row.leg): row.after for row in await tx.all(_LOCK, **_at(event))}


async def move(tx: Tx, event: Name, leg: Leg, after: uuid.UUID) -> None:
    await tx.run(_MOVE, **_at(event), leg=leg.value, after=after)


async def end(tx: Tx, event: Name, leg: Leg) -> None:
    await tx.run(_END, **_at(event), leg=leg.value)


async def next_of(
    tx: Tx, event: Name, leg: Leg, *, after: uuid.UUID, size: int
) -> Sequence[tuple[uuid.UUID, str]]:
    """Who comes next: where that is on the tour, and their name."""
    where = {**_at(event), "after": after, "size": size}
    if leg is Leg.MOVED_USERS:
        return [(row.booking, row.buyer) for row in await tx.all(_USERS, **where)]
    found = await tx.all(_PEOPLE, **where, states=[mark.value for mark in STATES[leg]])
    return [(row.id, PARTICIPANTS.format(Name(event.organization, row.id))) for row in found]


def _at(event: Name) -> dict[str, uuid.UUID]:
    return {"organization": event.organization, "event": event.id}
