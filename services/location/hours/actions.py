"""What location does with hours. Each runs inside one transaction."""

from __future__ import annotations

from datetime import datetime

from services.kit.db import Tx
from services.kit.names import Name
from services.location.events import store as events
from services.location.hours import domain, store
from services.location.hours.domain import BEHIND, COUNT, Sum
from services.location.segments import store as segments
from services.location.segments.columns import Report, points
from services.location.trajectories.actions import frame

# Journeys that are counted in one transaction, and segments of each.
MOST, MOST_SEGMENTS = 100, 100


async def count(tx: Tx, event: Name, now: datetime) -> None:
    """Counts what is new on the way to an event; again in a minute, until it is over."""
    found = await store.behind(tx, event, MOST)
    sums: dict[int, Sum] = {}
    through: dict[Name, int] = {}
    left = len(found) == MOST
    for journey, before in found:
        # The one before the first new one says where the person came from.
        reports = await segments.read(
            tx, journey.name, after=max(0, before - 1), most=MOST_SEGMENTS
        )
        told = [point for report in reports for point in points(report)]
        domain.add(sums, told, before, frame(journey, now))
        through[journey.name] = _through(reports, journey.kept_through)
        left = left or through[journey.name] < journey.kept_through
    if sums:
        await store.add(tx, event, sums)
    if through:
        await store.counted(tx, event.organization, through)
    await store.count_arrivals(tx, event)
    place = await events.find(tx, event)
    if left:
        tx.schedule(COUNT, event.organization, event.id, now)
    elif place is not None and not place.over(now):
        tx.schedule(COUNT, event.organization, event.id, now + BEHIND)


def _through(reports: list[Report], kept_through: int) -> int:
    """Up to which number positions were read. What is gone is not waited for."""
    return reports[-1].last if len(reports) == MOST_SEGMENTS else kept_through
