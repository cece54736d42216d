"""What is done with events, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from services.event.events import domain, store, wire
from services.event.events.domain import EVENTS, Event, EventNotFound, Plan, State
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name


async def create(tx: Tx, organization: uuid.UUID, plan: Plan, now: datetime) -> Event:
    event = domain.draft(Name(organization, new_id()), plan, now)
    await store.add(tx, event)
    return event


async def read(tx: Tx, name: Name, *, member: bool) -> Event:
    """Reads an event as far as the caller may know of it."""
    event = await store.read(tx, name)
    if not domain.visible(event, member=member):
        raise EventNotFound(EVENTS.format(name))
    return event


async def update(
    tx: Tx, name: Name, revision: Callable[[Event], Plan], now: datetime, *, seen: int | None
) -> Event:
    """Gives an event the plan that `revision` makes of it."""
    before = await store.lock_event(tx, name)
    event = domain.revise(before, revision(before), now)
    types = event.plan.ticket_types != before.plan.ticket_types
    saved = await store.save(tx, event, seen=seen, types=types)
    if saved.state is State.PUBLISHED:
        tx.publish(wire.revised(saved), subject=EVENTS.format(name))
    return saved


async def publish(tx: Tx, name: Name, now: datetime, *, seen: int | None) -> Event:
    event = domain.publish(await store.lock_event(tx, name), now)
    saved = await store.save(tx, event, seen=seen)
    tx.publish(wire.published(saved), subject=EVENTS.format(name))
    return saved


async def cancel(tx: Tx, name: Name, reason: str, now: datetime, *, seen: int | None) -> Event:
    event = domain.cancel(await store.lock_event(tx, name), reason, now)
    saved = await store.save(tx, event, seen=seen)
    tx.publish(wire.cancelled(saved), subject=EVENTS.format(name))
    return saved
