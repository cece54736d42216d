"""Short names of events, `events/{event}`, made whole: the id says whose the event is.

So are those of what hangs on an event, such as `events/{event}/analytics`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from services.event.events import store
from services.event.events.domain import EVENTS
from services.kit.db import Database
from services.kit.fields import UUID
from services.kit.names import Name

_SHORT = re.compile(rf"events/({UUID})((?:/[a-z]+)?)")
NOBODY = uuid.UUID(int=0)


def completing(db: Database) -> Callable[[Any], Awaitable[None]]:
    """Makes the name that a request is about whole, if it is a short one.

    That of an event that there is not becomes one that nobody has.
    """

    async def complete(request: Any) -> None:
        holder = getattr(request, "event", request) if hasattr(request, "update_mask") else request
        found = _SHORT.fullmatch(getattr(holder, "name", ""))
        if found:
            id = uuid.UUID(found[1])
            owner = await db.read(store.owner, id)
            holder.name = EVENTS.format(Name(owner or NOBODY, id)) + found[2]

    return complete
