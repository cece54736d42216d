"""Searching: among many events it must not take much longer than among few."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from services.event.search import actions, domain, store
from services.event.search.domain import Near, Order
from services.kit.db import Database
from services.kit.tenant import within
from tests.bench import load, report
from tests.bench.load import Sample, Side, hammer
from tests.bench.place import Place
from tests.event.many import anything, fill

FEW, MANY = 1_000, 100_000
# What one may take longer than the other.
AT_MOST = 3.0
# There are several to measure, and each of them is quick.
SHORTER = 3
PAGE = 51
NEAR = Near(46.5, 8.0, domain.RADIUS)

SEARCHES: dict[str, dict[str, Any]] = {
    "a word in every event": {"words": ("gathering",), "order": Order.RELEVANCE},
    "a word in one of a hundred": {"words": ("topic7",), "order": Order.RELEVANCE},
    "a word half typed": {"words": ("evening", "gue"), "order": Order.RELEVANCE},
    "what comes next": {"order": Order.START},
    "what is near": {"near": NEAR, "order": Order.DISTANCE},
    "facets": {"order": Order.START, "facets": True},
}


async def run(place: Place) -> list[report.Row]:
    few, many = place.pace.rows(FEW), place.pace.rows(MANY)
    small, big = await filled(place, few), await filled(place, many)
    pace = replace(place.pace, seconds=place.pace.seconds / SHORTER)
    rows = []
    for name, asked in SEARCHES.items():
        sides = {"many": searching(big, asked), "few": searching(small, asked)}
        found = await load.interleaved(sides, pace)
        # Seconds for each search are what is compared: the inverse of the rate.
        ours = [1000 / rate if rate else 0.0 for rate in load.rates(found["many"])]
        theirs = [1000 / rate if rate else 0.0 for rate in load.rates(found["few"])]
        title = f"search: {name}, among {many}"
        rows.append(report.row(title, "ms", ours, f"among {few}", theirs, at_most=AT_MOST))
    return rows


async def filled(place: Place, count: int) -> Database:
    """A database with so many events of one organization, all of them published."""
    _, db = await place.database("event")
    owner, organization = await place.databases.owner(db), uuid.uuid4()
    await fill(owner, organization, count)
    rows = await (await owner.execute("select id from events")).fetchall()

    async def keep(tx: Any) -> None:
        store.keep(tx, organization, [row.id for row in rows])

    with within(organization):
        await db.run(keep)
    await owner.execute("vacuum analyze")
    return db


def searching(db: Database, asked: dict[str, Any]) -> Side:
    """One searcher, again and again; the gRPC around it costs the same among few and many."""

    async def ask(_: int) -> None:
        with within(None):
            await db.read(actions.search, anything(**asked), after=None, most=PAGE)

    async def run(seconds: float) -> Sample:
        return await hammer(ask, 1, seconds)

    return Side(run)
