"""What is done with forms, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.event.events import actions as events
from services.event.events import store as event_store
from services.event.forms import domain, store
from services.event.forms.domain import Form
from services.kit.db import Tx
from services.kit.names import Name


async def read(tx: Tx, event: Name, *, member: bool) -> Form:
    """Reads a form as far as the caller may know of its event."""
    await events.read(tx, event, member=member)
    return await store.find(tx, event)


async def update(
    tx: Tx, event: Name, revision: Callable[[Form], Form], now: datetime, *, seen: int | None
) -> Form:
    """Has an event ask what `revision` makes of what it asks."""
    # The row of the event is what two who change its form wait for.
    found = await event_store.lock_event(tx, event)
    before = await store.find(tx, event)
    return await store.save(tx, domain.revise(before, revision(before), found, now), seen=seen)
