"""What location tells people of who looked at them. Each runs inside one transaction."""

from __future__ import annotations

from datetime import datetime

from services.kit.caller import Caller
from services.kit.db import Tx
from services.kit.names import Name
from services.location.journeys.actions import own
from services.location.views import store
from services.location.views.domain import View


async def page(
    tx: Tx,
    name: Name,
    who: Caller,
    now: datetime,
    *,
    after: tuple[datetime, str],
    most: int,
) -> list[View]:
    """Who was shown the caller's own journey, while there was something to be seen."""
    journey, _ = await own(tx, name, who)
    until = min(journey.withdraw_time or now, journey.expire_time, now)
    return await store.page(tx, journey, until=until, after=after, most=most)
