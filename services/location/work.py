"""What location does when its time has come."""

from __future__ import annotations

from collections.abc import Mapping

from services.kit.clock import now
from services.kit.db import Tx
from services.kit.names import Name
from services.kit.work import Due, Step
from services.location.events.actions import EXPIRE, expire
from services.location.journeys.actions import ERASE, erase


async def _expire(tx: Tx, due: Due) -> None:
    if due.organization is None:
        raise LookupError(f"event {due.id} belongs to nobody")
    await expire(tx, due.organization, due.id, now())


async def _erase(tx: Tx, due: Due) -> None:
    if due.organization is None:
        raise LookupError(f"journey {due.id} belongs to nobody")
    await erase(tx, Name(due.organization, due.id), now())


STEPS: Mapping[str, Step] = {EXPIRE: _expire, ERASE: _erase}
