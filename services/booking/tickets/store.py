"""What is kept of tickets and of what they are for. Each function is one statement."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.booking.check_in.tables import doors
from services.booking.tables import bookings, gatherings, tickets
from services.booking.tickets.domain import Gathering, State, Ticket, Transfer
from services.kit.db import Statement, Tx, sql
from services.kit.names import Name

# What every reader of tickets selects.
TICKETS = sa.select(
    tickets,
    sa.case(
        (sa.and_(tickets.c.state == "valid", bookings.c.state != "confirmed"), "cancelled"),
        (sa.and_(tickets.c.state == "valid", tickets.c.entry_time.is_not(None)), "used"),
        (sa.and_(tickets.c.state == "valid", bookings.c.disputed), "suspended"),
        else_=tickets.c.state,
    ).label("standing"),
).join(
    bookings,
    sa.and_(bookings.c.organization == tickets.c.organization, bookings.c.id == tickets.c.booking),
)
_NAMED = (
    tickets.c.organization == sa.bindparam("organization"),
    tickets.c.id == sa.bindparam("id"),
)
_own = sa.bindparam("own", type_=sa.Text)
_READ = sql(TICKETS.where(*_NAMED, sa.or_(_own.is_(None), tickets.c.holder == _own)))
_LOCK = sql(TICKETS.where(*_NAMED).with_for_update(of=tickets))
_BY_CODE = sql(
    TICKETS.where(
        tickets.c.organization == sa.bindparam("organization"),
        tickets.c.code == sa.bindparam("code"),
    )
)
_event = sa.bindparam("event", type_=sa.Uuid)


def _page(*where: Any) -> Statement:
    return sql(
        TICKETS.where(
            tickets.c.organization == sa.bindparam("organization"),
            sa.or_(_event.is_(None), tickets.c.event == _event),
            tickets.c.id > sa.bindparam("after", type_=sa.Uuid),
            *where,
        )
        .order_by(tickets.c.id)
        .limit(sa.bindparam("size", type_=sa.Integer))
    )


# Two statements, for they take different indexes.
_PAGE = _page()
_OWN_PAGE = _page(tickets.c.holder == sa.bindparam("own"))

_CHANGING = (
    "code",
    "holder",
    "state",
    "issue",
    "transfer",
    "transfer_recipient",
    "transfer_expire_time",
    "update_time",
    "version",
)
_SAVE = sql(
    sa.update(tickets)
    .where(*_NAMED)
    .values({name: sa.bindparam(name, type_=tickets.c[name].type) for name in _CHANGING})
)
_KNOWN = ("display_name", "start_time", "end_time", "time_zone", "place")
_know = insert(gatherings).values({c.name: sa.bindparam(c.name) for c in gatherings.c})
_KNOW = sql(
    _know.on_conflict_do_update(
        index_elements=[gatherings.c.organization, gatherings.c.event],
        set_={name: _know.excluded[name] for name in _KNOWN},
    )
)
_GATHERING = sql(
    sa.select(gatherings).where(
        gatherings.c.organization == sa.bindparam("organization"),
        gatherings.c.event == sa.bindparam("event"),
    )
)

_FRESH = sql(
    sa.select(doors.c.fresh_codes).where(
        doors.c.organization == sa.bindparam("organization"),
        doors.c.event == sa.bindparam("event"),
    )
)


async def read(tx: Tx, name: Name, *, own: str | None) -> Ticket | None:
    """A ticket, if it is there and `own` has it, or whoever if that is None."""
    row = await tx.maybe(_READ, organization=name.organization, id=name.id, own=own)
    return ticket_of(row) if row else None


async def lock(tx: Tx, name: Name) -> Ticket | None:
    """A ticket, kept from every other writer; its booking is locked already."""
    row = await tx.maybe(_LOCK, organization=name.organization, id=name.id)
    return ticket_of(row) if row else None


async def with_code(tx: Tx, organization: uuid.UUID, code: str) -> Ticket | None:
    row = await tx.maybe(_BY_CODE, organization=organization, code=code)
    return ticket_of(row) if row else None


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: uuid.UUID | None,
    own: str | None,
    after: uuid.UUID,
    size: int,
) -> list[Ticket]:
    """Tickets by their ids, which is oldest first."""
    where = {"organization": organization, "event": event, "after": after, "size": size}
    if own is None:
        rows = await tx.all(_PAGE, **where)
    else:
        rows = await tx.all(_OWN_PAGE, own=own, **where)
    return [ticket_of(row) for row in rows]


async def save(tx: Tx, ticket: Ticket) -> None:
    """Writes what may change of a locked ticket."""
    offer = ticket.transfer
    state = ticket.state if ticket.state is State.RETURNED else State.VALID
    await tx.run(
        _SAVE,
        organization=ticket.name.organization,
        id=ticket.name.id,
        code=ticket.code,
        holder=ticket.holder,
        state=state.value,
        issue=ticket.issue,
        transfer=offer.id if offer else None,
        transfer_recipient=offer.recipient if offer else None,
        transfer_expire_time=offer.expire_time if offer else None,
        update_time=ticket.update_time,
        version=ticket.version,
    )


async def know(tx: Tx, event: Name, gathering: Gathering) -> None:
    """Keeps what tickets say of their event."""
    values = {name: getattr(gathering, name) for name in _KNOWN}
    await tx.run(_KNOW, organization=event.organization, event=event.id, **values)


async def fresh_codes(tx: Tx, event: Name) -> bool:
    """Whether the door of an event wants codes that end."""
    row = await tx.maybe(_FRESH, organization=event.organization, event=event.id)
    return bool(row and row.fresh_codes)


async def gathering(tx: Tx, event: Name) -> Gathering | None:
    row = await tx.maybe(_GATHERING, organization=event.organization, event=event.id)
    return Gathering(**{name: getattr(row, name) for name in _KNOWN}) if row else None


def ticket_of(row: Any) -> Ticket:
    organization, offer = row.organization, None
    if row.transfer is not None:
        offer = Transfer(row.transfer, row.transfer_expire_time, row.transfer_recipient)
    return Ticket(
        name=Name(organization, row.id),
        booking=Name(organization, row.booking),
        event=Name(organization, row.event),
        ticket_type=row.ticket_type,
        code=row.code,
        holder=row.holder,
        state=State(row.standing),
        update_time=row.update_time,
        issue=row.issue,
        transfer=offer,
        version=row.version,
        check_in_time=row.entry_time,
        seat=row.seat,
    )
