"""What is done with webhooks, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from services.event.webhooks import domain, store, wire
from services.event.webhooks.domain import (
    ENDPOINTS,
    Delivery,
    Endpoint,
    Fate,
    Outcome,
    Plan,
    State,
    Told,
    TooManyWebhooks,
    WebhookDeliveryNotFound,
    WebhookEndpointNotFound,
)
from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import ORGANIZATIONS, Name

# The due work: posts one delivery, and forgets the old ones of an endpoint.
SEND, FORGET = "post webhook", "forget webhooks"
DAILY = timedelta(days=1)
MOST_AGAIN = 10_000


async def create(tx: Tx, organization: uuid.UUID, plan: Plan, now: datetime) -> Endpoint:
    if await store.lock_all(tx, organization) >= domain.MOST:
        raise TooManyWebhooks(ORGANIZATIONS.format(organization), domain.MOST)
    endpoint = Endpoint(Name(organization, new_id()), plan, create_time=now, update_time=now)
    await store.add(tx, endpoint)
    tx.schedule(FORGET, organization, endpoint.name.id, now + DAILY)
    return endpoint


async def update(
    tx: Tx,
    name: Name,
    revision: Callable[[Endpoint], Plan],
    now: datetime,
    *,
    seen: int | None,
) -> Endpoint:
    before = await store.lock_endpoint(tx, name)
    return await store.save(tx, domain.revise(before, revision(before), now), seen=seen)


async def delete(tx: Tx, name: Name, *, seen: int | None) -> None:
    await store.drop(tx, await store.lock_endpoint(tx, name), seen=seen)
    tx.unschedule(FORGET, name.id)


async def rotate(tx: Tx, name: Name, now: datetime) -> Endpoint:
    return await store.save(tx, domain.rotate(await store.lock_endpoint(tx, name), now))


async def pause(tx: Tx, name: Name, now: datetime) -> Endpoint:
    before = await store.lock_endpoint(tx, name)
    return await _save(tx, before, domain.pause(before, "paused by a member", now))


async def resume(tx: Tx, name: Name, now: datetime) -> Endpoint:
    before = await store.lock_endpoint(tx, name)
    after = domain.resume(before, now)
    await _go_on(tx, name, now)
    return await _save(tx, before, after)


async def replay(tx: Tx, name: Name, now: datetime) -> Delivery:
    delivery = domain.again(await store.lock_delivery(tx, name), now)
    await store.keep(tx, delivery)
    tx.schedule(SEND, name.organization, name.id, now)
    return delivery


async def replay_all(
    tx: Tx, name: Name, *, since: datetime, before: datetime, only_failed: bool, now: datetime
) -> int:
    await store.lock_endpoint(tx, name)
    fates = (Fate.FAILED,) if only_failed else (Fate.FAILED, Fate.DELIVERED)
    count = await store.again(tx, name, since=since, before=before, fates=fates, most=MOST_AGAIN)
    await _go_on(tx, name, now)
    return count


# --- telling


async def tell(tx: Tx, organization: uuid.UUID, told: Told, now: datetime) -> None:
    """Has every endpoint told that wants to be. A paused one is told when it is resumed."""
    for endpoint, state in await store.listening(tx, organization, told.kind):
        delivery = Delivery(Name(organization, new_id()), endpoint, told)
        if await store.tell(tx, delivery) and state is State.ENABLED:
            tx.schedule(SEND, organization, delivery.name.id, now)


async def begin(tx: Tx, name: Name) -> tuple[Endpoint, Delivery] | None:
    """What is to be posted now, and where; None if that is nothing, or not yet.

    Whoever makes it the first of its subject, or resumes the endpoint, schedules it anew.
    """
    try:
        delivery = await store.lock_delivery(tx, name)
    except WebhookDeliveryNotFound:
        return None
    endpoint = await store.find(tx, Name(name.organization, delivery.endpoint))
    waits = endpoint.state is State.PAUSED or delivery.fate is not Fate.PENDING
    if waits or not await store.is_first(tx, delivery):
        return None
    return endpoint, delivery


async def settle(tx: Tx, name: Name, outcome: Outcome, now: datetime, *, chance: float) -> None:
    """Writes down how an attempt ended, and what comes next."""
    try:
        seen = await store.delivery(tx, name)
        # First what it is of: whoever replays or removes locks in this order too.
        endpoint = await store.lock_endpoint(tx, Name(name.organization, seen.endpoint))
        before = await store.lock_delivery(tx, name)
    except (WebhookDeliveryNotFound, WebhookEndpointNotFound):
        return  # removed meanwhile
    after = domain.settle(before, outcome, now, chance=chance)
    judged = domain.judge(endpoint, outcome, now)
    await store.keep(tx, after)
    if judged != endpoint:
        await store.save(tx, judged)
    if judged.state is State.PAUSED:
        if endpoint.state is State.ENABLED:
            tx.publish(wire.paused(judged), subject=ENDPOINTS.format(judged.name))
        return
    if after.next_time is not None:
        tx.schedule(SEND, name.organization, name.id, after.next_time)
        return
    follows = await store.next_of(tx, after)
    if follows is not None:
        tx.schedule(SEND, name.organization, follows, now)


async def forget(tx: Tx, endpoint: Name, now: datetime) -> None:
    try:
        await store.find(tx, endpoint)
    except WebhookEndpointNotFound:
        return
    await store.forget(tx, endpoint, now - domain.KEPT)
    tx.schedule(FORGET, endpoint.organization, endpoint.id, now + DAILY)


async def _go_on(tx: Tx, endpoint: Name, now: datetime) -> None:
    for id in await store.firsts(tx, endpoint):
        tx.schedule(SEND, endpoint.organization, id, now)


async def _save(tx: Tx, before: Endpoint, after: Endpoint) -> Endpoint:
    """Changes nothing where nothing is changed."""
    if dataclasses.replace(after, update_time=before.update_time) == before:
        return before
    return await store.save(tx, after)
