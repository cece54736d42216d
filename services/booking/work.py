"""What booking does when its time has come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from services.booking import actions
from services.kit.db import Tx
from services.kit.names import Name

Step = Callable[[Tx, Any], Awaitable[None]]


def steps(now: Callable[[], datetime]) -> Mapping[str, Step]:
    async def lapse(tx: Tx, due: Any) -> None:
        await actions.lapse(tx, Name(due.organization, due.id), now())

    async def call_off(tx: Tx, due: Any) -> None:
        await actions.cancel_some(tx, Name(due.organization, due.id), now())

    return {actions.LAPSE: lapse, actions.CALL_OFF: call_off}
