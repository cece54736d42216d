"""What is kept of what was told, and what it adds up to: one statement per function.

Each upsert gives the same row in whatever order the facts come: times are the first that were
told, and what was sold outlives what was held.
"""

from __future__ import annotations

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.event.analytics.domain import (
    MOST_DAYS,
    Delivery,
    Offer,
    Receipt,
    Sale,
    day,
)
from services.event.tables import (
    arrivals,
    deliveries,
    events,
    figures,
    offers,
    participants,
    receipts,
    sales,
)
from services.kit.db import Tx, sql
from services.kit.names import Name

DAYS = ("sold on", "returned on", "captured on", "refunded on")
# Parts of a participant that are read out of the messages, and not out of the steps.
OF_MESSAGES = ("sent", "delivered")
INVITATION = "invitation"
# Nobody ever says that an e-mail reached somebody.
SILENT = "email"

_here = sa.bindparam("organization", type_=sa.Uuid)


def _columns(table: sa.Table) -> dict[str, Any]:
    return {c.name: sa.bindparam(c.name, type_=c.type) for c in table.c}


def _first(table: sa.Table, new: Any, *names: str) -> dict[str, Any]:
    """The earliest that was told; null is no time."""
    return {name: sa.func.least(table.c[name], new.excluded[name]) for name in names}


# --- what was told

_offer = insert(offers).values(_columns(offers))
_OFFER = sql(
    _offer.on_conflict_do_update(
        index_elements=[offers.c.organization, offers.c.event],
        set_={
            name: _offer.excluded[name]
            for name in ("seats", "ticket_types", "capacities", "tell_time")
        },
        where=offers.c.tell_time <= _offer.excluded.tell_time,
    )
)
_CALL_OFF = sql(
    sa.update(offers)
    .where(offers.c.organization == _here, offers.c.event == sa.bindparam("id"))
    .values(cancelled=True)
)
_WITHDRAW = sql(
    sa.delete(offers).where(offers.c.organization == _here, offers.c.event == sa.bindparam("id"))
)

_sale = insert(sales).values(_columns(sales))
# Of what was sold nothing else tells how many seats it is.
_says_more = sa.and_(
    sa.func.cardinality(_sale.excluded.quantities) > 0,
    sa.or_(sales.c.confirm_time.is_(None), _sale.excluded.confirm_time.is_not(None)),
)
_SALE = sql(
    _sale.on_conflict_do_update(
        index_elements=[sales.c.organization, sales.c.booking],
        set_={
            "event": _sale.excluded.event,
            **{
                name: sa.case((_says_more, _sale.excluded[name]), else_=sales.c[name])
                for name in ("ticket_types", "quantities")
            },
            **_first(sales, _sale, "hold_time", "confirm_time", "lapse_time", "cancel_time"),
            **_first(sales, _sale, "confirm_day", "cancel_day"),
        },
    )
)
_STUB = sql(
    insert(sales)
    .values(organization=_here, booking=sa.bindparam("booking"))
    .on_conflict_do_nothing()
)
_BOOKED = sql(
    sa.select(sales.c.event).where(
        sales.c.organization == _here, sales.c.booking == sa.bindparam("booking")
    )
)
_RECEIPT = sql(insert(receipts).values(_columns(receipts)).on_conflict_do_nothing())
_LOOSE = sql(
    sa.select(receipts.c.id, receipts.c.time).where(
        receipts.c.organization == _here,
        receipts.c.booking == sa.bindparam("booking"),
        receipts.c.event.is_(None),
    )
)
_ATTACH = sql(
    sa.update(receipts)
    .where(receipts.c.organization == _here, receipts.c.id == sa.bindparam("receipt"))
    .values(event=sa.bindparam("at"), day=sa.bindparam("on"))
)

_delivery = insert(deliveries).values(_columns(deliveries))
_DELIVERY = sql(
    _delivery.on_conflict_do_update(
        index_elements=[deliveries.c.organization, deliveries.c.message],
        set_=_first(deliveries, _delivery, "sent_time", "deliver_time", "read_time", "fail_time"),
    )
)
_theirs = (
    deliveries.c.organization == participants.c.organization,
    deliveries.c.participant == participants.c.id,
)
_invited = (*_theirs, deliveries.c.kind == INVITATION, deliveries.c.sent_time.is_not(None))
_arrived = sa.and_(
    deliveries.c.fail_time.is_(None),
    sa.or_(
        deliveries.c.deliver_time.is_not(None),
        deliveries.c.read_time.is_not(None),
        deliveries.c.channel == SILENT,
    ),
)


def _any_message(*wanted: Any) -> Any:
    return sa.select(deliveries.c.message).where(*wanted).correlate(participants).exists()


