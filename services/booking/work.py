"""What booking does when its time has come."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from services.booking import actions, store
from services.booking.actions import Terms
from services.booking.no_shows import actions as no_shows
from services.booking.waiting_room import actions as waiting_room
from services.booking.waitlist import actions as waitlist
from services.kit import errors
from services.kit.db import Database, Tx
from services.kit.names import Name

Step = Callable[[Tx, Any], Awaitable[None]]
Errand = Callable[[Database, Any], Awaitable[None]]


def steps(now: Callable[[], datetime]) -> Mapping[str, Step]:
    async def call_off(tx: Tx, due: Any) -> None:
        await actions.cancel_some(tx, Name(due.organization, due.id), now())

    async def erase(tx: Tx, due: Any) -> None:
        await store.forget_names(tx, Name(due.organization, due.id))

    return {actions.CALL_OFF: call_off, actions.ERASE: erase}


def errands(now: Callable[[], datetime], terms: Terms) -> Mapping[str, Errand]:
    """What takes many transactions. None of them talks to strangers."""

    async def lapse(db: Database, due: Any) -> None:
        event = Name(due.organization, due.id)
        while await db.run(actions.lapse, event, now()):
            pass

    async def promote(db: Database, due: Any) -> None:
        event = Name(due.organization, due.id)
        while await db.run(waitlist.promote, event, now(), terms):
            pass

    async def release(db: Database, due: Any) -> None:
        event = Name(due.organization, due.id)
        for absence in await db.run(no_shows.look, event, now()):
            # Who came meanwhile, or gave the seat back, has nothing to lose any more.
            with contextlib.suppress(errors.Unmet, errors.NotFound):
                await db.run(no_shows.release, event, absence, now())

    async def admit(db: Database, due: Any) -> None:
        await db.run(waiting_room.admit, Name(due.organization, due.id), now())

    async def turn_on(db: Database, due: Any) -> None:
        await db.run(waiting_room.turn_on, Name(due.organization, due.id), now())

    return {
        actions.LAPSE: lapse,
        actions.PROMOTE: promote,
        waitlist.NO_SHOWS: release,
        actions.ADMIT: admit,
        actions.TURN_ON: turn_on,
    }
