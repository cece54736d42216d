"""Letting seats go: ten thousand holds that end in the same second."""

from __future__ import annotations

import asyncio
import uuid
from datetime import datetime, timedelta

from services.booking import actions
from services.booking.domain import Item, Order
from services.kit.clock import now
from services.kit.db import Database, Tx
from services.kit.names import Name
from services.kit.once import Call
from services.kit.tenant import within
from tests.bench import booking, load, report
from tests.bench.place import Place
from tests.booking.builders import create
from tests.serving import as_user

DUE = 10_000
BATCH = 250
# How long after the first of them was made the holds end: long enough to make them all.
AHEAD, SHORTEST = timedelta(seconds=12), timedelta(seconds=3)
CALLERS = 16
SECONDS = 1.5
# How long it may take until all of their seats are on sale again, in seconds.
MOST = 5.0


async def run(place: Place) -> list[report.Row]:
    """Ten thousand holds of one event that end in the same second, while others go on booking."""
    url, db = await place.database("booking")
    full, other = await booking.on_sale(db, 2)
    server = await place.service("booking", url)
    await place.worker("booking", url)
    users = [as_user() for _ in range(CALLERS)]
    side = server.side(booking.METHOD, CALLERS, booking.orders([other]), users)
    due = place.pace.rows(DUE)
    end = await held(db, full, due)
    await side.run(place.pace.warm)
    calm = await side.run(SECONDS)
    await asyncio.sleep(max(0.0, (end - now()).total_seconds()))
    over = asyncio.create_task(lapsed(db, full))
    meanwhile = await side.run(SECONDS)
    took = (await over - end).total_seconds()
    ending = f"expiry: {due:,} holds that end at once"
    return [
        report.against(f"{ending}, until their seats are on sale", "s", [took], MOST),
        report.row(
            f"{ending}, p99 of other holds meanwhile",
            "ms",
            load.p99s([meanwhile]),
            "before",
            load.p99s([calm]),
            at_most=3.0,
        ),
    ]


async def held(db: Database, event: Name, count: int) -> datetime:
    """Holds so many seats for as many people; says when all of that ends."""
    begun = now()
    lasting = max(SHORTEST, AHEAD * count / DUE)
    end = begun + lasting
    terms = actions.Terms(lasting=lasting, issue=lambda _: ())
    with within(event.organization):
        for first in range(0, count, BATCH):
            asks = [
                actions.Ask(
                    Call("", create(event)),
                    Order(event, f"users/{uuid.uuid4()}", (Item("standard", 1),)),
                )
                for _ in range(first, min(count, first + BATCH))
            ]
            await db.run(actions.answer, event.organization, asks, now=begun, terms=terms)
    return end


async def lapsed(db: Database, event: Name) -> datetime:
    """Waits until no seat of an event is held; says when that was."""

    async def look(tx: Tx) -> int:
        stock = await actions.availability(tx, event)
        return sum(offer.held for offer in stock.offers.values())

    with within(event.organization):
        # As somebody would who looks at the seats again and again.
        while await db.read(look):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return now()
