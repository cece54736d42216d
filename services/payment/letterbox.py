"""The group commit of webhooks: what comes while one commit is under way goes into the next.

A provider waits for its answer with the notice on disk; the busier it is, the less one costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from services.kit.caller import SYSTEM, acting
from services.kit.db import Database
from services.kit.errors import Refusal
from services.kit.gather import Gather
from services.kit.log import logger
from services.kit.tenant import within
from services.payment import actions
from services.payment.domain import Posted


class Letterbox:
    """Keeps what providers send, of whatever organizations."""

    def __init__(self, db: Database, now: Callable[[], datetime]) -> None:
        self._db = db
        self._now = now
        self._gather: Gather[str, Posted, None] = Gather(self._keep_all)

    async def put(self, posted: Posted) -> None:
        """Returns once it is on disk, now or since before."""
        await self._gather("", posted)

    async def _keep_all(self, _key: str, posted: list[Posted]) -> Sequence[Exception | None]:
        try:
            await self._keep(posted)
        except Exception as error:
            if len(posted) == 1 or isinstance(error, Refusal):
                raise
            # Whatever one of them has, the others shall not have it too.
            logger.exception("notices could not be kept together; trying each alone")
            return [await self._keep_alone(one) for one in posted]
        return [None] * len(posted)

    async def _keep_alone(self, posted: Posted) -> Exception | None:
        try:
            await self._keep([posted])
        except Exception as error:  # noqa: BLE001 - who sent it gets it
            return error
        return None

    async def _keep(self, posted: Sequence[Posted]) -> None:
        with within(None), acting(SYSTEM("payment")):
            await self._db.run(actions.receive, posted, self._now())
