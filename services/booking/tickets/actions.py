"""What becomes of tickets, one function per intent. Each runs inside one transaction.

Locks are taken in one order: the booking, the offers of its event, the ticket.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from services.booking import actions as bookings
from services.booking import domain as sold
from services.booking import store as sales
from services.booking.codes import Signer
from services.booking.domain import BOOKINGS, TICKETS, Cause
from services.booking.tickets import domain, store, wire
from services.booking.tickets.domain import Gathering, Ticket, Transfer
from services.kit.db import Tx
from services.kit.etags import StaleEtag
from services.kit.ids import new_id
from services.kit.names import Name


async def get(tx: Tx, name: Name, *, own: str | None) -> Ticket:
    return _found(await store.read(tx, name, own=own), name)


async def good(tx: Tx, name: Name, *, own: str | None) -> tuple[Ticket, bool]:
    """A ticket that is good, and whether the door of its event wants fresh codes."""
    ticket = await get(tx, name, own=own)
    domain.require_valid(ticket)
    return ticket, await store.fresh_codes(tx, ticket.event)


async def described(
    tx: Tx, name: Name, *, own: str | None
) -> tuple[Ticket, bool, Gathering | None]:
    """The same, with what is known of its event."""
    ticket, fresh = await good(tx, name, own=own)
    return ticket, fresh, await store.gathering(tx, ticket.event)


async def page(
    tx: Tx,
    organization: uuid.UUID,
    *,
    event: uuid.UUID | None,
    own: str | None,
    after: uuid.UUID,
    size: int,
) -> list[Ticket]:
    return await store.page(tx, organization, event=event, own=own, after=after, size=size)


async def reissue(
    tx: Tx, name: Name, *, own: str | None, version: int | None, now: datetime, signer: Signer
) -> Ticket:
    return await _renewed(tx, await _lock(tx, name, own=own, version=version), now, signer)


async def transfer(
    tx: Tx, name: Name, *, own: str | None, version: int | None, now: datetime, recipient: str
) -> Ticket:
    before = await _lock(tx, name, own=own, version=version)
    offer = Transfer(new_id(), now + domain.OFFERED, recipient)
    return await _save(tx, domain.transfer(before, offer, now))


async def recall(
    tx: Tx, name: Name, *, own: str | None, version: int | None, now: datetime
) -> Ticket:
    before = await _lock(tx, name, own=own, version=version)
    after = domain.recall(before, now)
    return after if after is before else await _save(tx, after)


async def accept(
    tx: Tx, name: Name, offer: uuid.UUID, *, who: str, now: datetime, signer: Signer
) -> Ticket:
    """Hands a ticket on to who takes the offer, with a code of its own."""
    try:
        before = await _lock(tx, name, own=None, version=None)
    except domain.TicketNotFound:
        raise domain.TransferNotFound(TICKETS.format(name)) from None
    after = await _renewed(tx, domain.accept(before, offer, who, now), now, signer)
    tx.publish(wire.transferred(after, before.holder), subject=TICKETS.format(name))
    return after


async def give_back(
    tx: Tx,
    name: Name,
    *,
    own: str | None,
    version: int | None,
    now: datetime,
    cause: Cause | None = None,
) -> Ticket:
    """Puts one seat back on sale; the last one of a booking cancels the booking.

    Unless a `cause` is given, its holder did if it is their own.
    """
    ticket = await _lock(tx, name, own=own, version=version)
    after, cause = domain.give_back(ticket, now), cause or sold.cause(own)
    booking = await bookings.get(tx, ticket.booking, own=None)
    if sum(item.quantity for item in booking.items) == 1:
        await bookings.cancel(tx, ticket.booking, own=None, version=None, now=now, cause=cause)
        return await _save(tx, after)
    left = domain.without(booking, ticket.ticket_type, now, ticket.seat)
    await bookings.shrink(tx, booking, left, now)
    amount = booking.total - left.total
    told = wire.returned(ticket, booking.payment, amount, cause)
    tx.publish(told, subject=BOOKINGS.format(booking.name))
    return await _save(tx, after)


async def know(tx: Tx, event: Name, gathering: Gathering) -> None:
    """Remembers what tickets say of their event."""
    await store.know(tx, event, gathering)


async def locked(tx: Tx, name: Name) -> Ticket:
    """A ticket that nobody else writes until the commit, and its booking."""
    return await _lock(tx, name, own=None, version=None)


async def _lock(tx: Tx, name: Name, *, own: str | None, version: int | None) -> Ticket:
    seen = await get(tx, name, own=own)
    await sales.lock(tx, seen.booking)
    ticket = _found(await store.lock(tx, name), name)
    if own not in (None, ticket.holder):
        # It changed hands meanwhile.
        raise domain.TicketNotFound(TICKETS.format(name))
    if version not in (None, ticket.version):
        raise StaleEtag(TICKETS.format(name))
    return ticket


async def _renewed(tx: Tx, ticket: Ticket, now: datetime, signer: Signer) -> Ticket:
    kind, issue = ticket.ticket_type, ticket.issue + 1
    code = signer.sign(ticket.name.id, ticket.event.id, kind, issue)
    return await _save(tx, domain.reissue(ticket, code, now))


async def _save(tx: Tx, ticket: Ticket) -> Ticket:
    await store.save(tx, ticket)
    return ticket


def _found(ticket: Ticket | None, name: Name) -> Ticket:
    if ticket is None:
        raise domain.TicketNotFound(TICKETS.format(name))
    return ticket
