"""What location keeps of gatherings and of who comes. One statement per function."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.kit.db import Tx, sql
from services.kit.names import Name
from services.location.events.domain import Event
from services.location.tables import attendances, events, transfers

_ANNOUNCE = insert(events)
_ANNOUNCE_EVENT = sql(
    _ANNOUNCE.on_conflict_do_update(
        index_elements=[events.c.organization, events.c.id],
        set_={
            name: _ANNOUNCE.excluded[name]
            for name in ("latitude", "longitude", "radius_meters", "start_time", "end_time")
        }
        # It takes place after all: somebody published it anew, or moved it back to a venue.
        | {"cancelled": sa.false()},
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


async def find(tx: Tx, name: Name) -> Event | None:
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


_ATTEND = insert(attendances)
_ATTENDANCE = sql(
    _ATTEND.on_conflict_do_update(
        index_elements=[attendances.c.organization, attendances.c.booking],
        set_={
            "confirmed": _ATTEND.excluded.confirmed,
            "seats": sa.func.coalesce(_ATTEND.excluded.seats, attendances.c.seats),
        },
    ).values(
        {
            name: sa.bindparam(name, type_=attendances.c[name].type)
            for name in ("organization", "booking", "event", "attendee", "confirmed", "seats")
        }
    )
)
_of_booking = (
    transfers.c.organization == attendances.c.organization,
    transfers.c.booking == attendances.c.booking,
)
_gone = (
    sa.select(sa.func.count())
    .where(*_of_booking, (transfers.c.holder != attendances.c.attendee) | transfers.c.returned)
    .scalar_subquery()
)
_called_off = sa.exists().where(*_of_booking, ~attendances.c.confirmed)
_ATTENDS = sql(
    sa.select(
        sa.or_(
            # Who bought, unless every ticket is somebody else's by now …
            sa.exists().where(
                attendances.c.organization == sa.bindparam("organization"),
                attendances.c.event == sa.bindparam("event"),
                attendances.c.attendee == sa.bindparam("attendee"),
                attendances.c.confirmed,
                attendances.c.seats.is_(None) | (attendances.c.seats > _gone),
            ),
            # … and who was given a ticket, as long as the booking stands.
            sa.exists().where(
                transfers.c.organization == sa.bindparam("organization"),
                transfers.c.event == sa.bindparam("event"),
                transfers.c.holder == sa.bindparam("attendee"),
                ~transfers.c.returned,
                ~_called_off,
            ),
        )
    )
)
_HOLDERS = sql(
    sa.select(transfers.c.holder)
    .distinct()
    .where(
        transfers.c.organization == sa.bindparam("organization"),
        transfers.c.booking == sa.bindparam("booking"),
    )
)
_PASS = insert(transfers)
_PASS_ON = sql(
    _PASS.on_conflict_do_update(
        index_elements=[transfers.c.organization, transfers.c.ticket],
        set_={
            "holder": _PASS.excluded.holder,
            # What was given back is nobody's again, whatever is told late.
            "returned": transfers.c.returned | _PASS.excluded.returned,
        },
    ).values(
        {
            name: sa.bindparam(name, type_=transfers.c[name].type)
            for name in ("organization", "ticket", "booking", "event", "holder", "returned")
        }
    )
)


async def attend(
    tx: Tx, booking: Name, event: Name, attendee: str, *, confirmed: bool, seats: int | None = None
) -> None:
    """Writes down whether a booking stands, and of how many seats it is."""
    await tx.run(
        _ATTENDANCE,
        organization=booking.organization,
        booking=booking.id,
        event=event.id,
        attendee=attendee,
        confirmed=confirmed,
        seats=seats,
    )


async def pass_on(
    tx: Tx, ticket: Name, booking: Name, event: Name, holder: str, *, returned: bool
) -> None:
    """Writes down who has a ticket, or had it until it was given back."""
    await tx.run(
        _PASS_ON,
        organization=ticket.organization,
        ticket=ticket.id,
        booking=booking.id,
        event=event.id,
        holder=holder,
        returned=returned,
    )


async def holders(tx: Tx, booking: Name) -> list[str]:
    """Who was ever given a ticket of a booking and may still have it."""
    rows = await tx.all(_HOLDERS, organization=booking.organization, booking=booking.id)
    return [row.holder for row in rows]


_MOVE_ATTENDANCES = sql(
    sa.update(attendances)
    .where(
        attendances.c.organization == sa.bindparam("organization"),
        attendances.c.event == sa.bindparam("event"),
        attendances.c.attendee == sa.bindparam("duplicate"),
    )
    .values(attendee=sa.bindparam("into"))
)


_MOVE_TRANSFERS = sql(
    sa.update(transfers)
    .where(
        transfers.c.organization == sa.bindparam("organization"),
        transfers.c.event == sa.bindparam("event"),
        transfers.c.holder == sa.bindparam("duplicate"),
    )
    .values(holder=sa.bindparam("into"))
)


async def move_attendances(tx: Tx, event: Name, *, attendee: str, duplicate: str) -> None:
    """Makes the seats of one attendee those of another."""
    at = {"organization": event.organization, "event": event.id}
    await tx.run(_MOVE_ATTENDANCES, **at, into=attendee, duplicate=duplicate)
    await tx.run(_MOVE_TRANSFERS, **at, into=attendee, duplicate=duplicate)


async def attends(tx: Tx, event: Name, attendee: str) -> bool:
    row = await tx.one(_ATTENDS, organization=event.organization, event=event.id, attendee=attendee)
    return bool(row[0])
