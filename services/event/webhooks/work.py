"""What is due of webhooks: posts, and what is old enough to be forgotten."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from services.event.webhooks import actions, domain, secrets
from services.event.webhooks.outside import Poster
from services.kit.clock import now as clock
from services.kit.db import Database, Tx
from services.kit.log import logger
from services.kit.names import Name
from services.kit.work import Due, Errand, Step

# How many requests to one endpoint are under way at a time: a slow one holds up no other.
AT_ONCE = 4
ASIDE = timedelta(seconds=1)


def steps(now: Callable[[], datetime]) -> Mapping[str, Step]:
    async def forget(tx: Tx, due: Due) -> None:
        if due.organization is not None:
            await actions.forget(tx, Name(due.organization, due.id), now())

    return {actions.FORGET: forget}


def errands(
    key: bytes, poster: Poster, now: Callable[[], datetime] = clock
) -> Mapping[str, Errand]:
    """`key` is what secrets follow from."""
    busy: Counter[uuid.UUID] = Counter()

    async def post(db: Database, due: Due) -> None:
        if due.organization is None:
            return
        name = Name(due.organization, due.id)
        begun = await db.run(actions.begin, name)
        if begun is None:
            return
        endpoint, delivery = begun
        if busy[delivery.endpoint] >= AT_ONCE:
            await db.run(_put_aside, name, now() + ASIDE * random.uniform(0.5, 1))
            return
        busy[delivery.endpoint] += 1
        try:
            signed = secrets.headers(key, endpoint, delivery.told, now())
            outcome = await poster.post(endpoint.plan.uri, signed, delivery.told.body)
        finally:
            busy[delivery.endpoint] -= 1
        logger.info(
            "posted a webhook",
            delivery=domain.DELIVERIES.format(name),
            status=outcome.status,
            problem=outcome.problem,
        )
        await db.run(actions.settle, name, outcome, now(), chance=random.random())

    return {actions.SEND: post}


async def _put_aside(tx: Tx, name: Name, until: datetime) -> None:
    tx.schedule(actions.SEND, name.organization, name.id, until)
