"""What event does when its time has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from services.event.analytics import work as analytics
from services.event.tours import actions as tours
from services.kit.db import Tx
from services.kit.names import Name
from services.kit.work import Due, Step


def steps(now: Callable[[], datetime]) -> Mapping[str, Step]:
    async def tour(tx: Tx, due: Due) -> None:
        assert due.organization is not None
        await tours.go_on(tx, Name(due.organization, due.id), now())

    return {tours.TOUR: tour, **analytics.steps(now)}
