"""What an export reads, a piece at a time. Each function runs inside one transaction."""

from __future__ import annotations

import uuid

from services.event.events import store as events
from services.event.participants import store as people
from services.event.participants.domain import Participant, Wanted
from services.kit.db import Tx
from services.kit.names import Name
from services.kit.pages import Page


async def check(tx: Tx, event: Name) -> None:
    """Refuses an event that there is not."""
    await events.find(tx, event)


async def batch(
    tx: Tx, organization: uuid.UUID, event: Name | None, *, after: uuid.UUID | None, most: int
) -> list[Participant]:
    """The next participants in the order in which they were listed, `most` of them."""
    key = None if after is None else (after,)
    page = Page(size=most - 1, after=key, secret=b"", digest=b"")
    return await people.page(tx, Wanted(organization, event), page)
