"""The group commit of webhooks: what comes while one commit is under way goes into the next.

A provider waits for its answer with the notice on disk; the busier it is, the less one costs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from services.kit.caller import SYSTEM, acting
from services.kit.db import Database, Tx
from services.kit.errors import Refusal
from services.kit.gather import Gather
from services.kit.log import logger
from services.kit.tenant import within

I = TypeVar("I")  # noqa: E741


class Letterbox(Generic[I]):
    """Keeps what providers send, of whatever organizations, by `keep` in one transaction."""

    def __init__(self, db: Database, keep: Callable[[Tx, Sequence[I]], Awaitable[None]]) -> None:
        self._db = db
        self._keep = keep
        self._gather: Gather[str, I, None] = Gather(self._keep_all)

    async def put(self, item: I) -> None:
        """Returns once it is on disk, now or since before."""
        await self._gather("", item)

    async def _keep_all(self, _key: str, items: list[I]) -> Sequence[Exception | None]:
        try:
            await self._run(items)
        except Exception as error:
            if len(items) == 1 or isinstance(error, Refusal):
                raise
            # Whatever one of them has, the others shall not have it too.
            logger.exception("notices could not be kept together; trying each alone")
            return [await self._keep_alone(one) for one in items]
        return [None] * len(items)

    async def _keep_alone(self, item: I) -> Exception | None:
        try:
            await self._run([item])
        except Exception as error:  # noqa: BLE001 - who sent it gets it
            return error
        return None

    async def _run(self, items: Sequence[I]) -> None:
        with within(None), acting(SYSTEM(self._db.name)):
            await self._db.run(self._keep, items)
