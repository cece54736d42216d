"""What location does with old positions, one function per intent, inside one transaction each."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from services.kit.db import Database, Tx
from services.kit.etags import StaleEtag
from services.location.journeys import store as journeys
from services.location.retention import domain, store
from services.location.retention.domain import MOST_DAYS, TIDY, Retention
from services.location.retention.store import Days
from services.location.segments import packing

# Journeys, and days of theirs, that are compressed in one transaction.
MOST = 50
# Days ahead for which there are partitions.
AHEAD = timedelta(days=14)


async def get(tx: Tx, organization: uuid.UUID) -> Retention:
    return await store.find(tx, organization)


async def update(
    tx: Tx,
    organization: uuid.UUID,
    change: Callable[[Retention], Retention],
    *,
    name: str,
    now: datetime,
) -> Retention:
    changed = change(await store.find(tx, organization))
    if not await store.put(tx, changed):
        raise StaleEtag(name)
    tx.schedule(TIDY, organization, organization, now)
    return changed


async def tidy(tx: Tx, organization: uuid.UUID, now: datetime) -> None:
    """Deletes what is too old, and compresses some of what is old."""
    retention = await store.find(tx, organization)
    await store.delete(tx, organization, domain.first_kept(retention, now))
    await store.delete_beside(tx, organization, domain.first_kept(retention, now))
    before = domain.first_loose(retention, now)
    found = await store.loose(tx, organization, before, MOST)
    for name, day in found:
        # Who takes the consent back meanwhile waits, and finds what is to be deleted.
        if await journeys.lock(tx, name) is None:
            continue
        parts = domain.bundles(await store.read(tx, name, day))
        await store.replace(tx, name, day, [packing.merged(part) for part in parts])
    if len(found) == MOST:
        tx.schedule(TIDY, organization, organization, now)
    elif await store.has_any(tx, organization):
        tx.schedule(TIDY, organization, organization, domain.next_night(now))


async def turn_days(db: Database, now: datetime) -> int:
    """Makes room for the days to come, and drops the days that nobody may keep any more."""
    today = now.astimezone(UTC).date()
    days = Days(today + AHEAD, today - timedelta(days=MOST_DAYS))
    return await db.run(store.turn, days)