_mark = sa.func.unnest(participants.c.reached).column_valued("mark")
_marks = sa.union(
    sa.select(_mark).where(_mark.not_in(OF_MESSAGES)),
    sa.select(sa.literal("sent")).where(_any_message(*_invited)),
    sa.select(sa.literal("delivered")).where(_any_message(*_invited, _arrived)),
)
_REACHED = sql(
    sa.update(participants)
    .where(participants.c.organization == _here, participants.c.id == sa.bindparam("participant"))
    .values(
        reached=sa.func.array(_marks.scalar_subquery(), type_=ARRAY(sa.Text)),
        channels=sa.func.array(
            sa.select(deliveries.c.channel)
            .distinct()
            .where(*_theirs, deliveries.c.sent_time.is_not(None))
            .scalar_subquery(),
            type_=ARRAY(sa.Text),
        ),
    )
)
_ADOPT = sql(
    sa.update(deliveries)
    .where(deliveries.c.organization == _here, deliveries.c.participant == sa.bindparam("who"))
    .values(participant=sa.bindparam("into"))
)

_ARRIVAL = sql(insert(arrivals).values(_columns(arrivals)).on_conflict_do_nothing())
_NO_ARRIVAL = sql(
    sa.delete(arrivals).where(
        arrivals.c.organization == _here, arrivals.c.journey == sa.bindparam("journey")
    )
)

_seated = (
    participants.c.organization == _here,
    participants.c.event == sa.bindparam("id"),
    participants.c.state.in_(["confirmed", "under_way"]),
)
_absent = sa.literal("absent") == sa.any_(participants.c.reached)
_ABSENT = sql(
    sa.update(participants)
    .where(*_seated, sa.not_(_absent))
    .values(reached=sa.func.array_append(participants.c.reached, "absent"))
)
_AWAITED = sql(
    sa.update(participants)
    .where(*_seated[:2], _absent)
    .values(reached=sa.func.array_remove(participants.c.reached, "absent"))
)
_EVENT = sql(
    sa.select(events.c.time_zone, events.c.end_time, events.c.state).where(
        events.c.organization == _here, events.c.id == sa.bindparam("id")
    )
)


async def offer(tx: Tx, event: Name, told: Offer, at: datetime) -> None:
    await tx.run(
        _OFFER,
        organization=event.organization,
        event=event.id,
        seats=told.seats,
        ticket_types=list(told.capacities),
        capacities=list(told.capacities.values()),
        cancelled=False,
        tell_time=at,
    )


async def call_off(tx: Tx, event: Name) -> None:
    await tx.run(_CALL_OFF, organization=event.organization, id=event.id)


async def withdraw(tx: Tx, event: Name) -> None:
    await tx.run(_WITHDRAW, organization=event.organization, id=event.id)


async def sell(tx: Tx, organization: uuid.UUID, sale: Sale, zone: tzinfo) -> None:
    await tx.run(
        _SALE,
        organization=organization,
        booking=sale.booking,
        event=sale.event,
        ticket_types=list(sale.seats),
        quantities=list(sale.seats.values()),
        hold_time=sale.hold_time,
        confirm_time=sale.confirm_time,
        lapse_time=sale.lapse_time,
        cancel_time=sale.cancel_time,
        confirm_day=_day(sale.confirm_time, zone),
        cancel_day=_day(sale.cancel_time, zone),
    )


async def attach(tx: Tx, organization: uuid.UUID, sale: Sale, zone: tzinfo) -> None:
    """Tells the money that came before its booking what it was for."""
    loose = await tx.all(_LOOSE, organization=organization, booking=sale.booking)
    rows = [
        {
            "organization": organization,
            "receipt": row.id,
            "at": sale.event,
            "on": day(row.time, zone),
        }
        for row in loose
    ]
    if rows:
        await tx.many(_ATTACH, rows)


async def booked(tx: Tx, organization: uuid.UUID, booking: uuid.UUID) -> uuid.UUID | None:
    """What event a booking is for, if that was told; if not, it will find what is added now.

    Whoever tells of the booking meanwhile waits for this transaction, or this one for them.
    """
    await tx.run(_STUB, organization=organization, booking=booking)
    found: uuid.UUID | None = (
        await tx.one(_BOOKED, organization=organization, booking=booking)
    ).event
    return found


async def receive(
    tx: Tx, organization: uuid.UUID, receipt: Receipt, event: uuid.UUID | None, zone: tzinfo
) -> None:
    await tx.run(
        _RECEIPT,
        organization=organization,
        id=receipt.id,
        booking=receipt.booking,
        event=event,
        day=day(receipt.time, zone) if event else None,
        kind=receipt.kind,
        currency=receipt.amount.currency,
        amount_minor=receipt.amount.minor,
        time=receipt.time,
    )


async def deliver(tx: Tx, organization: uuid.UUID, delivery: Delivery) -> None:
    await tx.run(
        _DELIVERY,
        organization=organization,
        message=delivery.message,
        event=delivery.event,
        participant=delivery.participant,
        channel=delivery.channel,
        kind=delivery.kind,
        sent_time=delivery.sent_time,
        deliver_time=delivery.deliver_time,
        read_time=delivery.read_time,
        fail_time=delivery.fail_time,
    )


