"""How Redis is spoken to: it carries, and whoever uses it can live without."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import redis.asyncio
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from services.kit import spans

# How long an answer may take, in seconds, where nobody waits for it.
PATIENCE = 10.0


def carrier(url: str, patience: float = PATIENCE) -> Any:
    """A client that fails at once, so that whoever uses it can say that Redis is away.

    Untyped, for its types allow for answers that this protocol does not give. Texts are bytes.
    """
    return Carrier.from_url(
        url,
        protocol=2,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        retry=Retry(NoBackoff(), 0),
    )


class Carrier(redis.asyncio.Redis):
    """A client whose commands are parts of the trace in which they are sent."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        with _asked(args[0]):
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return Together(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class Together(Pipeline):
    """Several commands in one go, which are one part of a trace."""

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        with _asked("MULTI" if self.is_transaction else "PIPELINE"):
            return await super().execute(raise_on_error)


def _asked(command: str) -> AbstractContextManager[Any]:
    about = {"db.system.name": "redis", "db.operation.name": command}
    return spans.part(command, spans.CLIENT, **about)
