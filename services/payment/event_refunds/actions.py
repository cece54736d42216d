"""What giving an event's money back does. Each function runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.kit.db import Tx
from services.kit.names import Name
from services.payment import actions as payments
from services.payment.domain import Reason
from services.payment.event_refunds import domain, store
from services.payment.event_refunds.domain import EVENT_REFUNDS, Run, Tally

# Goes on giving back; its id is the event's.
REFUND_EVENT = "refund-event"
BATCH = 100  # payments in one transaction
BEFORE_ALL = uuid.UUID(int=0)


async def begin(tx: Tx, event: Name, now: datetime) -> None:
    """Has all given back that was paid for an event, in the background."""
    if await store.add(tx, Run(event, BEFORE_ALL, running=True, create_time=now)):
        tx.schedule(REFUND_EVENT, event.organization, event.id, now)


async def go_on(tx: Tx, event: Name, now: datetime, size: int = BATCH) -> None:
    """Begins to give the next payments back, and comes again while there may be more."""
    run = await store.lock(tx, event)
    if run is None or not run.running:
        return
    found = await store.lock_next(tx, run, size)
    await payments.refund_all(tx, found, Reason.EVENT_CANCELLED, now)
    last = found[-1].name.id if found else run.last
    if len(found) == size:
        tx.schedule(REFUND_EVENT, event.organization, event.id, now)
        await store.save(tx, replace(run, last=last, version=run.version + 1))
    else:
        ended = replace(run, last=last, running=False, finish_time=now, version=run.version + 1)
        await store.save(tx, ended)


async def retry(tx: Tx, event: Name, now: datetime) -> tuple[Run, Tally]:
    """Walks through the payments once more: what could not go back is tried again."""
    run = _found(await store.lock(tx, event), event)
    if not run.running:
        run = replace(run, last=BEFORE_ALL, running=True, finish_time=None, version=run.version + 1)
        await store.save(tx, run)
        tx.schedule(REFUND_EVENT, event.organization, event.id, now)
    return run, await store.tally(tx, event)


async def get(tx: Tx, event: Name) -> tuple[Run, Tally]:
    run = _found(await store.read(tx, event), event)
    return run, await store.tally(tx, event)


async def page(
    tx: Tx, organization: uuid.UUID, *, after: uuid.UUID, size: int
) -> Sequence[tuple[Run, Tally]]:
    runs = await store.page(tx, organization, after=after, size=size)
    return [(run, await store.tally(tx, run.name)) for run in runs]


def _found(run: Run | None, event: Name) -> Run:
    if run is None:
        raise domain.EventRefundNotFound(EVENT_REFUNDS.format(event))
    return run