async def reach(tx: Tx, organization: uuid.UUID, participant: uuid.UUID) -> None:
    """Reads anew out of the messages how somebody was reached."""
    await tx.run(_REACHED, organization=organization, participant=participant)


async def adopt(tx: Tx, into: Name, duplicate: Name) -> None:
    await tx.run(_ADOPT, organization=into.organization, who=duplicate.id, into=into.id)


async def arrive(
    tx: Tx,
    organization: uuid.UUID,
    journey: uuid.UUID,
    event: uuid.UUID,
    *,
    late: int,
    error: int | None,
) -> None:
    await tx.run(
        _ARRIVAL,
        organization=organization,
        journey=journey,
        event=event,
        lateness=late,
        error=error,
    )


async def arrive_not(tx: Tx, organization: uuid.UUID, journey: uuid.UUID) -> None:
    await tx.run(_NO_ARRIVAL, organization=organization, journey=journey)


async def miss(tx: Tx, event: Name) -> None:
    """Marks who had a seat and did not arrive."""
    await tx.run(_ABSENT, organization=event.organization, id=event.id)


async def await_again(tx: Tx, event: Name) -> None:
    """Takes such marks back."""
    await tx.run(_AWAITED, organization=event.organization, id=event.id)


async def zone(tx: Tx, organization: uuid.UUID, event: uuid.UUID) -> tzinfo:
    """The zone of an event; UTC of one that is gone."""
    row = await tx.maybe(_EVENT, organization=organization, id=event)
    return zoneinfo.ZoneInfo(row.time_zone) if row else UTC


async def end_time(tx: Tx, event: Name) -> datetime | None:
    """When an event ends, unless there is none any more."""
    row = await tx.maybe(_EVENT, organization=event.organization, id=event.id)
    return row.end_time if row else None


def _day(time: datetime | None, zone: tzinfo) -> dt.date | None:
    return None if time is None else day(time, zone)


# --- what it adds up to

_amount = sa.cast(sa.func.sum(figures.c.amount), sa.BigInteger).label("amount")
_counted = (
    sa.select(figures.c.measure, figures.c.key, _amount)
    .where(figures.c.organization == _here, figures.c.scope == sa.bindparam("scope"))
    .group_by(figures.c.measure, figures.c.key)
    .having(sa.func.sum(figures.c.amount) != 0)
)
_TOTALS = sql(_counted.where(figures.c.measure.not_in(DAYS)))
# Read from the last day back, so that what is older is not looked at.
_BY_DAY = sql(
    _counted.where(
        figures.c.measure == sa.bindparam("measure"), figures.c.key >= sa.bindparam("since")
    )
)
_LAST = sql(
    sa.select(figures.c.key)
    .where(
        figures.c.organization == _here,
        figures.c.scope == sa.bindparam("scope"),
        figures.c.measure == sa.bindparam("measure"),
    )
    .order_by(figures.c.key.desc())
    .limit(1)
)
_OFFERED = sql(
    sa.select(offers.c.seats, offers.c.ticket_types, offers.c.capacities).where(
        offers.c.organization == _here, offers.c.event == sa.bindparam("id")
    )
)


async def totals(tx: Tx, organization: uuid.UUID, scope: uuid.UUID) -> dict[str, dict[str, int]]:
    """Everything that is not counted by day, of an event or (by its own id) an organization."""
    found: dict[str, dict[str, int]] = {}
    for row in await tx.all(_TOTALS, organization=organization, scope=scope):
        found.setdefault(row.measure, {})[row.key] = row.amount
    return found


async def by_day(
    tx: Tx, organization: uuid.UUID, scope: uuid.UUID
) -> Sequence[tuple[str, str, int]]:
    """What is counted by day: measure, key and amount of at least the last `MOST_DAYS`."""
    at = {"organization": organization, "scope": scope}
    lasts = [row.key for m in DAYS for row in await tx.all(_LAST, **at, measure=m)]
    if not lasts:
        return []
    # Days without anything are few where something is sold every day, and many where not; a
    # longer look back costs next to nothing then.
    last = dt.date.fromisoformat(max(lasts)[:10])
    since = (last - dt.timedelta(days=2 * MOST_DAYS)).isoformat()
    rows = [row for m in DAYS for row in await tx.all(_BY_DAY, **at, measure=m, since=since)]
    return [(row.measure, row.key, row.amount) for row in rows]


async def offered(tx: Tx, event: Name) -> Offer | None:
    row = await tx.maybe(_OFFERED, organization=event.organization, id=event.id)
    if row is None:
        return None
    return Offer(row.seats, dict(zip(row.ticket_types, row.capacities, strict=True)))
