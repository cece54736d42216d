"""What is done with figures, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime

from services.event.analytics import domain, store
from services.event.analytics.domain import Delivery, Figures, Offer, Receipt, Sale
from services.event.events import store as events
from services.event.participants import store as people
from services.kit.db import Tx
from services.kit.names import Name

# The due work that finds who is absent, once an event is over.
CLOSE = "close figures"


async def of_event(tx: Tx, event: Name) -> Figures:
    await events.find(tx, event)
    return Figures(
        counts=await store.totals(tx, event.organization, event.id),
        days=domain.days(await store.by_day(tx, event.organization, event.id)),
        offer=await store.offered(tx, event),
    )


async def of_organization(tx: Tx, organization: uuid.UUID) -> Figures:
    return Figures(
        counts=await store.totals(tx, organization, organization),
        days=domain.days(await store.by_day(tx, organization, organization)),
    )


# --- what is told


async def offer(tx: Tx, event: Name, told: Offer, ends: datetime, at: datetime) -> None:
    """Knows how many seats there are, and when to look who did not come."""
    await store.offer(tx, event, told, at)
    tx.schedule(CLOSE, event.organization, event.id, ends + domain.GRACE)


async def call_off(tx: Tx, event: Name) -> None:
    """Nobody is absent from what does not take place."""
    await store.call_off(tx, event)
    await store.await_again(tx, event)
    tx.unschedule(CLOSE, event.id)


async def withdraw(tx: Tx, event: Name) -> None:
    """Knows nothing of an event that is not before the public any more."""
    await store.withdraw(tx, event)
    tx.unschedule(CLOSE, event.id)


async def sell(tx: Tx, organization: uuid.UUID, sale: Sale) -> None:
    zone = await store.zone(tx, organization, sale.event)
    await store.sell(tx, organization, sale, zone)
    await store.attach(tx, organization, sale, zone)


async def receive(tx: Tx, organization: uuid.UUID, receipt: Receipt) -> None:
    event = await store.booked(tx, organization, receipt.booking)
    zone = await store.zone(tx, organization, event or receipt.booking)
    await store.receive(tx, organization, receipt, event, zone)


async def deliver(tx: Tx, organization: uuid.UUID, delivery: Delivery) -> None:
    if delivery.participant is None:
        await store.deliver(tx, organization, delivery)
        return
    # Whoever else writes the participant does so before or after all of this. One who was merged
    # into another is that other.
    found = await people.lock_if_known(tx, Name(organization, delivery.participant))
    who = found.name.id if found else delivery.participant
    await store.deliver(tx, organization, dataclasses.replace(delivery, participant=who))
    await store.reach(tx, organization, who)


async def adopt(tx: Tx, into: Name, duplicate: Name) -> None:
    """Who turned out to be somebody else was reached as that one."""
    await people.lock_if_known(tx, into)
    await store.adopt(tx, into, duplicate)
    await store.reach(tx, into.organization, into.id)


async def close(tx: Tx, event: Name, now: datetime) -> None:
    """Finds who had a seat and did not come; comes again later if the event ends later."""
    ends = await store.end_time(tx, event)
    if ends is None:
        return
    if ends + domain.GRACE > now:
        await store.await_again(tx, event)
        tx.schedule(CLOSE, event.organization, event.id, ends + domain.GRACE)
        return
    await store.miss(tx, event)
