"""What event does when its time has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from services.event.analytics import work as analytics
from services.event.events import actions as events
from services.event.events import store
from services.event.imports import actions as imports
from services.event.participants.actions import Links
from services.event.series import actions as series
from services.event.tasks import actions as tasks
from services.event.tours import actions as tours
from services.event.webhooks import work as webhooks
from services.event.webhooks.outside import Poster
from services.kit.db import Database, Tx
from services.kit.names import Name
from services.kit.tenant import within
from services.kit.work import HOUR, Chore, Due, Errand, Step

# How many events are looked up at a time.
LOOK = 200


def steps(now: Callable[[], datetime], links: Links) -> Mapping[str, Step]:
    async def task(tx: Tx, due: Due) -> None:
        assert due.organization is not None
        closing = await tasks.go_on(tx, Name(due.organization, due.id), links, now())
        if closing is not None:
            await events.complete(tx, closing, now(), seen=None)

    async def notice(tx: Tx, due: Due) -> None:
        assert due.organization is not None
        await tasks.wake(tx, Name(due.organization, due.id), links, now())

    async def tour(tx: Tx, due: Due) -> None:
        assert due.organization is not None
        await tours.go_on(tx, Name(due.organization, due.id), now())

    async def extend(tx: Tx, due: Due) -> None:
        assert due.organization is not None
        await series.extend(tx, Name(due.organization, due.id), now())

    async def forget_upload(tx: Tx, due: Due) -> None:
        assert due.organization is not None
        await imports.forget(tx, due.organization, due.id)

    return {
        tours.TOUR: tour,
        tasks.TASK: task,
        tasks.NOTICE: notice,
        series.EXTEND: extend,
        imports.FORGET: forget_upload,
        **analytics.steps(now),
        **webhooks.steps(now),
    }


def every(now: Callable[[], datetime]) -> Mapping[str, Chore]:
    async def reckon(db: Database) -> None:
        """Reckons the times of events anew, once after a change of the time zone database."""
        while found := await db.read(store.outdated, LOOK):
            for name in found:
                with within(name.organization):
                    await db.run(events.reckon, name, now())

    return {"reckon the times of events": (HOUR, reckon)}


def errands(key: bytes, poster: Poster, now: Callable[[], datetime]) -> Mapping[str, Errand]:
    return webhooks.errands(key, poster, now)
