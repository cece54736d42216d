"""What is due of figures: who is absent, once an event is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from services.event.analytics import actions
from services.kit.db import Tx
from services.kit.names import Name
from services.kit.work import Due, Step


def steps(now: Callable[[], datetime]) -> Mapping[str, Step]:
    async def close(tx: Tx, due: Due) -> None:
        if due.organization is not None:
            await actions.close(tx, Name(due.organization, due.id), now())

    return {actions.CLOSE: close}
