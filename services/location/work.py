"""What location does when its time has come."""

from __future__ import annotations

from collections.abc import Mapping

from services.kit.clock import now
from services.kit.db import Database, Tx
from services.kit.names import Name
from services.kit.work import HOUR, Chore, Due, Step
from services.location.events.actions import EXPIRE, expire
from services.location.geofences.domain import REVIEW
from services.location.hours.actions import count
from services.location.hours.domain import COUNT
from services.location.journeys.actions import ERASE, erase
from services.location.retention.actions import tidy, turn_days
from services.location.retention.domain import TIDY
from services.location.track.actions import review


async def _expire(tx: Tx, due: Due) -> None:
    if due.organization is None:
        raise LookupError(f"event {due.id} belongs to nobody")
    await expire(tx, due.organization, due.id, now())


async def _erase(tx: Tx, due: Due) -> None:
    if due.organization is None:
        raise LookupError(f"journey {due.id} belongs to nobody")
    await erase(tx, Name(due.organization, due.id), now())


async def _tidy(tx: Tx, due: Due) -> None:
    await tidy(tx, due.id, now())


async def _count(tx: Tx, due: Due) -> None:
    if due.organization is None:
        raise LookupError(f"event {due.id} belongs to nobody")
    await count(tx, Name(due.organization, due.id), now())


async def _review(tx: Tx, due: Due) -> None:
    if due.organization is None:
        raise LookupError(f"journey {due.id} belongs to nobody")
    await review(tx, Name(due.organization, due.id), now())


async def _turn_days(db: Database) -> None:
    await turn_days(db, now())


STEPS: Mapping[str, Step] = {
    EXPIRE: _expire,
    ERASE: _erase,
    TIDY: _tidy,
    COUNT: _count,
    REVIEW: _review,
}
EVERY: Mapping[str, Chore] = {"days of positions": (HOUR, _turn_days)}
